from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from consents.domain.check import check_consents
from consents.domain.purposes import retire_purpose
from consents.domain.queries.history import history_for_subject, standing_consents
from consents.enums import Action
from consents.models import Subject
from tests.consents.acts import CLIENT, allow, publish, refuse, withdraw

pytestmark = pytest.mark.django_db


def test_history_is_newest_first_and_ones_own(subject: Subject, stranger: Subject) -> None:
    publish("a")
    allow(subject, "a")
    allow(subject, "a")
    allow(stranger, "a")
    withdraw(subject, "a")
    actions = [row.action for row in history_for_subject(subject)]
    assert actions == [Action.WITHDRAW, Action.RENEW, Action.ALLOW]


def test_history_of_one_scope(subject: Subject) -> None:
    publish("a")
    publish("g", scope="global")
    allow(subject, "a", "g")
    assert [row.purpose.name for row in history_for_subject(subject, scope_key=CLIENT)] == ["a"]
    assert [row.purpose.name for row in history_for_subject(subject, scope_key="")] == ["g"]


@pytest.mark.parametrize("count", [1, 3])
def test_history_costs_one_query(subject: Subject, count: int, django_assert_num_queries: Any) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    allow(subject, *names)
    with django_assert_num_queries(1):
        rows = [
            (row.purpose.name, row.purpose_version.number, str(row.collection_point))
            for row in history_for_subject(subject)
        ]
    assert len(rows) == count


def test_standing_consents_are_those_a_check_permits(subject: Subject) -> None:
    names = ["expired", "given", "refused", "retired", "superseded", "withdrawn"]
    for name in names:
        publish(name, lifespan=timedelta(days=1) if name == "expired" else None)
    allow(subject, *names)
    refuse(subject, "refused")
    withdraw(subject, "withdrawn")
    retire_purpose("retired")
    publish("superseded", words="More.")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2), tick=False):
        standing = [state.purpose.name for state in standing_consents(subject, scope_key=CLIENT)]
        answers = check_consents(subject, names=names, scope_key=CLIENT)
    assert standing == ["given"] == [name for name, answer in answers.items() if answer.allowed]
