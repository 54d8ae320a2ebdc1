"""Sign-up at the Identity door: `POST /accounts`, the code's rows under the sign-up's id, and the first password."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from freedom_id.domain.accounts import register_account
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import deliver_code, due_codes, request_code
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.sign_in import Attempt, prove_by_password
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, AccountEvent, Allowance, Credential, OneTimeCode, SignUp
from identity_portal.demo.models import InboxMessage
from tests.factories.people import email_of, person, phone_of
from tests.freedom_id.domain.at_once import at_once, until_it_waits
from tests.freedom_id.identity_v4.parties import IP, V4, Party, call, operator, refusal, verified

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 3, 4, 12, 0, 0, 250_000, tzinfo=UTC)
MS = 1_898_856_000_250
NUMBER, MAILBOX = "+998935550101", "new.person@mail.example"
PASSWORD = "a river of seven stones"


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(clock: Any) -> Party:
    """A client that may open accounts; its `account` is somebody else's."""
    return opener()


def opener() -> Party:
    return operator("accounts.create")


def begin(who: Party, **body: Any) -> dict[str, Any]:
    Allowance.objects.filter(key__startswith="code-resend").delete()  # the time between two codes
    answer = call("POST", f"{V4}/accounts", who.basic, body or {"mobile": NUMBER})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()["data"]
    return found


def digits(begun: dict[str, Any]) -> str:
    """The worker sends; what came."""
    deliver_code(begun["otp"]["otp_id"])
    return InboxMessage.objects.latest("pk").text.rpartition("#")[2]


def prove(who: Party, begun: dict[str, Any], password: str) -> Any:
    inputs = {"ref_code": begun["otp"]["inputs"]["ref_code"], "password": password}
    return call("PUT", path_of(begun), who.basic, {"status": "verifying", "inputs": inputs})


def path_of(begun: dict[str, Any]) -> str:
    return f"{V4}/accounts/{begun['id']}/otps/{begun['otp']['otp_id']}"


def opened(who: Party, **body: Any) -> Account:
    begun = begin(who, **body)
    answer = prove(who, begun, digits(begun))
    assert answer.status_code == 200, answer.content
    return Account.objects.get(pk=answer.json()["data"]["account_id"])


def give_password(who: Party, account: Account, password: str = PASSWORD) -> Any:
    path = f"{V4}/accounts/{account.pk}/credentials"
    return call("POST", path, who.basic, {"type": "password", "value": password})


def refused(answer: Any) -> tuple[int, str]:
    """Code and the challenge's status of a refusal with data."""
    body = answer.json()
    assert (body["code"] // 100, body["platform_module"]) == (answer.status_code, 1109)
    return body["code"], body["data"]["status"]


def test_the_way_through(app: Party, clock: Any) -> None:
    asked = {"mobile": "998 93 555-01-01", "firstname": "Aziza", "date_of_birth": "1994-05-17", "locale": "ru"}
    answer = call("POST", f"{V4}/accounts", app.basic, asked)
    begun = answer.json()["data"]
    otp = begun["otp"]
    assert (answer.status_code, answer.json()) == (201, {
        "code": 10001, "message": "Success", "platform_module": 1504,
        "data": {"id": begun["id"], "otp": {
            "otp_id": otp["otp_id"], "state": "open", "status": "send",
            "inputs": {"ref_code": otp["inputs"]["ref_code"], "counter": 0},
            "create_at": MS, "update_at": MS, "expire_at": MS + 300_000,
        }},
    })  # fmt: skip
    assert Account.objects.count() == 1
    code = digits(begun)
    message = InboxMessage.objects.get()
    assert (message.to, message.subject) == (NUMBER, "Ваш код Freedom ID")
    clock.shift(20)
    proven = prove(app, begun, code).json()["data"]
    account = Account.objects.get(pk=proven.pop("account_id"))
    assert proven == {
        "otp_id": otp["otp_id"], "state": "close", "status": "verified",
        "inputs": {"ref_code": otp["inputs"]["ref_code"], "approved": True, "counter": 1},
        "create_at": MS, "update_at": MS + 20_000, "expire_at": MS + 300_000, "approve_at": MS + 20_000,
    }  # fmt: skip
    assert (account.firstname, account.date_of_birth, account.locale) == ("Aziza", date(1994, 5, 17), "ru")
    assert not account.has_usable_password()
    contact = account.credentials.get()
    assert (contact.type, contact.value, contact.is_primary) == ("mobile", NUMBER, True)
    assert give_password(app, account).json()["data"] == {"id": 0}
    assert prove_by_password(Attempt(parse_identifier(NUMBER), IP), PASSWORD) == account
    journal = AccountEvent.objects.filter(account=account).order_by("happened_at", "action")
    assert sorted(journal.values_list("action", "client")) == [
        ("account:credential:added", app.client.pk),
        ("account:status:opened", app.client.pk),
    ]


def test_by_an_address(app: Party) -> None:
    account = opened(app, email=MAILBOX)
    assert account.credentials.get().value == MAILBOX


def seen(answer: Any) -> Any:
    """What a caller can tell apart: everything but what is drawn."""
    body = json.loads(answer.content)
    if "data" in body:
        otp = body["data"].get("otp", body["data"])
        otp["otp_id"] = otp["inputs"]["ref_code"] = "drawn"
        body["data"].pop("id", None)
    return answer.status_code, dict(answer.headers), dict(answer.cookies), body


def test_until_the_proof_an_owner_changes_no_answer(app: Party, clock: Any) -> None:
    blocked = person()
    Account.objects.filter(pk=blocked.pk).update(status=AccountStatus.BLOCKED)
    told = []
    for number in (NUMBER, phone_of(app.account), phone_of(blocked)):
        clock.move_to(NOW)
        Allowance.objects.all().delete()
        first = call("POST", f"{V4}/accounts", app.basic, {"mobile": number})
        begun = first.json()["data"]
        answers = [first, call("POST", f"{V4}/accounts", app.basic, {"mobile": number})]
        answers += [call("POST", path_of(begun), app.basic)]
        answers += [prove(app, begun, "x") for _try in range(6)]
        clock.shift(60)
        answers += [call("POST", path_of(begun), app.basic)]
        told.append([seen(answer) for answer in answers])
    assert told[1:] == told[:1] * 2
    assert [answer[0] for answer in told[0]] == [201, 429, 429, *[422] * 5, 423, 423]


@pytest.mark.parametrize("status", AccountStatus.values)
def test_whoever_has_an_account_learns_it_by_the_message_and_the_client_after_the_proof(
    app: Party, status: str
) -> None:
    """The client is told that there is one, and not which: that is for the person to let it know, by signing in."""
    Account.objects.filter(pk=app.account.pk).update(status=status)
    begun = begin(app, mobile=phone_of(app.account))
    code = digits(begun)
    assert InboxMessage.objects.get().text.startswith(f"{code} is the code. You have a Freedom ID already: sign in to")
    for expected in (40901, 41001):
        answer = prove(app, begun, code)
        assert refused(answer) == (expected, "verified")
        assert "account_id" not in answer.json()["data"]
    assert Account.objects.count() == 1
    assert AccountEvent.objects.get().action == "account:status:kept"
    assert give_password(app, app.account).status_code == 404


def test_a_new_person_is_told_what_the_code_is_for(app: Party) -> None:
    code = digits(begin(app))
    assert InboxMessage.objects.get().text.startswith(f"{code} is the code to open a Freedom ID for Call centre.")


def test_of_two_sign_ups_the_first_proof_has_the_number(app: Party) -> None:
    other = opener()
    first, second = begin(app), begin(other)
    codes = [digits(first), digits(second)]
    assert prove(other, second, codes[1]).status_code == 200
    assert refused(prove(app, first, codes[0])) == (40901, "verified")
    assert Credential.objects.verified().filter(value_index=parse_identifier(NUMBER).index).count() == 1


def test_a_second_sign_up_of_the_client_ends_the_first(app: Party) -> None:
    first = begin(app)
    code = digits(first)
    second = begin(app)
    assert refused(prove(app, first, code)) == (41001, "expired")
    assert refused(call("POST", path_of(first), app.basic)) == (41001, "expired")
    assert prove(app, second, digits(second)).status_code == 200


def test_a_claim_without_proof_is_in_nobodys_way(app: Party) -> None:
    index = parse_identifier(NUMBER).index
    Credential.objects.create(account=app.account, type="mobile", value=NUMBER, value_index=index)
    account = opened(app)
    assert Credential.objects.get(value_index=index).account == account
    begin(app, email=MAILBOX)
    begin(opener(), email=email_of(app.account))
    request_code(parse_identifier(MAILBOX), ip=IP, locale="en")
    assert opened(opener(), email=MAILBOX)


def test_a_resend_is_another_code(app: Party, clock: Any) -> None:
    begun = begin(app)
    former = digits(begun)
    clock.shift(60)
    begun["otp"] = call("POST", path_of(begun), app.basic).json()["data"]
    assert refused(prove(app, begun, former)) == (42201, "failed")
    assert prove(app, begun, digits(begun)).status_code == 200


def test_a_worker_that_died_leaves_the_code_to_the_sweep(app: Party) -> None:
    begun = begin(app)
    assert due_codes() == [begun["otp"]["otp_id"]]
    digits(begun)
    assert due_codes() == []


def test_a_sign_up_is_its_clients_alone(app: Party) -> None:
    begun = begin(app)
    code = digits(begun)
    other, centre = opener(), operator("accounts.operate", "accounts.create")
    for who in (other, centre):
        assert refusal(prove(who, begun, code)) == (404, 40400)
        assert refusal(call("POST", path_of(begun), who.basic)) == (404, 40400)
    for foreign in (begun | {"id": str(uuid4())}, begun | {"id": "x"}, begun | {"id": str(app.account.pk)}):
        assert refusal(prove(app, foreign, code)) == (404, 40400)
    assert refusal(prove(app, begun | {"otp": {**begun["otp"], "otp_id": str(uuid4())}}, code)) == (404, 40400)
    elsewhere = f"{V4}/accounts/{begun['id']}"
    assert refusal(call("POST", f"{elsewhere}/otps", app.basic, {"channel": "sms", "purpose": "sign_in"})) == (
        403,
        40300,
    )
    assert refusal(call("POST", f"{elsewhere}/credentials", app.basic, {"type": "password", "value": PASSWORD})) == (
        404,
        40400,
    )


def test_an_operator_that_opens_accounts_too_may_do_both(app: Party) -> None:
    both = operator("accounts.operate", "accounts.create")
    account = opened(Party(both.client, both.secret, app.account))
    found = call("GET", f"{V4}/accounts/{account.pk}", both.basic)
    assert found.json()["data"]["mobile"] == NUMBER
    verified(Party(both.client, both.secret, account), both.basic)


def test_the_first_password_is_for_ten_minutes_and_once(app: Party, clock: Any) -> None:
    account = opened(app)
    assert refusal(give_password(app, account, "short")) == (400, 40001)
    assert refusal(give_password(opener(), account)) == (404, 40400)
    assert refusal(give_password(app, app.account)) == (404, 40400)
    path = f"{V4}/accounts/{account.pk}/credentials"
    for body in ({"type": "totp"}, {"type": "recovery"}, {"type": "email", "value": MAILBOX}):
        assert refusal(call("POST", path, app.basic, body)) == (403, 40300)
    assert give_password(app, account).status_code == 201
    assert refusal(give_password(app, account, "another river of stones")) == (409, 40901)
    late = opened(app, email=MAILBOX)
    clock.shift(timedelta(minutes=10, seconds=1))
    assert refusal(give_password(app, late)) == (404, 40400)


def test_a_blocked_account_gets_no_password(app: Party) -> None:
    account = opened(app)
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)
    assert refusal(give_password(app, account)) == (404, 40400)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["mobile"]),
        ({"mobile": "12"}, ["mobile"]),
        ({"mobile": MAILBOX}, ["mobile"]),
        ({"email": NUMBER}, ["mobile"]),
        ({"mobile": NUMBER, "email": MAILBOX}, ["mobile"]),
        ({"mobile": ["x"]}, ["mobile"]),
        ({"mobile": NUMBER, "is_staff": True}, ["is_staff"]),
        ({"mobile": NUMBER, "status": "active", "gender": "?"}, ["gender", "status"]),
        ({"email": "x", "date_of_birth": "2999-01-01"}, ["date_of_birth", "mobile"]),
    ],
    ids=["none", "no-number", "swapped", "swapped-back", "both", "list", "staff", "status", "two-errors"],
)
def test_what_is_wrong_is_named_and_nothing_is_written(app: Party, body: Any, fields: list[str]) -> None:
    answer = call("POST", f"{V4}/accounts", app.basic, body)
    assert (refusal(answer), sorted(answer.json()["errors"])) == ((400, 40001), fields)
    assert not SignUp.objects.exists()


def test_at_most_five_codes_an_hour_for_a_number_and_twenty_for_an_address(app: Party, clock: Any) -> None:
    answers = []
    for _time in range(6):
        answers.append(call("POST", f"{V4}/accounts", app.basic, {"mobile": NUMBER}))
        clock.shift(timedelta(minutes=8))
    answers = [call("POST", f"{V4}/accounts", app.basic, {"mobile": f"+99893777{n:04}"}) for n in range(17)]
    assert refusal(answers[-1]) == (429, 42900)
    assert SignUp.objects.count() == OneTimeCode.objects.count()


def test_a_client_may_begin_six_hundred_an_hour(app: Party) -> None:
    key, ends = f"sign-ups:{app.client.pk}", NOW + timedelta(minutes=30)
    Allowance.objects.create(key=key, spent=600, window_ends_at=ends)
    answer = call("POST", f"{V4}/accounts", app.basic, {"mobile": NUMBER})
    assert (refusal(answer), answer["Retry-After"]) == ((429, 42900), "1800")


def test_ten_wrong_codes_an_hour_for_a_number_over_all_sign_ups_and_none_of_them_ends_a_sign_in(
    app: Party, clock: Any
) -> None:
    number = phone_of(app.account)
    for who in (app, opener()):
        begun = begin(who, mobile=number)
        digits(begun)
        assert [prove(who, begun, "x").status_code for _try in range(5)] == [422] * 5
        clock.shift(60)
    last = opener()
    begun = begin(last, mobile=number)
    assert refusal(prove(last, begun, digits(begun))) == (429, 42900)
    assert not Allowance.objects.filter(key__contains=f"account-{app.account.pk}").exists()


def test_after_a_hundred_wrong_codes_a_number_signs_up_a_week_later(app: Party, clock: Any) -> None:
    index = parse_identifier(NUMBER).index
    begun = begin(app)
    for limit in ("code-failures", "code-streak"):  # those of the sign-in page
        Allowance.objects.create(key=f"{limit}:{index}", spent=1000, window_ends_at=NOW + timedelta(days=99))
    Allowance.objects.create(key=f"sign-up-streak:sign-up-{index}", spent=100, window_ends_at=NOW + timedelta(days=7))
    assert refused(prove(app, begun, digits(begun)))[0] == 42301
    clock.shift(timedelta(days=7))
    assert opened(app)


def test_what_nobody_proved_is_forgotten_in_a_day_and_the_account_stays(app: Party, clock: Any) -> None:
    account = opened(app)
    begin(app, email=MAILBOX)
    clock.shift(timedelta(days=1))
    purge_expired()
    assert not SignUp.objects.exists()
    assert not OneTimeCode.objects.exists()
    assert Account.objects.filter(pk=account.pk).exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_one_code_posted_at_once_and_two_sign_ups_proven_at_once_open_one_account(clock: Any) -> None:
    first, second = opener(), opener()
    begun = [begin(who, mobile=NUMBER) for who in (first, second)]
    codes = [digits(each) for each in begun]
    Allowance.objects.all().delete()
    acts = [partial(prove, first, begun[0], codes[0]) for _time in range(4)]
    acts += [partial(prove, second, begun[1], codes[1]) for _time in range(4)]
    answers = at_once(acts)
    assert sorted(answer.status_code for answer in answers) == [200, 409, *[410] * 6]
    assert Account.objects.count() == 3  # two came with the clients


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_number_that_somebody_else_proves_in_that_moment_is_hers(clock: Any) -> None:
    app = opener()
    begun = begin(app)
    code = digits(begun)
    with transaction.atomic():
        register_account(parse_identifier(NUMBER))
        proof = until_it_waits(partial(prove, app, begun, code))
    assert refused(proof.result()) == (40901, "verified")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_first_passwords_at_once_the_second_waits_and_is_refused(clock: Any) -> None:
    app = opener()
    account = opened(app)
    with transaction.atomic():
        assert give_password(app, account).status_code == 201
        second = until_it_waits(partial(give_password, app, account, "another river of stones"))
    assert refusal(second.result()) == (409, 40901)
    assert prove_by_password(Attempt(parse_identifier(NUMBER), IP), PASSWORD)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\ud800", NUMBER]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["mobile", "x"]), inner, max_size=3),
)
FIELDS = ["mobile", "email", "firstname", "locale", "date_of_birth", "gender", "country"]


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=values | st.dictionaries(st.sampled_from(FIELDS), values, max_size=5))
def test_whatever_comes_in_is_answered_in_the_envelope(app: Party, body: Any) -> None:
    answer = call("POST", f"{V4}/accounts", app.basic, json.dumps(body).encode())
    assert answer.status_code in {201, 400, 429}
    assert answer.json()["platform_module"] == 1504
