"""May this be done? The answer is a pure function of the unit's last row, the purpose's versions and the clock."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone

from consents.domain.units import Unit, units_of_purpose, units_of_subject
from consents.enums import PERMITTING, PurposeScope, Reason, Status
from consents.models import Subject

REASON_OF_NO: dict[str, Reason] = {Status.WITHDRAWN: Reason.WITHDRAWN, Status.REFUSED: Reason.REFUSED}


@dataclass(frozen=True, slots=True)
class ConsentDecision:
    """`version_number`, `expires_at` and `transaction_id` are of the person's last decision, None without one.

    `until` is when a yes ends if nothing else happens: by itself, with the grace of its version, or when the purpose
    retires. None: it does not. Of the present only, and no part of what a check answers.
    """

    name: str
    allowed: bool
    reason: Reason
    version_number: int | None = None
    expires_at: datetime | None = None
    transaction_id: UUID | None = None
    until: datetime | None = field(default=None, compare=False)


class Terms(Protocol):
    """What the published version accepts: a Purpose, a PurposeVersion or a Unit. See `consents.models.Acceptance`."""

    @property
    def accepts_from(self) -> int | None: ...
    @property
    def carried_from(self) -> int | None: ...
    @property
    def carried_until(self) -> datetime | None: ...


def version_counts(number: int | None, expires_at: datetime | None, terms: Terms, now: datetime) -> bool:
    """Whether a consent to version `number` that ends at `expires_at` counts under `terms` at `now`."""
    if number is None or terms.accepts_from is None:
        return False
    if number >= terms.accepts_from:
        return True
    if terms.carried_from is None or number < terms.carried_from:
        return False
    return expires_at is not None if terms.carried_until is None else now < terms.carried_until


def ends_at(number: int, expires_at: datetime | None, terms: Terms, retired_at: datetime | None) -> datetime | None:
    """When a consent that counts now ends if nothing else happens."""
    carried = terms.accepts_from is not None and number < terms.accepts_from
    moments = [expires_at, retired_at, terms.carried_until if carried else None]
    return min((moment for moment in moments if moment is not None), default=None)


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
    subject: Subject | None, *, names: Iterable[str], scope_key: str, at: datetime | None = None
) -> dict[str, ConsentDecision]:
    """The answer for every name, in the order asked; one query, no lock.

    `scope_key` (a client id) is used for per-client purposes; global ones are looked up under ''. `at` replaces the
    clock when judging expiry; the decisions are always today's (`check_consents_at` asks the past). Unknown and retired
    purposes are denied. `subject` None is somebody who never decided anything.
    """
    wanted = list(dict.fromkeys(names))
    units = units_of_subject(subject, names=wanted, scope_key=scope_key)
    decisions = judge_units(units, names=wanted, scope_key=scope_key, at=at)
    return {name: _with_end(decision, units) for name, decision in decisions.items()}


def judge_units(
    units: Iterable[Unit], *, names: Iterable[str], scope_key: str, at: datetime | None = None
) -> dict[str, ConsentDecision]:
    """As `check_consents`, for rows read already and without `until`; a row of another scope key counts as no
    answer."""
    now = at or timezone.now()
    found: dict[str, ConsentDecision] = {}
    for unit in units:
        name, scope, retired_at, _from, _carried, _until, key, status, expires_at, transaction_id, number = unit
        if retired_at is not None and retired_at <= now:
            continue
        if status is None or key != (scope_key if scope == PurposeScope.PER_CLIENT else ""):
            found.setdefault(name, ConsentDecision(name, allowed=False, reason=Reason.NONE))
            continue
        reason = effective_status(status, expires_at, version_counts(number, expires_at, unit, now), now)
        allowed = reason is Reason.ACTIVE
        found[name] = ConsentDecision(name, allowed, reason, number, expires_at, transaction_id)
    return {name: found.get(name) or unknown_purpose(name) for name in names}


def who_permits(
    name: str, holders: Collection[tuple[Any, str]], *, at: datetime | None = None
) -> dict[tuple[Any, str], ConsentDecision]:
    """Of many (account's key, scope key) those whose answer to one purpose is yes, with it; one query, no lock."""
    units = units_of_purpose(name, accounts={account for account, _scope_key in holders})
    answers = {
        (account, scope_key): judge_units(units.get(account, []), names=[name], scope_key=scope_key, at=at)[name]
        for account, scope_key in holders
    }
    return {holder: _with_end(answer, units[holder[0]]) for holder, answer in answers.items() if answer.allowed}


def _with_end(decision: ConsentDecision, units: Iterable[Unit]) -> ConsentDecision:
    """A yes with its end, by the unit from which it was judged."""
    if decision.allowed:
        for unit in units:
            if unit.transaction_id == decision.transaction_id and unit.version_number is not None:
                end = ends_at(unit.version_number, unit.expires_at, unit, unit.retired_at)
                return replace(decision, until=end)
    return decision


def unknown_purpose(name: str) -> ConsentDecision:
    return ConsentDecision(name, allowed=False, reason=Reason.UNKNOWN_PURPOSE)


def unit_scope(scope: str, scope_key: str) -> str:
    """The scope key of a purpose's unit: the client's for a per-client purpose, '' for a global one."""
    return scope_key if scope == PurposeScope.PER_CLIENT else ""
