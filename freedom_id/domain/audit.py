"""The audit: what staff and commands did, in one hash chain. `record` is its only writer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from freedom_id.enums import READINGS, AuditAction
from freedom_id.models import Account, AuditEntry
from freedom_id.request_id import current_request_id
from freedom_id.sealing import digest

CHAIN = 5_283_017  # the advisory lock under which one writer after the other finds the entry before its own
ADMINISTRATOR = "Administrator"
COLUMNS = [
    *("number", "actor_id", "roles", "command", "action", "object_type", "object_key", "object_label", "account_id"),
    *("reason", "before", "after", "ip", "request_id", "previous_hash"),
]


@dataclass(frozen=True)
class By:
    """Who acts: a member of staff, from an address, or a command of that name; neither, if it is not known who."""

    account: Account | None = None
    command: str = ""
    ip: str | None = None


@dataclass(frozen=True)
class Target:
    """What is acted on: a model's label and a key, a label without personal data, and the account that it is about."""

    type: str = ""
    key: str = ""
    label: str = ""
    account_id: int | None = None

    @classmethod
    def of(cls, row: Any, *, account_id: int | None = None) -> "Target":
        """`row`, by its own words for itself, which never hold personal data; an account is about itself."""
        about = row.pk if isinstance(row, Account) else account_id
        return cls(row._meta.label_lower, str(row.pk), str(row), about)


def record(
    action: AuditAction,
    *,
    by: By,
    target: Target,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write the next entry, in the caller's transaction, of which it should be the last statement: until the end of it
    everybody else who writes an entry waits. `before` and `after` hold the fields that differ, nothing sealed."""
    with transaction.atomic():
        _take_turns()
        last = AuditEntry.objects.order_by("-number").only("hash").first()
        entry = AuditEntry(
            number=last.number + 1 if last else 1,
            recorded_at=timezone.now(),
            actor=by.account,
            roles=roles_of(by.account) if by.account else [],
            command=by.command,
            action=action,
            object_type=target.type,
            object_key=_text(target.key, 80),
            object_label=_text(target.label, 200),
            account_id=target.account_id,
            reason=_text(reason, 255),
            before=_plain(before),
            after=_plain(after),
            ip=by.ip,
            request_id=current_request_id(),
            previous_hash=last.hash if last else "",
        )
        entry.hash = hash_of(entry)
        entry.save(force_insert=True)
    return entry


def hash_of(entry: AuditEntry) -> str:
    """What `entry.hash` must be: a keyed digest of all that the entry says, and of the hash before it."""
    said = {name: getattr(entry, name) for name in COLUMNS}
    said["recorded_at"] = entry.recorded_at.isoformat(timespec="microseconds")
    return digest(json.dumps(said, sort_keys=True, separators=(",", ":")), "audit")


def roles_of(account: Account) -> list[str]:
    """The names of the member's roles now; who may do everything is an administrator whatever the groups say."""
    names = set(account.groups.values_list("name", flat=True))
    return sorted(names | ({ADMINISTRATOR} if account.is_superuser else set()))


def readings_of(account: Account) -> QuerySet[AuditEntry]:
    """When staff looked at what the house holds about this person, newest first."""
    return AuditEntry.objects.filter(account=account, action__in=READINGS).order_by("-number")


def _take_turns() -> None:
    """SQLite lets one transaction write at a time as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN])


def _text(text: str, length: int) -> str:
    return text.replace("\x00", "")[:length]


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """As the database gives it back, so that the hash is of the same."""
    found: dict[str, Any] = json.loads(json.dumps(dict(values or {}), cls=DjangoJSONEncoder))
    return found
