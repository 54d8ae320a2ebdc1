"""Rows 14 to 17 for the type `passkey`: begun, confirmed by what the authenticator says, listed, removed."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from fido2.utils import websafe_encode

from freedom_id.domain.devices import DeviceFacts, record_sign_in
from freedom_id.models import Account, Credential, Notice, Passkey, PasskeyChallenge
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import phone_of
from tests.factories.proofs import SoftAuthenticator
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.identity_v4.parties import IP, Party, call, first_party, operator, refusal, verified
from tests.freedom_id.identity_v4.test_credentials import add, confirm, delete, listed

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 3, 4, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mine(clock: Any) -> Party:
    return first_party()


@pytest.fixture
def token(mine: Party) -> str:
    found = mine.token("openid account")
    verified(mine, found)
    return found


def made(who: Party, token: str, name: str = "Work laptop") -> tuple[int, SoftAuthenticator]:
    begun, authenticator = add(who, token, "passkey"), SoftAuthenticator()
    answer = confirm(who, token, begun["id"], value=authenticator.create(begun["options"]), name=name)
    assert answer.status_code == 200, answer.content
    return begun["id"], authenticator


def test_a_passkey_is_begun_confirmed_listed_and_signs_in(mine: Party, token: str) -> None:
    begun = add(mine, token, "passkey")
    assert begun["options"]["rp"]["id"] == "localhost"
    assert phone_of(mine.account) not in str(begun)
    assert not [item for item in listed(mine, token) if item["type"] == "passkey"], "nothing until it is confirmed"
    authenticator = SoftAuthenticator()
    said = authenticator.create(begun["options"])
    assert confirm(mine, token, begun["id"], value=said, name="Work laptop").json()["code"] == 10001
    time = "04-Mar-30 12:00:00"
    [item] = [item for item in listed(mine, token) if item["type"] == "passkey"]
    assert item == {
        "id": begun["id"], "type": "passkey", "value": "Work laptop", "kind": "possession", "source": "user",
        "status": "active", "last_verified": time, "created_at": time,
    }  # fmt: skip
    assert set(Notice.objects.exclude(kind="connect").values_list("about", flat=True)) == {"passkey"}
    assert refusal(confirm(mine, token, begun["id"], value=said)) == (410, 41001)
    browser = Client()
    options = browser.post("/login/passkey/options").json()
    answer = browser.post("/login/passkey", {"response": json.dumps(authenticator.get(options))})
    assert answer["Location"] == "/me/"


def test_who_removes_it_signs_in_by_it_no_more(mine: Party, token: str) -> None:
    number, _authenticator = made(mine, token)
    assert delete(mine, token, number).status_code == 200
    assert refusal(delete(mine, token, number)) == (404, 40400)
    assert not Passkey.objects.exists()


def test_the_last_way_in_stays(mine: Party, token: str) -> None:
    """An account always keeps a number or address; one without any keeps its last passkey."""
    first, second = made(mine, token)[0], made(mine, token)[0]
    verified(mine, token)
    Credential.objects.filter(account=mine.account).delete()
    assert delete(mine, token, first).status_code == 200
    assert refusal(delete(mine, token, second)) == (409, 40902)


def test_a_passkey_is_a_kind_of_proof(mine: Party) -> None:
    Credential.objects.filter(account=mine.account).exclude(type="mobile").delete()
    Account.objects.filter(pk=mine.account.pk).update(password="!")
    token = mine.token("openid account")
    made(mine, token)
    assert refusal(call("POST", mine.path("credentials"), token, {"type": "recovery"})) == (403, 40302)


def test_beginning_needs_fresh_proof(mine: Party, token: str, clock: Any) -> None:
    clock.shift(301)
    assert refusal(call("POST", mine.path("credentials"), token, {"type": "passkey"})) == (403, 40302)
    assert not PasskeyChallenge.objects.exists()


@pytest.mark.parametrize(("ago", "status"), [(300, 201), (301, 403), (None, 403)])
def test_a_second_proof_at_the_sign_in_is_one_here(mine: Party, clock: Any, ago: int | None, status: int) -> None:
    sign_in, facts = uuid4(), DeviceFacts("", "", IP, "en")
    record_sign_in(mine.account, sign_in, key="k", facts=facts, stepped_up=ago is not None)
    clock.shift(ago or 0)
    token = mine.token("openid account", sign_in_id=sign_in)
    assert call("POST", mine.path("credentials"), token, {"type": "passkey"}).status_code == status
    assert call("POST", mine.path("credentials"), mine.token("openid account"), {"type": "totp"}).status_code == 403


def test_a_question_is_answered_once_in_time_by_who_asked(mine: Party, token: str, clock: Any) -> None:
    begun = add(mine, token, "passkey")
    said = SoftAuthenticator().create(begun["options"])
    other = mine.token("openid account")
    assert refusal(confirm(mine, other, begun["id"], value=said)) == (410, 41001)
    lie = SoftAuthenticator().create(begun["options"], origin="https://evil.example")
    answer = confirm(mine, token, begun["id"], value=lie)
    assert (refusal(answer), list(answer.json()["errors"])) == ((400, 40001), ["value"])
    assert refusal(confirm(mine, token, begun["id"], value=said)) == (404, 40400), "a lie uses it up"
    begun = add(mine, token, "passkey")
    said = SoftAuthenticator().create(begun["options"])
    clock.shift(300)
    assert refusal(confirm(mine, token, begun["id"], value=said)) == (410, 41001)
    assert not Passkey.objects.exists()


def test_a_passkey_that_is_registered_is_not_added_again(mine: Party, token: str) -> None:
    _number, authenticator = made(mine, token)
    begun = add(mine, token, "passkey")
    assert begun["options"]["excludeCredentials"][0]["id"] == websafe_encode(authenticator.credential_id)
    assert refusal(confirm(mine, token, begun["id"], value=authenticator.create(begun["options"]))) == (409, 40901)


BAD = {
    "no value": ({}, "value"),
    "a text": ({"value": "x"}, "value"),
    "a list": ({"value": []}, "value"),
    "a name of a number": ({"value": {}, "name": 5}, "name"),
    "a long name": ({"value": {}, "name": "x" * 101}, "name"),
    "a name of control characters": ({"value": {}, "name": "a\u0000"}, "name"),
    "an empty answer": ({"value": {}}, "value"),
    "numbers inside": ({"value": {"id": 1, "rawId": 2, "response": {"clientDataJSON": 10**30}}}, "value"),
}


def test_what_is_wrong_is_named(mine: Party, token: str) -> None:
    for case, (body, field) in BAD.items():
        begun = add(mine, token, "passkey")
        path = mine.path(f"credentials/{begun['id']}")
        answer = call("PUT", path, token, json.dumps(body).encode())
        expected = (400, 40000) if case == "numbers inside" else (400, 40001)
        assert refusal(answer) in {expected, (400, 40001)}, case
        assert list(answer.json().get("errors", {field: ""})) == [field], case


def test_a_foreign_one_is_one_that_there_is_not(mine: Party, token: str) -> None:
    other = first_party()
    hers = other.token("openid account")
    verified(other, hers)
    foreign, _authenticator = made(other, hers)
    begun = add(other, hers, "passkey")["id"]
    answers = [confirm(mine, token, number, value={}) for number in (foreign, begun, 1)]
    answers += [delete(mine, token, number) for number in (foreign, begun, 1)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert Passkey.objects.filter(account=other.account).count() == 1


def test_an_operator_lists_and_does_nothing_else(mine: Party, token: str) -> None:
    number, _authenticator = made(mine, token)
    centre = operator("accounts.operate")
    who = Party(centre.client, centre.secret, mine.account)
    assert [item["id"] for item in listed(who, who.basic) if item["type"] == "passkey"] == [number]
    assert refusal(call("POST", who.path("credentials"), who.basic, {"type": "passkey"})) == (403, 40300)
    assert refusal(delete(who, who.basic, number)) == (403, 40300)


def test_closing_erases_passkeys(mine: Party, token: str, clock: Any) -> None:
    made(mine, token)
    add(mine, token, "passkey")
    assert call("DELETE", mine.path("").rstrip("/"), token).status_code == 200
    clock.shift(31 * 24 * 3600)
    assert erase_what_is_due() == 1
    assert not Passkey.objects.exists()
    assert not PasskeyChallenge.objects.exists()
    assert Account.objects.get(pk=mine.account.pk).passkey_handle is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_one_answer_at_once_one_makes_a_passkey() -> None:
    who = first_party()
    token = who.token("openid account")
    verified(who, token)
    begun = add(who, token, "passkey")
    said = SoftAuthenticator().create(begun["options"])
    answers = at_once([lambda: confirm(who, token, begun["id"], value=said).status_code] * 6)
    assert answers.count(200) == 1, answers
    assert set(answers) <= {200, 404, 410}
    assert Passkey.objects.count() == 1
