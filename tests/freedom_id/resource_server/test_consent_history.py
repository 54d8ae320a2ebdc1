"""History and receipts for a person's token and for a client: their own, and nobody else's."""

from typing import Any

import pytest
import requests
from django.test import Client, RequestFactory

from consents.api.views import history_view, receipt_view
from consents.domain.receipt_verification import verify_receipt
from consents.domain.subjects import subject_for_account
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.signing_keys import forget_keys, public_keys
from freedom_id.grants import IDENTITY_PROVIDER
from tests.freedom_id.domain.acts import IP, Pair, new_person, pair
from tests.freedom_id.domain.wire import statements_sent
from tests.freedom_id.resource_server.test_consent_caller import GRANTS, REFERENCES, basic, bearer
from tests.servers.portal import Portal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_keys() -> Any:
    """The keys of a test vanish with its rows."""
    forget_keys()
    yield
    forget_keys()


def get(path: str, authorization: str, **query: str) -> Any:
    return Client().get(f"/consents/{path}", query, headers={"Authorization": authorization})


def told(authorization: str, **query: str) -> list[tuple[str, str]]:
    response = get("v1/history", authorization, **query)
    assert response.status_code == 200, response.content
    return [(entry["name"], entry["action"]) for entry in response.json()["history"]]


def test_a_person_and_a_client_read_the_same_history() -> None:
    a = pair()
    token = bearer(a)
    stop_sharing(a.account, a.live, grants=["read.phone"], ip=IP)
    found = told(token)
    assert found[0] == ("read.phone", "withdraw")
    assert sorted(found[1:]) == sorted((name, "allow") for name in (IDENTITY_PROVIDER, *GRANTS))
    for reference in REFERENCES:
        assert told(token, account=reference(a.account)) == told(basic(a), account=reference(a.account)) == found


def test_another_partners_history_is_invisible_and_foreign_people_are_unknown() -> None:
    a, other = pair(), pair()
    a.tokens(*GRANTS)
    known = Pair(a.account, other.client, other.secret, a.sign_in)
    token = bearer(known, "read.firstname")
    assert (
        told(token)
        == told(basic(known), account=str(a.account.pk))
        == [
            ("read.firstname", "allow"),
            (IDENTITY_PROVIDER, "allow"),
        ]
    )
    foreign = [get("v1/history", auth, account=str(other.account.pk)) for auth in (token, basic(a))]
    foreign += [get("v1/history", basic(a), account=unknown) for unknown in ("1", "x", "9" * 16)]
    assert {(answer.status_code, answer.content) for answer in foreign} == {(404, foreign[0].content)}
    nobody = get("v1/history", basic(a))
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (400, "account_required")


def test_the_receipt_is_for_the_person_and_for_the_partner_at_both_addresses() -> None:
    a = pair()
    token = bearer(a)
    [number] = {entry["receipt_id"] for entry in get("v1/history", token).json()["history"]}
    for authorization in (token, basic(a)):
        for path in (f"v1/receipts/{number}", f"receipts/{number}"):
            answer = get(path, authorization)
            assert verify_receipt(answer.content, public_keys())["receipt_id"] == number


def test_the_partner_keeps_the_receipts_when_sharing_has_ended_and_the_token_does_not() -> None:
    a = pair()
    token = bearer(a)
    receipt = subject_for_account(a.account).receipts.get()
    stop_sharing(a.account, a.live, grants=None, ip=IP)
    assert get(f"receipts/{receipt.pk}", basic(a)).status_code == 200
    assert get(f"receipts/{receipt.pk}", token).status_code == 401
    assert get("v1/history", basic(a), account=str(a.account.pk)).status_code == 404


def test_foreign_and_unknown_receipts_cannot_be_told_apart() -> None:
    a, other = pair(), pair()
    second, token = new_person(a), bearer(a)
    second.tokens(*GRANTS)
    other.tokens(*GRANTS)
    elsewhere = Pair(a.account, other.client, other.secret, a.sign_in)
    elsewhere.tokens("read.firstname")
    mine, beside = subject_for_account(a.account).receipts.order_by("issued_at")
    [theirs] = subject_for_account(other.account).receipts.all()
    [neighbours] = subject_for_account(second.account).receipts.all()
    asked = [(token, theirs.pk), (token, neighbours.pk), (token, beside.pk), (token, "x")]
    asked += [(basic(a), theirs.pk), (basic(a), beside.pk), (basic(other), mine.pk), (basic(a), a.account.freedom_id)]
    answers = [get(f"{door}/{number}", auth) for auth, number in asked for door in ("v1/receipts", "receipts")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert get(f"receipts/{neighbours.pk}", basic(a)).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Basic !", "Bearer x", "Digest x"])
def test_who_shows_nothing_valid_is_401(authorization: str) -> None:
    for path in ("v1/history", "v1/receipts/x", "receipts/x"):
        assert get(path, authorization).status_code == 401


@pytest.mark.postgresql
def test_what_it_costs() -> None:
    """A token is judged by one statement, a client proven by one and its people found by another; then one read."""
    a = pair()
    token = bearer(a)
    [number] = subject_for_account(a.account).receipts.values_list("pk", flat=True)

    def cost(authorization: str, view: Any, query: dict[str, str], **captured: str) -> int:
        request = RequestFactory().get("/", query, headers={"Authorization": authorization})
        with statements_sent() as statements:
            assert view(request, **captured).status_code == 200
        return len(statements)

    account = {"account": str(a.account.pk)}
    assert (cost(token, history_view, {}), cost(basic(a), history_view, account)) == (2, 3)
    receipt = {"receipt_id": str(number)}
    assert (cost(token, receipt_view, {}, **receipt), cost(basic(a), receipt_view, {}, **receipt)) == (2, 2)


@pytest.mark.postgresql  # SQLite cannot empty a ledger, whose triggers refuse to delete
def test_over_a_real_socket(portal: Portal) -> None:
    a = pair()
    headers = {"Authorization": bearer(a)}
    [number] = subject_for_account(a.account).receipts.values_list("pk", flat=True)
    first = requests.get(f"{portal.url}/consents/v1/history?limit=2", headers=headers, timeout=5)
    rest = requests.get(f"{portal.url}/consents/v1/history?before={first.json()['next']}", headers=headers, timeout=5)
    assert [entry["epoch"] for page in (first, rest) for entry in page.json()["history"]] == [4, 3, 2, 1]
    for path in ("consents/v1/receipts", "consents/receipts"):
        whole = requests.get(f"{portal.url}/{path}/{number}", headers=headers, timeout=5)
        accept = {"Accept": "application/consent-receipt+jws"}
        alone = requests.get(f"{portal.url}/{path}/{number}", headers=headers | accept, timeout=5)
        assert (whole.headers["Content-Type"], whole.json()["jws"]) == ("application/json", alone.text)
        assert (alone.headers["Content-Type"], alone.headers["Vary"]) == (accept["Accept"], "Accept")
        assert "Set-Cookie" not in whole.headers
