"""A key is answered once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consents.domain.idempotency import RepeatableRequest, answer_once, purge_answered_keys
from consents.errors import KeyReused
from consents.models import AnsweredKey, ConsentTransaction, Subject
from tests.consents.acts import allow, publish

pytestmark = pytest.mark.django_db


def request(key: str = "k", caller: str = "client-a", sha256: str = "1") -> RepeatableRequest:
    return RepeatableRequest(caller, key, sha256)


def test_a_repeated_request_gets_the_first_answer_and_does_nothing(subject: Subject) -> None:
    publish("read.phone")

    def act() -> str:
        allow(subject, "read.phone")
        return f'{{"b": 1, "a": {ConsentTransaction.objects.count()}, "ü": "\\u00fc"}}'

    answers = [answer_once(subject, request(), act) for _time in range(3)]
    assert answers == ['{"b": 1, "a": 1, "ü": "\\u00fc"}'] * 3
    assert (ConsentTransaction.objects.count(), AnsweredKey.objects.count()) == (1, 1)


def test_without_a_key_everything_is_done_every_time(subject: Subject) -> None:
    answers = iter("ab")
    assert [answer_once(subject, None, lambda: next(answers)) for _time in range(2)] == ["a", "b"]
    assert not AnsweredKey.objects.exists()


def test_a_key_is_its_callers_and_for_one_person(subject: Subject) -> None:
    other = Subject.objects.create()
    for number, (person, asked) in enumerate(
        [(subject, request()), (subject, request(caller="client-b")), (subject, request("K")), (other, request())]
    ):
        assert answer_once(person, asked, lambda number=number: str(number)) == str(number)


def test_another_request_under_the_key_is_refused(subject: Subject) -> None:
    answer_once(subject, request(), lambda: "a")
    with pytest.raises(KeyReused):
        answer_once(subject, request(sha256="2"), lambda: "b")
    assert answer_once(subject, request(), lambda: "c") == "a"


def test_an_act_that_fails_may_be_tried_again(subject: Subject) -> None:
    publish("read.phone")

    def fail() -> str:
        allow(subject, "read.phone")
        raise LookupError

    with pytest.raises(LookupError):
        answer_once(subject, request(), fail)
    assert not AnsweredKey.objects.exists()
    assert not ConsentTransaction.objects.exists()
    assert answer_once(subject, request(), lambda: "a") == "a"


def test_an_answer_is_kept_for_a_day(subject: Subject) -> None:
    answer_once(subject, request(), lambda: "old")
    day = timedelta(hours=24)
    AnsweredKey.objects.update(created_at=timezone.now() - day + timedelta(minutes=1))
    assert purge_answered_keys() == 0
    assert answer_once(subject, request(), lambda: "new") == "old"
    AnsweredKey.objects.update(created_at=timezone.now() - day)
    assert answer_once(subject, request(sha256="2"), lambda: "new") == "new"
    assert AnsweredKey.objects.count() == 1
    AnsweredKey.objects.update(created_at=timezone.now() - day)
    assert purge_answered_keys() == 1
