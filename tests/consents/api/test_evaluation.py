"""OpenID AuthZEN Authorization API 1.0."""

from typing import Any

import pytest
from django.test import Client

from consents.models import Subject
from tests.consents.acts import allow, publish, refuse
from tests.consents.api.conftest import Door

pytestmark = pytest.mark.django_db


def question(account: Any, name: str = "p", **more: Any) -> dict[str, Any]:
    return {
        "subject": {"type": "account", "id": str(account)},
        "action": {"name": "use", "properties": {"method": "GET"}},
        "resource": {"type": "purpose", "id": name},
        "context": {"time": "1985-10-26T01:22-07:00"},
        **more,
    }


def test_a_decision_with_its_reason(subject: Subject, door: Door) -> None:
    publish("p")
    asked = question(subject.account_id)
    denied = {"decision": False, "context": {"reason": "none"}}
    assert door.post("evaluation", asked).json() == denied
    allow(subject, "p")
    assert door.post("evaluation", asked).json() == {"decision": True, "context": {"reason": "active"}}
    refuse(subject, "p")
    assert door.post("evaluation", asked).json()["context"] == {"reason": "refused"}


def test_what_is_not_known_is_denied_alike(subject: Subject, stranger: Subject, door: Door) -> None:
    answers = [door.post("evaluation", question(account)) for account in (stranger.account_id, "nobody")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json() == {"decision": False, "context": {"reason": "unknown_account"}}
    unknown = door.post("evaluation", question(subject.account_id, "nonsense")).json()
    assert unknown == {"decision": False, "context": {"reason": "unknown_purpose"}}


def test_many_questions_share_defaults(subject: Subject, door: Door) -> None:
    publish("p")
    publish("q")
    allow(subject, "q")
    items = [{}, {"resource": {"type": "purpose", "id": "q"}}, {"subject": {"type": "account", "id": "nobody"}}]
    answer = door.post("evaluations", question(subject.account_id, evaluations=items)).json()
    assert [item["decision"] for item in answer["evaluations"]] == [False, True, False]
    assert [item["context"]["reason"] for item in answer["evaluations"]] == ["none", "active", "unknown_account"]


@pytest.mark.parametrize("evaluations", [[], None])
def test_without_evaluations_the_body_is_the_question(subject: Subject, door: Door, evaluations: Any) -> None:
    publish("p")
    allow(subject, "p")
    answer = door.post("evaluations", question(subject.account_id, evaluations=evaluations)).json()
    assert answer == {"decision": True, "context": {"reason": "active"}}


def test_a_request_id_comes_back(subject: Subject, door: Door) -> None:
    headers = door.headers | {"X-Request-ID": "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"}
    for sent in ("{}", "{"):
        response = Client().post("/consents/v1/evaluation", sent, "application/json", headers=headers)
        assert response["X-Request-ID"] == headers["X-Request-ID"]


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": None}, {"subject": {"type": "user", "id": "1"}}, {"subject": {"type": "account"}},
        {"subject": {"type": "account", "id": 1}}, {"action": {"name": "delete"}}, {"action": "use"},
        {"resource": {"type": "document", "id": "p"}}, {"resource": {"type": "purpose", "id": "\u0000"}},
    ],
)  # fmt: skip
def test_a_malformed_question_is_400(door: Door, changed: dict[str, Any]) -> None:
    for path in ("evaluation", "evaluations"):
        response = door.post(path, question("1") | changed)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "more",
    [
        {"evaluations": {}, "options": []}, {"evaluations": ["x"]}, {"evaluations": [{}] * 101},
        {"options": {"evaluations_semantic": "deny_on_first_deny"}}, {"options": "x"}, {"evaluations": 5},
        {"evaluations": [{"resource": {"type": "purpose", "id": f"n{n}"}} for n in range(21)]},
    ],
)  # fmt: skip
def test_malformed_questions_are_400(door: Door, more: dict[str, Any]) -> None:
    response = door.post("evaluations", question("1") | more)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")
