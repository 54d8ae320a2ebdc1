"""What staff can export and by which right: the columns of each kind that the worker writes, which rows a filter means,
and in which order they are read."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from consents.domain.export import LEDGER_COLUMNS, Row, ledger_row
from consents.domain.reports.part import Part
from freedom_id.enums import ExportKind
from freedom_id.models import Account, AuditEntry, PartnerClient, ProfileRequest

Chosen = Mapping[str, str]
EXPORT_REPORTS = "consents.export_reports"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 30)


@dataclass(frozen=True)
class Source:
    """Rows are read by `key`, whose values are unique together and do not change; `moment` says when a row came, so
    that what comes after the asking stays out. `narrowed_by` are look-ups that a filter may name beside `since` and
    `until`, days in UTC, both included; `cells` makes of the values of `columns` what is told."""

    permission: str
    columns: Mapping[str, str]
    rows: Callable[[Chosen], QuerySet[Any]]
    key: tuple[str, ...]
    moment: str
    narrowed_by: frozenset[str] = frozenset()
    cells: Callable[[Sequence[object]], Row] = list


AUDIT_COLUMNS = [
    *("number", "recorded_at", "actor_id", "roles", "command", "action", "object_type", "object_key", "object_label"),
    *("account_id", "reason", "before", "after", "ip", "request_id", "previous_hash", "hash"),
]
AUDIT_LOOKUPS = {"action__exact", "object_type", "recorded_at__year", "recorded_at__month", "recorded_at__day"}
ACCOUNT_COLUMNS = ["status", "is_staff", "created_at", "closes_at", "erased_at"]
PARTNER_COLUMNS = [
    *("id", "client_id", "name", "legal_name", "status", "client_type", "first_party", "native"),
    *("created", "updated"),
]
PROFILE_COLUMNS = ["request_id", "state", "reason", "last_error", "attempts", "created_at", "finished_at"]


def _audit(chosen: Chosen) -> QuerySet[Any]:
    """The entries that the list shows under the same filters; `q` finds what its search does."""
    entries = AuditEntry.objects.filter(**{name: chosen[name] for name in AUDIT_LOOKUPS & chosen.keys()})
    for word in chosen.get("q", "").split():
        entries = entries.filter(_about(word))
    return entries


def _about(word: str) -> Q:
    found = Q(object_key=word) | Q(request_id=word) | Q(command=word)
    return found | Q(actor=word) | Q(account=word) | Q(number=word) if word.isdecimal() and len(word) < 19 else found


def _structured(values: Sequence[object]) -> Row:
    return [json.dumps(value) if isinstance(value, dict | list) else value for value in values]


def _ledger(chosen: Chosen) -> QuerySet[Any]:
    return Part(FIRST_DAY, LAST_DAY, purpose=chosen.get("purpose", ""), client=chosen.get("client", "")).ledger()


SOURCES: dict[ExportKind, Source] = {
    ExportKind.AUDIT: Source(
        "freedom_id.export_auditentry",
        columns={name: name for name in AUDIT_COLUMNS},
        rows=_audit,
        key=("number",),
        moment="recorded_at",
        narrowed_by=frozenset(AUDIT_LOOKUPS | {"q"}),
        cells=_structured,
    ),
    ExportKind.LEDGER: Source(
        EXPORT_REPORTS,
        columns=LEDGER_COLUMNS,
        rows=_ledger,
        key=("recorded_at", "id"),
        moment="recorded_at",
        narrowed_by=frozenset({"purpose", "client"}),
        cells=ledger_row,
    ),
    ExportKind.ACCOUNTS: Source(
        "freedom_id.export_accounts",
        columns={"ssoid": "id", **{name: name for name in ACCOUNT_COLUMNS}},
        rows=lambda _chosen: Account.objects.all(),
        key=("id",),
        moment="created_at",
    ),
    ExportKind.PARTNERS: Source(
        "freedom_id.export_partners",
        columns={name: name for name in PARTNER_COLUMNS},
        rows=lambda _chosen: PartnerClient.objects.all(),
        key=("id",),
        moment="created",
    ),
    ExportKind.PROFILES: Source(
        "freedom_id.export_profiles",
        columns={
            **{"id": "id", "ssoid": "authorization__account_id", "client_id": "authorization__client__client_id"},
            **{"partner": "authorization__client__name"},
            **{name: name for name in PROFILE_COLUMNS},
        },
        rows=lambda _chosen: ProfileRequest.objects.all(),
        key=("id",),
        moment="created_at",
    ),
}

RIGHTS = {kind: source.permission for kind, source in SOURCES.items()} | {ExportKind.REPORT: EXPORT_REPORTS}
"""Who may have a file of each kind and take it; the table of a report has no source, as the request counts it."""


def matching_rows(source: Source, chosen: Chosen, *, until: datetime) -> QuerySet[Any]:
    """The rows of a source that a filter means, of those that were there at `until`, in the order of its key."""
    rows = source.rows(chosen).filter(**{f"{source.moment}__lte": until})
    if since := chosen.get("since"):
        rows = rows.filter(**{f"{source.moment}__gte": _start(since)})
    if last := chosen.get("until"):
        rows = rows.filter(**{f"{source.moment}__lt": _start(last) + timedelta(days=1)})
    return rows.order_by(*source.key)


def after_key(source: Source, key: Sequence[Any]) -> Q:
    """Of rows that come after the one with this key."""
    first, *rest = source.key
    if not rest:
        return Q(**{f"{first}__gt": key[0]})
    later = Q(**{f"{first}__gt": key[0]}) | Q(**{first: key[0], f"{rest[0]}__gt": key[1]})
    return later & Q(**{f"{first}__gte": key[0]})  # what an index is read by


def _start(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.min, UTC)
