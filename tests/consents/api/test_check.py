"""The check over HTTP: every reason, its form, its moments, and what it refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consents.domain.purposes import retire_purpose
from consents.domain.subjects import subject_for_account
from consents.enums import Actor
from consents.models import Subject
from tests.consents.acts import CLIENT, allow, publish, refuse, withdraw
from tests.consents.api.conftest import Door, refused
from tests.consents.conftest import new_account

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)


def test_every_reason(subject: Subject, door: Door) -> None:
    for name in ("active", "renewed", "superseded", "withdrawn", "refused", "none", "retired"):
        publish(name)
    with time_machine.travel(NOW, tick=False):
        publish("expired", lifespan=DAY)
        allow(subject, "expired")
    allow(subject, "active", "renewed", "superseded", "withdrawn", "retired")
    allow(subject, "renewed")
    refuse(subject, "refused")
    withdraw(subject, "withdrawn")
    publish("superseded", words="Other words.")
    retire_purpose("retired")
    names = ["active", "renewed", "expired", "superseded", "withdrawn", "refused", "none", "retired", "nonsense"]
    decisions = door.get(",".join(names)).json()["decisions"]
    assert [decision["name"] for decision in decisions] == names
    expected = ["active", "active", *names[2:7], "unknown_purpose", "unknown_purpose"]
    assert [decision["reason"] for decision in decisions] == expected
    assert [decision["allowed"] for decision in decisions] == [True] * 2 + [False] * 7


def test_the_form_of_an_answer(subject: Subject, door: Door) -> None:
    with time_machine.travel(NOW, tick=False):
        publish("p", lifespan=DAY)
        [row] = allow(subject, "p")
        response = door.get("p,p,q")
    assert response["Cache-Control"] == "no-store"
    unknown = dict.fromkeys(("version", "expires_at", "transaction_id"))
    assert response.json() == {
        "decisions": [
            {"name": "p", "allowed": True, "reason": "active", "version": 1, "transaction_id": str(row.pk),
             "expires_at": "2026-03-02T12:00:00.000000Z"},
            {"name": "q", "allowed": False, "reason": "unknown_purpose", **unknown},
        ]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("offset", "reason"), [(-MICROSECOND, "active"), (0 * DAY, "expired"), (MICROSECOND, "expired")]
)
def test_the_boundary_of_expiry(subject: Subject, door: Door, offset: timedelta, reason: str) -> None:
    with time_machine.travel(NOW, tick=False):
        publish("p", lifespan=DAY)
        allow(subject, "p")
    moment = NOW + DAY + offset
    with time_machine.travel(moment, tick=False):
        assert door.reason() == reason
    assert door.reason(at=moment.isoformat()) == reason
    assert door.reason(at=moment.astimezone().isoformat()) == reason


def test_the_very_next_check_shows_a_withdrawal(subject: Subject, door: Door) -> None:
    publish("p")
    for _time in range(3):
        allow(subject, "p")
        assert door.reason() == "active"
        withdraw(subject, "p")
        assert door.reason() == "withdrawn"


def test_another_clients_consents_are_invisible(subject: Subject) -> None:
    publish("p")
    publish("everywhere", scope="global")
    allow(subject, "p", "everywhere", scope_key="client-b")
    assert Door((subject,), "client-b").reason() == "active"
    for query in ({}, {"at": datetime.now(UTC).isoformat()}):
        assert Door((subject,), CLIENT).reason(**query) == "none"
        assert Door((subject,), CLIENT).reason("everywhere", **query) == "active"


def test_an_account_that_is_not_seen_is_404(subject: Subject, stranger: Subject, door: Door) -> None:
    publish("p")
    assert door.reason(account=subject.account_id) == "none"
    answers = [door.get(account=account) for account in (stranger.account_id, "nobody", "1")]
    assert {refused(answer) for answer in answers} == {(404, "unknown_account")}
    assert len({answer.content for answer in answers}) == 1


def test_many_people(subject: Subject, stranger: Subject) -> None:
    publish("p")
    allow(subject, "p")
    door = Door((subject, stranger))
    asked = [str(subject.account_id), "nobody", str(stranger.account_id), "nobody"]
    answer = door.post("check", {"subjects": asked, "names": ["p"]}).json()["subjects"]
    assert [item["account"] for item in answer] == asked[:3]
    assert [item.get("decisions", [{}])[0].get("reason") for item in answer] == ["active", None, "none"]
    assert answer[1]["error"]["code"] == "unknown_account"


@pytest.mark.parametrize("people", [1, 3])
def test_many_people_in_the_past(people: int, django_assert_num_queries: Any) -> None:
    with time_machine.travel(NOW, tick=False):
        publish("p", lifespan=DAY)
    everybody = [subject_for_account(new_account()) for _number in range(people)]
    for subject in [*everybody, subject_for_account(new_account())]:
        allow(subject, "p", actor=Actor.STAFF, occurred_at=NOW)
    withdraw(everybody[-1], "p")
    known = datetime.now(UTC)
    door = Door((*everybody,))
    asked = {"subjects": [str(subject.account_id) for subject in everybody] + ["nobody"], "names": ["p", "?"]}

    def reasons(**moments: str) -> list[list[str]]:
        with django_assert_num_queries(people + 3):  # the caller of these tests asks one for each person
            answer = door.post("check", {**asked, **moments}).json()["subjects"]
        assert answer[-1]["error"]["code"] == "unknown_account"
        return [[decision["reason"] for decision in item["decisions"]] for item in answer[:-1]]

    def all_say(reason: str) -> list[list[str]]:
        return [[reason, "unknown_purpose"]] * people

    assert reasons(at="2026-03-01T12:00:00Z") == reasons(at="2026-03-02T16:59:59.999999+05:00") == all_say("active")
    assert reasons(at="2026-03-01T11:59:59.999999Z") == all_say("none")
    assert reasons(at="2026-03-02T12:00:00Z") == all_say("expired")
    assert reasons(at="2026-03-01T12:00:00Z", known_at="2026-03-01T13:00:00Z") == all_say("none")
    assert reasons(known_at=known.isoformat()) == [*all_say("expired")[1:], ["withdrawn", "unknown_purpose"]]


def test_the_past_of_one_is_the_past_of_many(subject: Subject, stranger: Subject) -> None:
    """Both doors, at every moment around the acts: the same decisions, whoever else is asked about."""
    publish("p")
    publish("everywhere", scope="global")
    moments = [datetime.now(UTC)]
    for act in (allow, refuse, allow, withdraw):
        act(subject, "p", "everywhere")
        moments.append(datetime.now(UTC))
    allow(stranger, "p")
    door = Door((subject, stranger))
    for at in moments:
        for known_at in moments:
            asked = {"at": at.isoformat(), "known_at": known_at.isoformat()}
            subjects = [str(stranger.account_id), str(subject.account_id)]
            many = door.post("check", {"subjects": subjects, "names": ["p", "everywhere"], **asked}).json()
            one = door.get("p,everywhere", **asked).json()
            assert many["subjects"][1]["decisions"] == one["decisions"]
            assert [decision["reason"] for decision in many["subjects"][0]["decisions"]] == ["none", "none"]


def test_nobody_is_let_in_unless_the_site_says_who(settings: Any, door: Door) -> None:
    settings.CONSENTS = {}
    assert refused(door.get()) == (401, "unauthorized")
    assert refused(door.post("evaluation", {})) == (401, "unauthorized")


def test_without_credentials_it_is_401_before_anything_else() -> None:
    response = Client().get("/consents/v1/check?nonsense=1")
    assert (refused(response), response["WWW-Authenticate"]) == ((401, "unauthorized"), "Test")


def test_a_mistake_of_ours_permits_nothing(settings: Any, door: Door) -> None:
    settings.CONSENTS = {"CALLER": "tests.consents.api.callers.broken"}
    assert refused(door.get()) == (500, "server_error")


@pytest.mark.parametrize(
    "query",
    [
        "", "names=", "names=,", "names=a,,b", "names=" + "a" * 101, "names=%00", "names=%ff", "names=p&names=q",
        "names=" + ",".join(f"n{n}" for n in range(21)), "names=p&at=yesterday", "names=p&at=2026-03-01T12:00:00",
        "names=p&at=2026-03-01T12:00:00+05:00", "names=p&at=", "names=p&known_at=2026-13-01T00:00:00Z",
        "names=p&at=0001-01-01T00:00:00%2B14:00", "names=p&account=", "names=p&account=%E2%80%AE",
        "names=p&account=" + "1" * 256, "names=p&scope_key=x", "names=p&At=2026-03-01T12:00:00Z",
        "&".join("abcdefghij"),
    ],
)  # fmt: skip
def test_a_malformed_query_is_400(door: Door, query: str) -> None:
    response = Client().get(f"/consents/v1/check?{query}", headers=door.headers)
    assert refused(response) == (400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"\xff", b'{"a":' * 5000, {}, {"subjects": [], "names": ["p"]},
        {"subjects": ["1"], "names": []},
        {"subjects": ["1"], "names": "p"}, {"subjects": [1], "names": ["p"]}, {"subjects": ["1"], "names": [{}]},
        {"subjects": [str(n) for n in range(101)], "names": ["p"]}, {"subjects": ["1"], "names": ["p"], "at": "x"},
        {"subjects": ["1"], "names": ["p"], "at": None}, {"subjects": ["1"], "names": ["p"], "known_at": 1},
        {"subjects": ["1"], "names": ["p"], "At": "2026-03-01T12:00:00Z"},
    ],
)  # fmt: skip
def test_a_malformed_batch_is_400(door: Door, body: Any) -> None:
    assert refused(door.post("check", body)) == (400, "invalid_request")


def test_other_methods_and_large_bodies(door: Door) -> None:
    response = Client().delete("/consents/v1/check", headers=door.headers)
    assert (refused(response), response["Allow"]) == ((405, "method_not_allowed"), "GET, POST")
    assert refused(door.post("check", b" " * 70_000)) == (413, "too_large")
