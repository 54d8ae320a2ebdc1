from collections.abc import Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from consents.enums import Reason
from consents.models import ConsentTransaction, Subject
from consents.signals import consent_given, consent_withdrawn
from tests.consents.acts import CLIENT, allow, check, publish, refuse, withdraw

pytestmark = pytest.mark.django_db


class Ear:
    """Hears both signals, and fails when told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, list[str]]] = []
        self.account_id: Any = None
        self.fails = False

    def __call__(
        self, signal: Signal, subject: Subject, account_id: Any, scope_key: str, purposes: list[str], **_: Any
    ):
        if self.fails:
            raise RuntimeError("the token store is away")
        self.account_id = account_id
        self.heard.append(("given" if signal is consent_given else "withdrawn", scope_key, purposes))


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    consent_given.connect(ear, sender=ConsentTransaction)
    consent_withdrawn.connect(ear, sender=ConsentTransaction)
    yield ear
    consent_given.disconnect(ear, sender=ConsentTransaction)
    consent_withdrawn.disconnect(ear, sender=ConsentTransaction)


def test_an_allow_and_a_renewal_are_given(subject: Subject, account: Any, ear: Ear) -> None:
    publish("a")
    allow(subject, "a")
    allow(subject, "a")
    assert ear.heard == [("given", CLIENT, ["a"])] * 2
    assert ear.account_id == account.pk


def test_one_signal_per_scope_key(subject: Subject, ear: Ear) -> None:
    publish("a")
    publish("b", scope="global")
    publish("c")
    allow(subject, "a", "b", "c")
    assert ear.heard == [("given", CLIENT, ["a", "c"]), ("given", "", ["b"])]


def test_a_first_refusal_withdraws_nothing(subject: Subject, ear: Ear) -> None:
    publish("a")
    refuse(subject, "a")
    assert ear.heard == []


def test_a_refusal_of_what_was_active_withdraws(subject: Subject, ear: Ear) -> None:
    publish("a")
    publish("b")
    allow(subject, "a")
    refuse(subject, "a", "b")
    assert ear.heard[1:] == [("withdrawn", CLIENT, ["a"])]


def test_each_withdrawal_is_told_also_the_second(subject: Subject, ear: Ear) -> None:
    publish("a")
    allow(subject, "a")
    withdraw(subject, "a")
    withdraw(subject, "a")
    assert ear.heard[1:] == [("withdrawn", CLIENT, ["a"])] * 2


def test_nothing_written_nothing_told(subject: Subject, ear: Ear) -> None:
    publish("a")
    withdraw(subject, "a")
    assert ear.heard == []


def test_a_deleted_account_is_told_as_none(subject: Subject, account: Any, ear: Ear) -> None:
    publish("a")
    allow(subject, "a")
    account.delete()
    withdraw(subject, "a")
    assert ear.account_id is None


def test_a_failing_receiver_fails_the_withdrawal(subject: Subject, ear: Ear) -> None:
    publish("a")
    allow(subject, "a")
    ear.fails = True
    with pytest.raises(RuntimeError):
        withdraw(subject, "a")
    assert ConsentTransaction.objects.count() == 1
    assert check(subject, "a").reason is Reason.ACTIVE


def test_a_failing_receiver_fails_the_consent(subject: Subject, ear: Ear) -> None:
    publish("a")
    ear.fails = True
    with pytest.raises(RuntimeError):
        allow(subject, "a")
    assert check(subject, "a").reason is Reason.NONE
