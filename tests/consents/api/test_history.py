"""The history over HTTP: what a client may know of a person's decisions, page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client

from consents.domain.queries.history import history_seen_by
from consents.domain.recording import record_decisions, withdraw_consents
from consents.enums import Action, Actor
from consents.models import ConsentTransaction, Subject
from tests.consents.acts import allow, answers, open_point, publish, refuse, withdraw
from tests.consents.api.conftest import Door, refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHER = "client-b"


def entries(door: Door, **query: Any) -> list[dict[str, Any]]:
    response = door.fetch("history", **query)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["history"]
    return found


def told(door: Door, **query: Any) -> list[tuple[str, str]]:
    return [(entry["name"], entry["action"]) for entry in entries(door, **query)]


def pages(door: Door, limit: int) -> list[list[str]]:
    """The transaction ids of every page."""
    found, query = [], {"limit": limit}
    while True:
        answer = door.fetch("history", **query).json()
        found.append([entry["transaction_id"] for entry in answer["history"]])
        assert len(found) < 20
        if answer["next"] is None:
            return found
        query["before"] = answer["next"]


def allow_at(recipient: str, subject: Subject, *names: str) -> None:
    """As on the page of another recipient, whose client id is the scope key."""
    record_decisions(
        subject, collection_point=open_point(*names, recipient=recipient), scope_key=recipient,
        decisions=answers(Action.ALLOW, *names), actor=Actor.SELF,
    )  # fmt: skip


def test_the_form_of_an_entry(subject: Subject, door: Door, signed: None) -> None:
    with time_machine.travel(NOW, tick=False):
        version = publish("p", lifespan=timedelta(days=1))
        [row] = allow(subject, "p")
    row.refresh_from_db()
    response = door.fetch("history")
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "history": [
            {"transaction_id": str(row.pk), "name": "p", "version": 1, "action": "allow", "actor": "self",
             "occurred_at": "2026-03-01T12:00:00.000000Z", "expires_at": "2026-03-02T12:00:00.000000Z",
             "recorded_at": row.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
             "epoch": 1, "locale": "en", "text_sha256": version.texts.get().sha256, "receipt_id": str(row.receipt_id)}
        ],
        "next": None,
    }  # fmt: skip


def test_newest_first_with_every_action(subject: Subject, door: Door) -> None:
    publish("a")
    publish("b")
    assert entries(door) == []
    allow(subject, "a", "b")
    allow(subject, "a")
    refuse(subject, "b", actor=Actor.STAFF)
    withdraw(subject, "a")
    assert told(door) == [("a", "withdraw"), ("b", "refuse"), ("a", "renew"), ("b", "allow"), ("a", "allow")]
    assert [entry["actor"] for entry in entries(door)] == ["self", "staff", "self", "self", "self"]
    assert {entry["receipt_id"] for entry in entries(door)} == {None}, "nobody signs here"


def test_of_some_names_only(subject: Subject, door: Door) -> None:
    publish("a")
    publish("b")
    allow(subject, "a", "b")
    assert told(door, names="b") == [("b", "allow")]
    assert told(door, names="b,a,unknown") == told(door)
    assert told(door, names="unknown") == []


def test_another_clients_decisions_are_invisible(subject: Subject, stranger: Subject, door: Door) -> None:
    for name, scope in (("p", "per_client"), ("g", "global"), ("h", "global")):
        publish(name, scope=scope)
    allow_at(OTHER, subject, "p", "g", "h")
    allow(stranger, "p", "g")
    assert entries(door) == []
    allow(subject, "p", "g")
    withdraw_consents(subject, names=["h"], scope_key=OTHER, actor=Actor.SELF)
    allow_at(OTHER, subject, "g")
    assert told(door) == [("g", "renew"), ("p", "allow")]
    assert told(Door((subject,), OTHER)) == [("g", "renew"), ("h", "withdraw"), ("h", "allow"), ("g", "allow"),
                                             ("p", "allow")]  # fmt: skip


def test_a_withdrawal_of_what_was_given_here_shows_wherever_it_was_made(
    subject: Subject, door: Door, signed: None
) -> None:
    """Else the history would end with a yes that the check denies; the receipt is that of its recipient alone."""
    publish("g", scope="global")
    allow_at(OTHER, subject, "g")
    withdraw(subject, "g", scope_key=OTHER)
    allow(subject, "g")
    withdraw(subject, "g", scope_key=OTHER)
    assert told(door) == [("g", "withdraw"), ("g", "allow")], "not the withdrawal before"
    assert [entry["receipt_id"] is None for entry in entries(door)] == [True, False]
    elsewhere = entries(Door((subject,), OTHER))
    assert [entry["receipt_id"] is None for entry in elsewhere] == [False, False, False]


def test_a_caller_without_a_scope_key_sees_no_clients_decisions(subject: Subject) -> None:
    publish("p")
    publish("g", scope="global")
    allow(subject, "p", "g")
    assert not history_seen_by("", subject.account_id, names=None)


def test_who_is_not_seen_is_404_and_who_names_nobody_must(subject: Subject, stranger: Subject, door: Door) -> None:
    publish("p")
    allow(stranger, "p")
    answers = [door.fetch("history", account=account) for account in (stranger.account_id, "nobody", "1")]
    assert {refused(answer) for answer in answers} == {(404, "unknown_account")}
    assert len({answer.content for answer in answers}) == 1
    assert refused(Door(()).fetch("history")) == (400, "account_required")
    assert entries(door, account=subject.account_id) == []
    assert refused(Client().get("/consents/v1/history")) == (401, "unauthorized")
    assert refused(Client().post("/consents/v1/history", headers=door.headers)) == (405, "method_not_allowed")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_the_pages_are_the_whole(subject: Subject, door: Door, limit: int) -> None:
    for name in ("a", "b", "c"):
        publish(name)
    allow(subject, "a", "b", "c")
    withdraw(subject, "a", "b")
    whole = [entry["transaction_id"] for entry in entries(door)]
    found = pages(door, limit)
    assert [number for page in found for number in page] == whole
    assert all(len(page) == limit for page in found[:-1])
    assert 1 <= len(found[-1]) <= limit, "the last page is never empty"


def test_a_page_that_was_begun_is_not_moved_by_new_rows(subject: Subject, door: Door) -> None:
    for name in ("a", "b", "c"):
        publish(name)
    allow(subject, "a", "b", "c")
    first = door.fetch("history", limit=1).json()
    withdraw(subject, "a", "b", "c")
    rest = entries(door, before=first["next"])
    assert [entry["action"] for entry in rest] == ["allow", "allow"]
    assert first["history"][0]["transaction_id"] not in {entry["transaction_id"] for entry in rest}
    assert entries(door, before=first["next"], names="nothing") == []


def test_rows_of_one_moment_are_parted_too(subject: Subject, door: Door) -> None:
    """A submission is one statement: all its rows have one time."""
    for number in range(5):
        publish(f"p{number}")
    allow(subject, *(f"p{number}" for number in range(5)))
    assert len(set(ConsentTransaction.objects.values_list("recorded_at", flat=True))) == 1
    assert len({number for page in pages(door, 2) for number in page}) == 5


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=-1", "limit=1.0", "limit=", "limit=%D9%A3", "limit=1e1", "limit=" + "9" * 5000,
        "before=", "before=x", "before=AAAA", "before=" + "A" * 31, "before=" + "A" * 33, "before=%00", "before=%C3%A9",
        "before=" + "_" * 32, "before=" + "A" * 10_000, "names=", "names=a,,b", "account=", "account=1&account=2",
        "scope_key=x", "client_id=x", "at=2026-03-01T12:00:00Z", "offset=1", "names=" + ",".join(map(str, range(21))),
    ],
)  # fmt: skip
def test_a_malformed_query_is_400(door: Door, query: str) -> None:
    response = Client().get(f"/consents/v1/history?{query}", headers=door.headers)
    assert refused(response) == (400, "invalid_request")


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_one_query_beside_who_asks(
    subject: Subject, door: Door, signed: None, count: int, django_assert_num_queries: Any
) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    allow(subject, *names)
    with django_assert_num_queries(1 + 1):
        found = entries(door)
    assert len(found) == count
    assert all(UUID(entry["receipt_id"]) for entry in found)
