"""Everything that one person decided, and withdrawing all of it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from consents.domain.collection_points import close_collection_point
from consents.domain.purposes import retire_purpose
from consents.domain.queries.history import answers_to_notice, history_of_unit
from consents.domain.queries.own_consents import own_consent, own_consents
from consents.domain.withdrawal import withdraw_everything
from consents.enums import Actor, Reason
from consents.models import Purpose, Receipt, Subject
from tests.consents.acts import CLIENT, allow, check, open_point, publish, refuse, withdraw

pytestmark = pytest.mark.django_db


def standing(subject: Subject | None) -> dict[str, Reason | None]:
    return {own.name: own.reason for own in own_consents(subject)}


def test_every_answer_is_told_apart(subject: Subject) -> None:
    for name in ("active", "withdrawn", "refused", "outdated", "retired"):
        publish(name)
    publish("expired", lifespan=timedelta(days=1))
    allow(subject, "active", "withdrawn", "outdated", "retired", "expired")
    refuse(subject, "refused")
    withdraw(subject, "withdrawn")
    publish("outdated", words="Other words.")
    retire_purpose("retired")
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        found = standing(subject)
    assert found == {
        "active": Reason.ACTIVE,
        "withdrawn": Reason.WITHDRAWN,
        "refused": Reason.REFUSED,
        "outdated": Reason.SUPERSEDED,
        "retired": None,
        "expired": Reason.EXPIRED,
    }
    assert standing(None) == {}


def test_it_agrees_with_the_check(subject: Subject) -> None:
    publish("a")
    publish("b", scope="global")
    allow(subject, "a", "b")
    for act in (lambda: None, lambda: withdraw(subject, "a"), lambda: publish("b", scope="global", words="Other.")):
        act()
        assert standing(subject) == {name: check(subject, name).reason for name in ("a", "b")}


def test_the_words_are_those_that_were_read(subject: Subject) -> None:
    publish("a", words="First words.")
    allow(subject, "a")
    publish("a", words="Second words.")
    [own] = own_consents(subject)
    assert (own.text.text, own.text.version.number) == ("First words.", 1)


def test_the_latest_decision_comes_first(subject: Subject) -> None:
    for name in ("a", "b", "c"):
        publish(name)
        allow(subject, name)
    refuse(subject, "a")
    assert [own.name for own in own_consents(subject)] == ["a", "c", "b"]


def test_one_unit_and_never_anothers(subject: Subject, stranger: Subject) -> None:
    publish("a")
    allow(subject, "a")
    purpose = Purpose.objects.get()
    own = own_consent(subject, purpose_id=purpose.pk, scope_key=CLIENT)
    assert own is not None
    assert own.stands
    assert own_consent(subject, purpose_id=purpose.pk, scope_key="client-b") is None
    assert own_consent(stranger, purpose_id=purpose.pk, scope_key=CLIENT) is None
    assert own_consent(None, purpose_id=purpose.pk, scope_key=CLIENT) is None


def test_where_it_can_be_answered_again(subject: Subject) -> None:
    publish("a")
    publish("b", scope="global")
    allow(subject, "a", "b", scope_key=CLIENT)
    other = open_point("a", "b", recipient="client-b")
    point = open_point("a", "b")
    assert {own.name: own.asked_at for own in own_consents(subject)}["a"] == point.pk
    close_collection_point(point)
    assert {own.name: own.asked_at for own in own_consents(subject)} == {"a": None, "b": other.pk}
    retire_purpose("b")
    assert {own.name: own.asked_at for own in own_consents(subject)} == {"a": None, "b": None}


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_three_queries(subject: Subject, count: int, django_assert_num_queries: Any) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    allow(subject, *names)
    with django_assert_num_queries(3):
        assert len(own_consents(subject)) == count


def test_the_history_of_one_unit(subject: Subject) -> None:
    publish("a")
    publish("b")
    allow(subject, "a", "b")
    withdraw(subject, "a")
    purpose = Purpose.objects.get(name="a")
    rows = history_of_unit(subject, purpose_id=purpose.pk, scope_key=CLIENT)
    assert [row.action for row in rows] == ["withdraw", "allow"]


def test_the_answers_to_a_page_are_told_to_its_reader_only(subject: Subject, stranger: Subject) -> None:
    publish("a")
    [row] = allow(subject, "a")
    assert answers_to_notice(subject, row.pk) == answers_to_notice(stranger, row.pk) == []


def test_all_is_withdrawn_of_every_recipient(subject: Subject, stranger: Subject, signed: None) -> None:
    publish("a")
    publish("b", scope="global")
    allow(subject, "a", "b")
    allow(subject, "a", scope_key="client-b")
    allow(stranger, "a")
    refuse(subject, "a", scope_key="client-c")
    given = set(Receipt.objects.values_list("pk", flat=True))
    rows = withdraw_everything(subject, actor=Actor.SELF)
    assert [(row.purpose.name, row.scope_key) for row in rows] == [("b", ""), ("a", CLIENT), ("a", "client-b")]
    assert Receipt.objects.exclude(pk__in=given).count() == 3
    assert not any(own.stands for own in own_consents(subject))
    assert check(stranger, "a").allowed
    assert withdraw_everything(subject, actor=Actor.SELF) == []
