"""How many consents stood at the end of a day, counted from the ledger.

Definition, as on the page: units (person, purpose, client) that a check at that moment would have answered with
`active`, from what was recorded by then. What is entered later – a paper form – changes later days only, so the same
day gives the same figures for ever; but for people whose rows were destroyed since.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from consents.domain.reports.part import start_of
from consents.enums import Action
from consents.models import ConsentTransaction, PurposeVersion


@dataclass(frozen=True)
class Active:
    purpose: str
    version: int
    client: str
    number: int


def active_at(day: date, *, purpose: str = "", client: str = "") -> list[Active]:
    """By purpose, version and client, at the last moment of `day` (UTC).

    Two queries; the second reads the ledger up to that moment, because only the ledger knows the past.
    """
    moment = start_of(day + timedelta(days=1))
    terms = _terms(purpose, moment)
    if not terms:
        return []
    counting = Q()
    for version in terms:
        counting |= _counting(version, moment)
    rows = ConsentTransaction.objects.filter(
        counting,
        Q(expires_at=None) | Q(expires_at__gt=moment),
        recorded_at__lt=moment,
        action__in=[Action.ALLOW, Action.RENEW],
    )
    if client:
        rows = rows.filter(scope_key=client)
    later = ConsentTransaction.objects.filter(
        subject=OuterRef("subject"),
        purpose=OuterRef("purpose"),
        scope_key=OuterRef("scope_key"),
        subject_seq__gt=OuterRef("subject_seq"),
        recorded_at__lt=moment,
    )
    found = rows.filter(~Exists(later)).values_list("purpose__name", "purpose_version__number", "scope_key")
    counted = found.annotate(Count("pk")).order_by("purpose__name", "purpose_version__number", "scope_key")
    return [Active(*row) for row in counted]


def _terms(purpose: str, moment: datetime) -> list[PurposeVersion]:
    """Of each purpose in use at `moment`, the version that was published then: it says which consents counted."""
    versions = PurposeVersion.objects.filter(
        Q(purpose__retired_at=None) | Q(purpose__retired_at__gt=moment), published_at__lt=moment
    )
    if purpose:
        versions = versions.filter(purpose__name=purpose)
    return list({row.purpose_id: row for row in versions.order_by("published_at", "number")}.values())


def _counting(terms: PurposeVersion, moment: datetime) -> Q:
    """Rows of the purpose that count under `terms`: `check.version_counts` for many rows."""
    number = "purpose_version__number__gte"
    counts = Q(**{number: terms.accepts_from})
    if terms.carried_from is not None:
        carried = Q(**{number: terms.carried_from})
        if terms.carried_until is None:
            counts |= carried & Q(expires_at__isnull=False)
        elif moment < terms.carried_until:
            counts |= carried
    return Q(purpose=terms.purpose_id) & counts
