"""Stretches of time are what the ledger says, and one stands exactly when a check permits."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from consents.domain.purposes import retire_purpose
from consents.domain.queries.history import history_for_subject
from consents.domain.queries.timeline import Lane, Stretch, lanes_of
from consents.models import Subject
from tests.consents.acts import CLIENT, allow, check, publish, refuse, withdraw

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
START = datetime(2026, 5, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + number * DAY


def lanes(subject: Subject) -> list[Lane]:
    return lanes_of(history_for_subject(subject), timezone.now())


def acted(*acts: Callable[[], object]) -> None:
    """One a day."""
    for number, act in enumerate(acts):
        with time_machine.travel(day(number), tick=False):
            act()


def stretches(subject: Subject, *, at: int) -> list[Stretch]:
    with time_machine.travel(day(at), tick=False):
        [lane] = lanes(subject)
        assert lane.stretches[-1].stands == check(subject, "p").allowed
        return list(lane.stretches)


def test_a_yes_stands_without_an_end_until_it_is_withdrawn_and_may_come_again(subject: Subject) -> None:
    acted(
        lambda: publish("p"),
        lambda: allow(subject, "p"),
        lambda: allow(subject, "p"),  # a renewal
        lambda: withdraw(subject, "p"),
        lambda: refuse(subject, "p"),
        lambda: allow(subject, "p"),
    )
    assert stretches(subject, at=6) == [Stretch(day(1), day(3)), Stretch(day(5), None, stands=True)]


def test_a_no_ends_what_stood(subject: Subject) -> None:
    acted(lambda: publish("p"), lambda: allow(subject, "p"), lambda: refuse(subject, "p"))
    assert stretches(subject, at=9) == [Stretch(day(1), day(2))]


def test_a_lifespan_ends_it_at_its_day_and_a_later_yes_begins_anew(subject: Subject) -> None:
    acted(lambda: publish("p", lifespan=3 * DAY), lambda: allow(subject, "p"))
    assert stretches(subject, at=2) == [Stretch(day(1), day(4), stands=True)]
    assert stretches(subject, at=5) == [Stretch(day(1), day(4))]
    with time_machine.travel(day(6), tick=False):
        allow(subject, "p")
    assert stretches(subject, at=7) == [Stretch(day(1), day(4)), Stretch(day(6), day(9), stands=True)]


def test_new_words_leave_it_without_an_end_until_she_says_yes_to_them(subject: Subject) -> None:
    acted(lambda: publish("p"), lambda: allow(subject, "p"), lambda: publish("p", words="More."))
    assert stretches(subject, at=3) == [Stretch(day(1), None)]
    with time_machine.travel(day(4), tick=False):
        allow(subject, "p")
    assert stretches(subject, at=5) == [Stretch(day(1), day(4)), Stretch(day(4), None, stands=True)]


def test_a_retirement_is_an_end(subject: Subject) -> None:
    acted(lambda: publish("p"), lambda: allow(subject, "p"), lambda: retire_purpose("p", at=day(5)))
    assert stretches(subject, at=3) == [Stretch(day(1), day(5), stands=True)]
    assert stretches(subject, at=6) == [Stretch(day(1), day(5))]


def test_a_lane_is_a_purpose_and_a_recipient_and_what_was_only_refused_has_none(subject: Subject) -> None:
    publish("p")
    publish("q")
    publish("everywhere", scope="global")
    assert lanes(subject) == []
    allow(subject, "everywhere")
    allow(subject, "p")
    allow(subject, "p", scope_key="client-b")
    refuse(subject, "q")
    found = [(lane.purpose, lane.scope_key) for lane in lanes(subject)]
    assert found == [("p", "client-b"), ("p", CLIENT), ("everywhere", "")]


def test_decisions_whose_beginning_is_left_out_are_drawn_from_the_first_that_is_known(subject: Subject) -> None:
    acted(
        lambda: publish("p"),
        lambda: allow(subject, "p"),
        lambda: allow(subject, "p"),
        lambda: withdraw(subject, "p"),
    )
    newest = list(history_for_subject(subject))
    assert [lane.stretches for lane in lanes_of(newest[:2], day(9))] == [[Stretch(day(2), day(3))]]
    assert lanes_of(newest[:1], day(9)) == []
