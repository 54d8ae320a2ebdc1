"""The figures of the admin's home and of a partner's page, counted at the call: from the rows, and from what
`usage_counts` kept of rows that were purged. Days are days in UTC.

Where a person was erased, the rows that were hers and not purged before are counted no more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from freedom_id.domain.usage_counts import NOTHING_TO_SEND, cell_of
from freedom_id.enums import EventAction, RequestStage, Usage
from freedom_id.models import (
    AccountEvent,
    Authorization,
    AuthorizationRequest,
    OneTimeCode,
    ProfileRequest,
    TokenFamily,
    UsageCount,
)

AGES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""Where one age of a profile request ends and the next begins."""


@dataclass(frozen=True)
class Span:
    """The days that are counted, both ends included, of which the last is today; and what narrows them: a client id
    and a language, "" for all."""

    since: date
    until: date
    partner: str = ""
    locale: str = ""

    @classmethod
    def of_last(cls, days: int, *, partner: str = "", locale: str = "") -> "Span":
        today = timezone.now().astimezone(UTC).date()
        return cls(today - timedelta(days=days - 1), today, partner, locale)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.since, time.min, UTC)

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=number) for number in range((self.until - self.since).days + 1)]


@dataclass(frozen=True)
class PartnerUsage:
    """Of one partner: its requests by `RequestStage` and day; codes that it exchanged and profile requests by day; its
    errors by (door, code); and the connections whose data it read in the span, each at its last read."""

    requests: Mapping[str, Mapping[date, int]]
    tokens: Mapping[date, int]
    profiles: Mapping[date, int]
    errors: Mapping[tuple[str, str], int]
    connections_read: int

    @property
    def funnel(self) -> tuple[int, int, int, int]:
        """How many requests there were, at how many somebody signed in (or answered, being signed in), how many she
        agreed to, and how many codes were exchanged."""
        stages = {stage: sum(days.values()) for stage, days in self.requests.items()}
        begun = sum(stages.values())
        signed_in = begun - stages.get(RequestStage.OPENED, 0)
        return begun, signed_in, stages.get(RequestStage.ALLOWED, 0), sum(self.tokens.values())


def sign_ins(span: Span) -> Mapping[str, Mapping[date, int]]:
    """Sign-ins on our pages by `SignInMethod` ("" where it was not kept) and day. A sign-in belongs to no partner and
    has no language. One statement."""
    rows = AccountEvent.objects.filter(action=EventAction.SIGNED_IN, happened_at__gte=span.start)
    found = rows.order_by().values_list("method", TruncDate("happened_at", tzinfo=UTC)).annotate(Count("pk"))
    return _by_day(_numbers(found))


def code_deliveries(span: Span) -> Mapping[tuple[str, str, str], int]:
    """Messages with one-time codes by channel, country of the number and `Delivery`. A code that was sent again counts
    once, by its last message. Two statements."""
    rows = OneTimeCode.objects.filter(created_at__gte=span.start).exclude(NOTHING_TO_SEND)
    return _counted(Usage.CODE, rows, span, "label", "country", "outcome")


def errors_of_partners(span: Span) -> Mapping[tuple[str, str, str], int]:
    """Errors that our interfaces answered, by client id, `ApiDoor` and code; they have no language. One statement."""
    return _kept(Usage.ERROR, replace(span, locale=""), "partner", "label", "outcome")


def profile_requests_now(span: Span) -> Mapping[tuple[str, int], int]:
    """The profile requests that there are, by state and place in AGES of how long ago they were made (one past the
    last: older). The span's partner narrows it, its days do not: a row is gone an hour after its end. One statement."""
    now = timezone.now()
    rows = ProfileRequest.objects.order_by()
    if span.partner:
        rows = rows.filter(authorization__client__client_id=span.partner)
    younger = {f"within_{at}": Count("pk", filter=Q(created_at__gt=now - age)) for at, age in enumerate(AGES)}
    found: Counter[tuple[str, int]] = Counter()
    for state, *ends in rows.values_list("state").annotate(**younger, whole=Count("pk")):
        found.update({(state, at): end - begin for at, (begin, end) in enumerate(pairwise([0, *ends]))})
    return +found


def usage_of(span: Span) -> PartnerUsage:
    """Of the partner of `span`. A language narrows the requests alone: nothing else knows one. Eight statements."""
    since = Q(created_at__gte=span.start)
    asked = _counted(Usage.REQUEST, AuthorizationRequest.objects.filter(since), span, "outcome", "day")
    whole = replace(span, locale="")
    families = TokenFamily.objects.filter(since, source=None)
    return PartnerUsage(
        requests=_by_day(asked),
        tokens=_days(_counted(Usage.TOKENS, families, whole, "day")),
        profiles=_days(_counted(Usage.PROFILE, ProfileRequest.objects.filter(since), whole, "day")),
        errors={(door, code): number for (_partner, door, code), number in errors_of_partners(span).items()},
        connections_read=Authorization.objects.filter(
            client__client_id=span.partner, last_read_at__gte=span.start
        ).count(),
    )


def _days(found: Mapping[tuple[Any, ...], int]) -> Mapping[date, int]:
    return {day: number for (day,), number in found.items()}


def _by_day(found: Mapping[tuple[Any, ...], int]) -> dict[str, Mapping[date, int]]:
    split: dict[str, dict[date, int]] = {}
    for (what, day), number in found.items():
        split.setdefault(what, {})[day] = number
    return dict(split)


def _counted(kind: Usage, rows: QuerySet[Any], span: Span, *names: str) -> Counter[tuple[Any, ...]]:
    """By what `cell_of` calls `names`: the rows that there are, and those that were purged."""
    cell = cell_of(kind)
    if span.partner:
        rows = rows.alias(partner=cell["partner"]).filter(partner=span.partner)
    if span.locale:
        rows = rows.filter(locale=span.locale)
    found = rows.order_by().values_list(*(cell[name] for name in names)).annotate(Count("pk"))
    return Counter(_numbers(found)) + _kept(kind, span, *names)


def _kept(kind: Usage, span: Span, *names: str) -> Counter[tuple[Any, ...]]:
    rows = UsageCount.objects.filter(kind=kind, day__gte=span.since, day__lte=span.until)
    rows = rows.filter(**{name: value for name in ("partner", "locale") if (value := getattr(span, name))})
    return Counter(_numbers(rows.order_by().values_list(*names).annotate(Sum("number"))))


def _numbers(found: Iterable[Sequence[Any]]) -> dict[tuple[Any, ...], int]:
    return {tuple(row[:-1]): row[-1] for row in found}
