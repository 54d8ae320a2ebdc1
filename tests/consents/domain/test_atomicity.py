"""A decision is all there or not at all, receipt and evidence, counts and projection too, wherever it is cut off."""

from collections.abc import Callable
from typing import Any

import pytest

from consents.domain.erasure import erase_subject
from consents.domain.recording import record_decisions, withdraw_consents
from consents.domain.verification import first_fault
from consents.enums import Action, Actor, ErasureKind
from consents.models import Subject
from tests.consents.acts import CLIENT, allow, answers, open_point, publish
from tests.consents.interrupted import cut_everywhere, terminate_here

pytestmark = pytest.mark.usefixtures("signed")
EVIDENCE = {"ip": "203.0.113.0"}
Act = Callable[[], Any]


def recording(subject: Subject) -> Act:
    for name in ("a", "b"):
        publish(name)
    point, decisions = open_point("a", "b"), answers(Action.ALLOW, "a", "b")
    return lambda: record_decisions(
        subject,
        collection_point=point,
        scope_key=CLIENT,
        decisions=decisions,
        actor=Actor.SELF,
        evidence=EVIDENCE,
    )


def withdrawing(subject: Subject) -> Act:
    recording(subject)()
    return lambda: withdraw_consents(subject, names=["a", "b"], scope_key=CLIENT, actor=Actor.SELF, evidence=EVIDENCE)


def erasing(subject: Subject) -> Act:
    publish("a")
    allow(subject, "a")
    return lambda: erase_subject(subject, kind=ErasureKind.SHRED, actor_ref="officer")


ACTS = [recording, withdrawing, erasing]


@pytest.mark.django_db
@pytest.mark.parametrize("begin", ACTS)
def test_an_error_at_any_statement_writes_nothing(begin: Callable[[Subject], Act], subject: Subject) -> None:
    assert cut_everywhere(begin(subject), "consents") > 10
    assert first_fault() is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begin", ACTS)
def test_a_lost_connection_at_any_statement_writes_nothing(begin: Callable[[Subject], Act], subject: Subject) -> None:
    assert cut_everywhere(begin(subject), "consents", cut=terminate_here) > 5
    assert first_fault() is None
