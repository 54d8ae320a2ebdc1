from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from consents.domain.purposes import keep_purpose, notices_for, retire_purpose
from consents.enums import Action, Reason
from consents.errors import PurposeConflict, PurposeNotPublished, UnknownPurpose
from consents.models import Purpose, Subject
from tests.consents.acts import allow, answers, check, decide, publish
from tests.consents.domain.test_carry_over import stands

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def given(subject: Subject) -> None:
    with time_machine.travel(NOW, tick=False):
        publish("p")
        allow(subject, "p")
        retire_purpose("p", at=NOW + DAY)


@pytest.mark.parametrize(("moment", "lives"), [(NOW + DAY - TICK, True), (NOW + DAY, False)], ids=["before", "then"])
def test_a_purpose_lives_until_its_moment(moment: datetime, lives: bool, subject: Subject) -> None:
    with time_machine.travel(NOW, tick=False):
        decisions = answers(Action.ALLOW, "p")
    with time_machine.travel(moment, tick=False):
        assert stands(subject) == lives
        assert ("p" in notices_for(["p"], locale="en")) == lives
        if lives:
            decide(subject, decisions)
        else:
            assert check(subject, "p").reason is Reason.UNKNOWN_PURPOSE
            with pytest.raises(PurposeNotPublished):
                decide(subject, decisions)


def test_a_retirement_to_come_is_moved_and_taken_back(subject: Subject) -> None:
    with time_machine.travel(NOW, tick=False):
        retire_purpose("p", at=NOW + 3 * DAY)
        assert check(subject, "p").until == NOW + 3 * DAY
        keep_purpose("p")
        assert check(subject, "p").until is None
    with time_machine.travel(NOW + 10 * DAY, tick=False):
        assert stands(subject)


def test_what_is_retired_stays_retired() -> None:
    with time_machine.travel(NOW + 2 * DAY, tick=False):
        retire_purpose("p", at=NOW + 5 * DAY)
        assert Purpose.objects.get().retired_at == NOW + DAY
        with pytest.raises(PurposeConflict):
            keep_purpose("p")


def test_a_moment_that_passed_means_now() -> None:
    with time_machine.travel(NOW + TICK, tick=False):
        retire_purpose("p", at=NOW - DAY)
        assert Purpose.objects.get().retired_at == NOW + TICK


def test_an_unknown_purpose_is_not_kept() -> None:
    with pytest.raises(UnknownPurpose):
        keep_purpose("nothing")


def test_new_words_may_be_published_until_then() -> None:
    with time_machine.travel(NOW, tick=False):
        assert publish("p", words="new").number == 2
    with time_machine.travel(NOW + DAY, tick=False), pytest.raises(PurposeConflict):
        publish("p", words="newer")
