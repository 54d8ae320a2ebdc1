"""Row 9, the operator's look-up, what a person changes of herself, and how she closes her account."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.domain.subjects import find_subject, subject_for_account
from consents.domain.verification import first_fault
from consents.models import Subject
from freedom_id.domain.accounts import block_account
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.notices import deliver_notice, due_notices
from freedom_id.domain.sign_in import Attempt, prove_by_password
from freedom_id.models import (
    Account,
    AccountEvent,
    Authenticator,
    Credential,
    Device,
    Notice,
    OneTimeCode,
    TokenFamily,
    TwoStepChallenge,
)
from identity_portal.demo.models import InboxMessage
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import PASSWORD, email_of, person, phone_of
from tests.freedom_id.domain.wire import statements_sent
from tests.freedom_id.identity_v4.parties import (
    IP,
    V4,
    Party,
    call,
    first_party,
    operator,
    party,
    payload,
    refusal,
    verified,
)

pytestmark = pytest.mark.django_db
PHONE = "openid phone"


@pytest.fixture
def mine() -> Party:
    return first_party()


@pytest.fixture
def token(mine: Party) -> str:
    return mine.token("openid account")


@pytest.fixture
def centre(db: None) -> Party:
    found = operator("accounts.operate")
    return Party(found.client, found.secret, person())


def own(who: Party) -> str:
    return f"{V4}/accounts/{who.account.pk}"


def data_of(answer: Any) -> dict[str, Any]:
    body = answer.json()
    assert (answer.status_code, body["code"], body["platform_module"]) == (200, 10001, 1504), body
    found: dict[str, Any] = body["data"]
    return found


def look_up(who: Party, text: str) -> Any:
    return call("GET", f"{V4}/accounts", who.basic, X_Account_Identifier=text)


def whole(account: Account) -> dict[str, Any]:
    return {
        "id": account.pk,
        "mobile": phone_of(account),
        "email": email_of(account),
        "verified": True,
        "display_name": "Dilnoza Karimova",
        "avatar": None,
        "status": "active",
        "bindings": {},
        "created_at": round(account.created_at.timestamp() * 1000),
    }


def test_her_own_app_and_an_operator_see_all(mine: Party, token: str, centre: Party) -> None:
    assert data_of(call("GET", own(mine), token)) == whole(mine.account)
    assert data_of(call("GET", own(centre), centre.basic)) == whole(centre.account)


SCOPES = {
    "openid": {"display_name": ""},
    "openid profile": {"display_name": "Dilnoza Karimova"},
    "openid email": {"email": True, "display_name": "d•••@mail.example"},
    "openid phone": {"mobile": True},
}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_client_sees_what_the_person_shares_with_it(scope: str) -> None:
    shop = party(scopes=["openid", "profile", "email", "phone"])
    found = data_of(call("GET", own(shop), shop.token(scope)))
    assert set(found) - set(whole(shop.account)) == set()
    assert ("mobile" in found, "email" in found) == ("mobile" in SCOPES[scope], "email" in SCOPES[scope])
    assert found["display_name"] == SCOPES[scope].get("display_name", found["display_name"])
    assert "Dilnoza" in found["display_name"] or scope != "openid profile"


def test_what_is_taken_back_is_gone_at_the_next_call() -> None:
    shop = party(scopes=["openid", "phone"])
    token = shop.token(PHONE)
    shown = data_of(call("GET", own(shop), token))
    assert shown["mobile"] == phone_of(shop.account)
    assert shown["display_name"].startswith("+998 ••")
    assert shop.live is not None
    other = party(scopes=["openid", "phone", "email"], account=shop.account)
    both = other.token("openid phone email")
    assert other.live is not None
    stop_sharing(other.account, other.live, grants=["read.phone"], ip=IP)
    left = data_of(call("GET", own(other), both))
    assert "mobile" not in left
    assert left["email"] == email_of(shop.account)


@pytest.mark.postgresql
def test_what_it_costs(mine: Party, token: str, centre: Party) -> None:
    call("GET", own(mine), token)
    known = phone_of(centre.account)
    look_up(centre, known)  # the first use of a secret in an hour is kept
    costs = []
    for ask in (
        lambda: call("GET", own(mine), token),
        lambda: look_up(centre, known),
        lambda: look_up(centre, "+998909999999"),
    ):
        with statements_sent() as sent:
            ask()
        costs.append(len(sent))
    assert costs == [4, 5, 5]


def test_an_operator_finds_an_account_by_number_or_address(centre: Party) -> None:
    for text in (phone_of(centre.account), phone_of(centre.account)[1:], email_of(centre.account)):
        assert data_of(look_up(centre, text)) == whole(centre.account)


def test_whoever_is_not_there_and_whoever_is_blocked_are_answered_alike(centre: Party) -> None:
    blocked = person()
    block_account(blocked)
    answers = [look_up(centre, text) for text in (phone_of(blocked), "+998909999999", "nobody@mail.example")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert refusal(answers[0]) == (404, 40400)


@pytest.mark.parametrize("text", ["", "x", "é@mail.example", "+1", "9" * 300, "a@b"], ids=range(6))
def test_what_is_no_identifier_is_named(centre: Party, text: str) -> None:
    answer = look_up(centre, text)
    assert refusal(answer) == (400, 40001)
    assert list(answer.json()["errors"]) == ["X-Account-Identifier"]


def test_a_persons_token_finds_nobody(mine: Party, token: str) -> None:
    answer = call("GET", f"{V4}/accounts", token, X_Account_Identifier=phone_of(mine.account))
    assert refusal(answer) == (403, 40300)


CHANGES = {
    "firstname": "Лола",
    "lastname": "Oʻrinova",
    "patronymic": "",
    "date_of_birth": "2000-02-29",
    "gender": "M",
    "country": "KAZ",
    "nationality": "Kazakh",
    "locale": "kk",
}


def test_a_person_changes_what_is_hers_and_the_journal_says_so(mine: Party, token: str) -> None:
    assert data_of(call("PATCH", own(mine), token, CHANGES))["display_name"] == "Лола Oʻrinova"
    account = Account.objects.get(pk=mine.account.pk)
    assert {field: str(getattr(account, field)) for field in CHANGES} == CHANGES
    event = AccountEvent.objects.get(account=account, action="account:person:changed")
    assert (event.client, event.ip) == (mine.client, "127.0.0.1")


def test_an_operator_changes_and_nothing_asked_writes_nothing(centre: Party) -> None:
    assert data_of(call("PATCH", own(centre), centre.basic, {}))["display_name"] == "Dilnoza Karimova"
    assert not AccountEvent.objects.filter(action="account:person:changed").exists()
    data_of(call("PATCH", own(centre), centre.basic, {"date_of_birth": None, "gender": ""}))
    account = Account.objects.get(pk=centre.account.pk)
    assert (account.date_of_birth, account.gender) == (None, "")


WRONG = {
    "firstname": [None, 5, "x" * 101, "a\x00b", "a\nb", ["x"]],
    "nationality": ["x" * 65],
    "date_of_birth": ["", "1994-5-17", "1994-13-01", "2999-01-01", "1899-12-31", "19940517", 5, "1994-02-30"],
    "gender": ["X", "m", None, 1],
    "country": ["uz", "UZ", "uzb", "UZBK", "UZB\n", None, "ÜZB"],
    "locale": ["fr", None, "en-US", []],
}
READ_ONLY = [
    *("id", "freedom_id", "identifier", "status", "is_staff", "is_superuser", "password", "created_at", "closes_at"),
    *("mobile", "email", "verified", "groups", "signed_out_at", "last_login", "x", ""),
]


@pytest.mark.parametrize(
    ("field", "value"),
    [*((field, value) for field, values in WRONG.items() for value in values), *((f, True) for f in READ_ONLY)],
    ids=[*(f"{f}-{n}" for f, values in WRONG.items() for n in range(len(values))), *READ_ONLY],
)
def test_what_is_wrong_or_not_hers_is_named_and_nothing_is_written(
    mine: Party, token: str, field: str, value: Any
) -> None:
    before = Account.objects.values().get(pk=mine.account.pk)
    answer = call("PATCH", own(mine), token, {"lastname": "New", field: value})
    assert refusal(answer) == (400, 40001)
    assert list(answer.json()["errors"]) == [field]
    assert Account.objects.values().get(pk=mine.account.pk) == before


def closed(mine: Party, token: str) -> Any:
    verified(mine, token)
    return call("DELETE", own(mine), token)


def test_closing_ends_everything_at_once(mine: Party, token: str, client: Client) -> None:
    client.force_login(mine.account)
    elsewhere = party(account=mine.account)
    other = elsewhere.token()
    with time_machine.travel(timezone.now(), tick=False):
        data = data_of(closed(mine, token))
        ends = round((timezone.now() + timedelta(days=30)).timestamp() * 1000)
    assert data == {"id": mine.account.pk, "status": "closed", "closes_at": ends}
    assert (mine.live, elsewhere.live) == (None, None)
    assert not TokenFamily.objects.filter(ended_at=None).exists()
    for spent in (token, other):
        assert refusal(call("GET", own(mine), spent)) in {(401, 40101), (403, 40300)}
    assert client.get(reverse("freedom_id:home")).status_code == 302
    attempt = Attempt(parse_identifier(phone_of(mine.account)), IP)
    assert prove_by_password(attempt, PASSWORD) is None
    assert AccountEvent.objects.filter(account=mine.account, action="account:status:closed").count() == 1
    sent = {notice.address for notice in Notice.objects.filter(kind="closed")}
    assert sent == {phone_of(mine.account), email_of(mine.account)}
    for notice in due_notices():
        deliver_notice(notice)
    assert InboxMessage.objects.latest("pk").text.startswith("Your Freedom ID was closed")


def test_closing_needs_fresh_proof(mine: Party, token: str) -> None:
    assert refusal(call("DELETE", own(mine), token)) == (403, 40302)
    verified(mine, token)
    with time_machine.travel(timezone.now() + timedelta(seconds=302)):
        assert refusal(call("DELETE", own(mine), token)) == (403, 40302)
    assert Account.objects.get(pk=mine.account.pk).status == "active"


PERSONAL = ("firstname", "lastname", "patronymic", "identifier", "date_of_birth", "gender", "country", "nationality")


def test_after_thirty_days_nothing_personal_is_left_and_the_ledger_verifies(mine: Party, token: str) -> None:
    other = first_party()
    add_app(mine, token)
    payload(call("POST", mine.path("devices"), token, {"device_id": "sdk-1"}), "data")
    payload(call("POST", mine.path("2fa"), token, {"method": "email"}), "data")
    closed(mine, token)
    erase_what_is_due()
    assert Account.objects.get(pk=mine.account.pk).firstname == "Dilnoza"
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1), tick=False):
        erase_what_is_due()
        account = Account.objects.get(pk=mine.account.pk)
        erased_at = account.erased_at
        assert erased_at is not None
    with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
        erase_what_is_due()
    account = Account.objects.get(pk=mine.account.pk)
    assert [getattr(account, field) for field in PERSONAL] == ["", "", "", "", None, "", "", ""]
    assert (account.has_usable_password(), account.erased_at) == (False, erased_at)
    for rows in (Credential, Authenticator, Notice, OneTimeCode, Device, TwoStepChallenge):
        assert not rows.objects.filter(account=account).exists()
    assert not AccountEvent.objects.filter(account=account, ip__isnull=False).exists()
    assert find_subject(account.pk) is None
    assert first_fault() is None
    assert Account.objects.get(pk=other.account.pk).firstname == "Dilnoza"
    assert Credential.objects.filter(account=other.account).count() == 4


def test_a_legal_hold_keeps_the_account_until_it_is_lifted(mine: Party, token: str) -> None:
    closed(mine, token)
    subject = subject_for_account(mine.account)
    Subject.objects.filter(pk=subject.pk).update(legal_hold="court")
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        erase_what_is_due()
        assert Account.objects.get(pk=mine.account.pk).firstname == "Dilnoza"
        Subject.objects.filter(pk=subject.pk).update(legal_hold="")
    with time_machine.travel(timezone.now() + timedelta(days=32, seconds=1), tick=False):
        erase_what_is_due()
    assert Account.objects.get(pk=mine.account.pk).firstname == ""


def add_app(mine: Party, token: str) -> None:
    verified(mine, token)
    assert call("POST", mine.path("credentials"), token, {"type": "totp"}).status_code == 201
