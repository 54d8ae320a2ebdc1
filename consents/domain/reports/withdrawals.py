"""Withdrawals: when, from whom, and how old the consent was.

Definitions, as on the page:
- withdrawal: a row `withdraw` of the ledger. A refusal of what stood before is a refusal.
- age: from the yes that began the consent (renewals do not count) to the withdrawal. A withdrawal of what did not
  stand has no age.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)

from consents.domain.reports.opt_in import Published, published_in
from consents.domain.reports.part import Part
from consents.enums import Action, Counted
from consents.models import ConsentTransaction

# The ends of the classes of age, excluded; the last class is open.
AGES = [timedelta(days=days) for days in (1, 7, 30, 90, 365)]


@dataclass(frozen=True)
class Withdrawals:
    """`ages` has one number per class: below each of AGES, and above the last."""

    over_time: Mapping[date, int]
    by_purpose: Mapping[str, int]
    by_client: Mapping[str, int]
    ages: list[int]
    without_age: int
    versions: list[Published]


def withdrawals(part: Part) -> Withdrawals:
    """Five queries. Only the ages are read from the ledger, because no counter knows them: the part's withdrawals by
    the index of the moment, and for each the beginning of its consent by the unit's index."""
    counts = part.counts().filter(counted=Counted.WITHDRAW)
    steps = dict(counts.values_list(part.step_start).annotate(sum=Sum("number")))
    purposes = counts.values_list("purpose_version__purpose__name").annotate(sum=Sum("number"))
    clients = counts.values_list("scope_key").annotate(sum=Sum("number"))
    ages = _ages(part)
    return Withdrawals(
        over_time={day: steps.get(day, 0) for day in part.periods()},
        by_purpose=dict(purposes.order_by("-sum", "purpose_version__purpose__name")),
        by_client=dict(clients.order_by("-sum", "scope_key")),
        ages=[ages.get(str(number), 0) for number in range(len(AGES) + 1)],
        without_age=ages.get("", 0),
        versions=published_in(part),
    )


def _ages(part: Part) -> dict[str, int]:
    """How many withdrawals per class of age, by the number of the class; "" has no age."""
    unit = ConsentTransaction.objects.filter(
        subject=OuterRef("subject"),
        purpose=OuterRef("purpose"),
        scope_key=OuterRef("scope_key"),
        subject_seq__lt=OuterRef("subject_seq"),
    ).order_by("-subject_seq")
    rows = part.ledger().filter(action=Action.WITHDRAW)
    rows = rows.annotate(
        before=Subquery(unit.values("action")[:1]),
        begun=Subquery(unit.filter(action=Action.ALLOW).values("occurred_at")[:1]),
    )
    age = ExpressionWrapper(F("occurred_at") - F("begun"), output_field=DurationField())
    below = [When(age__lt=end, then=Value(str(number))) for number, end in enumerate(AGES)]
    stood = Q(before__in=[Action.ALLOW, Action.RENEW])
    classes = Case(
        When(~stood, then=Value("")), *below, default=Value(str(len(AGES))), output_field=CharField(max_length=1)
    )
    found = rows.annotate(age=age).annotate(age_class=classes).values_list("age_class").annotate(Count("pk"))
    return dict(found)
