"""When a yes ends: to the microsecond, on leap days, across clock changes; and that no clock reorders the ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from consents.domain.lifespans import expiry_of
from consents.domain.verification import first_fault
from consents.enums import Actor, LifespanAnchor, Reason
from consents.models import ConsentState, PurposeVersion, Subject
from tests.consents.acts import allow, check, publish, withdraw

START = datetime(2027, 1, 31, 9, 30, tzinfo=UTC)


# Zone, months, the moment of the yes, its end; both in UTC.
MONTHS = {
    "leap day, a year later": ("Asia/Tashkent", 12, "2028-02-29T07:00", "2029-02-28T07:00"),
    "leap day, four years later": ("Asia/Tashkent", 48, "2028-02-29T07:00", "2032-02-29T07:00"),
    "the last of January in a leap year": ("Asia/Tashkent", 1, "2028-01-31T07:00", "2028-02-29T07:00"),
    "across the year": ("Asia/Tashkent", 13, "2027-12-31T07:00", "2029-01-31T07:00"),
    "the zone went from +06 to +05": ("Asia/Almaty", 1, "2024-02-15T04:00", "2024-03-15T05:00"),
    "already the 31st there": ("Asia/Bangkok", 1, "2027-01-30T18:30", "2027-02-27T18:30"),
    "not yet the 31st there": ("Europe/Berlin", 1, "2027-01-30T22:30", "2027-02-28T22:30"),
    "summer time begins": ("Europe/Berlin", 1, "2027-03-01T09:00", "2027-04-01T08:00"),
    "summer time ends": ("Europe/Berlin", 2, "2027-09-30T08:00", "2027-11-30T09:00"),
    "the hour that is not": ("Europe/Berlin", 1, "2027-02-28T01:30", "2027-03-28T01:30"),
    "the hour that is twice": ("Europe/Berlin", 2, "2027-08-31T00:30", "2027-10-31T00:30"),
}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("case", MONTHS)
def test_months_are_of_the_calendar_of_the_site(case: str, settings: Any) -> None:
    zone, months, given, end = MONTHS[case]
    settings.TIME_ZONE = zone
    version = PurposeVersion(lifespan_months=months, lifespan_anchor=LifespanAnchor.LAST_YES)
    assert expiry_of(version, first_yes=utc(given), last_yes=utc(given)) == utc(end)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("after", "reason"), [(-1, Reason.ACTIVE), (0, Reason.EXPIRED), (1, Reason.EXPIRED)], ids=["before", "at", "after"]
)
def test_a_consent_holds_up_to_and_not_including_its_end(after: int, reason: Reason, subject: Subject) -> None:
    publish("a", lifespan=timedelta(days=30))
    with time_machine.travel(START, tick=False):
        allow(subject, "a")
    with time_machine.travel(START + timedelta(days=30, microseconds=after), tick=False):
        assert check(subject, "a").reason is reason


@pytest.mark.django_db
def test_a_form_entered_late_is_the_last_word_and_not_the_first(subject: Subject) -> None:
    publish("a")
    [first] = allow(subject, "a")
    long_ago = first.occurred_at - timedelta(days=400)
    [late] = allow(subject, "a", actor=Actor.STAFF, occurred_at=long_ago)
    assert (late.epoch, late.subject_seq, late.occurred_at) == (2, 2, long_ago)
    assert late.recorded_at >= first.recorded_at
    assert ConsentState.objects.get().last_transaction_id == late.pk
    assert first_fault() is None


@pytest.mark.django_db
@pytest.mark.parametrize("skew", [timedelta(hours=-1), timedelta(hours=1)], ids=["behind", "ahead"])
def test_a_server_with_a_wrong_clock_does_not_reorder(skew: timedelta, subject: Subject) -> None:
    publish("a")
    allow(subject, "a")
    with time_machine.travel(datetime.now(UTC) + skew):
        [row] = withdraw(subject, "a")
    assert (row.epoch, row.subject_seq) == (2, 2)
    assert check(subject, "a").reason is Reason.WITHDRAWN
    assert first_fault() is None
