"""May this be done? The answer is a pure function of the unit's last row, the purpose's versions and the clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FilteredRelation, Q
from django.utils import timezone

from consents.enums import PERMITTING, PurposeScope, Reason, Status, VersionState
from consents.models import Purpose, Subject

REASON_OF_NO: dict[str, Reason] = {Status.WITHDRAWN: Reason.WITHDRAWN, Status.REFUSED: Reason.REFUSED}


@dataclass(frozen=True)
class ConsentDecision:
    """`version_number`, `expires_at` and `transaction_id` are of the person's last decision, None without one."""

    name: str
    allowed: bool
    reason: Reason
    version_number: int | None = None
    expires_at: datetime | None = None
    transaction_id: UUID | None = None


def effective_status(status: str, expires_at: datetime | None, version_is_current: bool, now: datetime) -> Reason:
    """What a stored status means at `now`. Consent holds in the half-open interval [given, expires_at).

    Anything but a known status is `none`: unknown never permits.
    """
    if status not in PERMITTING:
        return REASON_OF_NO.get(status, Reason.NONE)
    if expires_at is not None and now >= expires_at:
        return Reason.EXPIRED
    return Reason.ACTIVE if version_is_current else Reason.SUPERSEDED


def check_consents(
    subject: Subject, *, names: Iterable[str], scope_key: str, at: datetime | None = None
) -> dict[str, ConsentDecision]:
    """The answer for every name, in the order asked; one query, no lock.

    `scope_key` (a client id) is used for per-client purposes; global ones are looked up under ''. `at` replaces the
    clock when judging expiry; the decisions are always today's. Unknown and retired purposes are denied.
    """
    now = at or timezone.now()
    wanted = list(dict.fromkeys(names))
    found: dict[str, ConsentDecision] = {}
    for name, scope, unit_scope_key, status, expires_at, transaction_id, number, state in _units(
        subject, wanted, scope_key
    ):
        if status is None or unit_scope_key != unit_scope(scope, scope_key):
            found.setdefault(name, ConsentDecision(name, allowed=False, reason=Reason.NONE))
            continue
        reason = effective_status(status, expires_at, state == VersionState.PUBLISHED, now)
        found[name] = ConsentDecision(name, reason is Reason.ACTIVE, reason, number, expires_at, transaction_id)
    unknown = {
        name: ConsentDecision(name, allowed=False, reason=Reason.UNKNOWN_PURPOSE)
        for name in wanted
        if name not in found
    }
    return {name: (found | unknown)[name] for name in wanted}


def unit_scope(scope: str, scope_key: str) -> str:
    """The scope key of a purpose's unit: the client's for a per-client purpose, '' for a global one."""
    return scope_key if scope == PurposeScope.PER_CLIENT else ""


def _units(
    subject: Subject, names: list[str], scope_key: str
) -> Iterable[tuple[str, str, str | None, str | None, datetime | None, UUID | None, int | None, str | None]]:
    unit = FilteredRelation("states", condition=Q(states__subject=subject, states__scope_key__in=["", scope_key]))
    return (
        Purpose.objects.filter(name__in=names, retired_at=None)
        .annotate(unit=unit)
        .values_list(
            "name",
            "scope",
            "unit__scope_key",
            "unit__status",
            "unit__expires_at",
            "unit__last_transaction",
            "unit__purpose_version__number",
            "unit__purpose_version__state",
        )
    )
