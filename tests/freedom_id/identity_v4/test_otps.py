"""One-time codes at the Identity door: create, row 1 (verify), row 2 (resend)."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.number_references import index_new_numbers, number_reference
from freedom_id.domain.one_time_codes import CodeOutcome, deliver_code, request_code, verify_code
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.sign_in import Attempt, prove_by_password
from freedom_id.enums import AccountStatus
from freedom_id.errors import RateLimited
from freedom_id.models import Account, AccountEvent, Allowance, NumberReference, OneTimeCode, PartnerClient
from identity_portal.demo.models import InboxMessage
from tests.factories.people import PASSWORD, email_of, person, phone_of
from tests.freedom_id.identity_v4.parties import IP, V4, Party, call, first_party, operator, refusal, verified

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 3, 4, 12, 0, 0, 250_000, tzinfo=UTC)
MS = 1_898_856_000_250
SMS = {"channel": "sms", "purpose": "step_up"}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mine(clock: Any) -> Party:
    return first_party()


@pytest.fixture
def token(mine: Party) -> str:
    return mine.token("openid account")


@pytest.fixture
def centre(clock: Any) -> Party:
    found = operator("accounts.operate")
    return Party(found.client, found.secret, person())


def ask(who: Party, authorization: str, body: Any = SMS, **headers: str) -> dict[str, Any]:
    answer = call("POST", who.path("otps"), authorization, body, **headers)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()["data"]
    return found


def digits(otp: str) -> str:
    """The worker sends; what came."""
    deliver_code(otp)
    return InboxMessage.objects.latest("pk").text.rpartition("#")[2]


def tried(who: Party, authorization: str, otp: dict[str, Any], password: str, reference: str = "") -> Any:
    inputs = {"ref_code": reference or otp["inputs"]["ref_code"], "password": password}
    return call("PUT", who.path(f"otps/{otp['otp_id']}"), authorization, {"status": "verifying", "inputs": inputs})


def resent(who: Party, authorization: str, otp: dict[str, Any]) -> Any:
    return call("POST", who.path(f"otps/{otp['otp_id']}"), authorization)


def wrong(text: str) -> str:
    return f"{(int(text) + 1) % 10**6:06d}"


def refused(answer: Any) -> tuple[int, dict[str, Any]]:
    """Code and data of a refusal."""
    body = answer.json()
    assert set(body) == {"code", "message", "platform_module", "data"}
    assert (body["code"] // 100, body["platform_module"]) == (answer.status_code, 1109)
    return body["code"], body["data"]


def test_the_way_through_in_the_published_form(mine: Party, token: str, clock: Any) -> None:
    created = call("POST", mine.path("otps"), token, SMS)
    otp = created.json()["data"]
    assert created.status_code == 201
    assert created.json() == {
        "code": 10001, "message": "Success", "platform_module": 1109,
        "data": {
            "otp_id": otp["otp_id"], "state": "open", "status": "send",
            "inputs": {"ref_code": otp["inputs"]["ref_code"], "counter": 0},
            "create_at": MS, "update_at": MS, "expire_at": MS + 300_000,
        },
    }  # fmt: skip
    assert len(otp["inputs"]["ref_code"]) == 4
    code = digits(otp["otp_id"])
    clock.shift(20)
    answer = tried(mine, token, otp, code)
    assert answer.status_code == 200
    assert answer.json()["data"] == {
        "otp_id": otp["otp_id"], "state": "close", "status": "verified",
        "inputs": {"ref_code": otp["inputs"]["ref_code"], "approved": True, "counter": 1},
        "create_at": MS, "update_at": MS + 20_000, "expire_at": MS + 300_000, "approve_at": MS + 20_000,
    }  # fmt: skip
    code, data = refused(tried(mine, token, otp, code))
    assert (code, data["status"]) == (41001, "verified")


def test_wrong_codes_are_counted_and_the_fifth_closes(mine: Party, token: str) -> None:
    otp = ask(mine, token)
    code = digits(otp["otp_id"])
    for counter in range(1, 6):
        number, data = refused(tried(mine, token, otp, wrong(code)))
        assert (number, data["inputs"]["approved"], data["inputs"]["counter"]) == (42201, False, counter)
        assert (data["state"], data["status"]) == (("open", "failed") if counter < 5 else ("close", "blocked"))
    for late in (tried(mine, token, otp, code), resent(mine, token, otp)):
        number, data = refused(late)
        assert (number, data["status"], data["inputs"]["counter"]) == (42301, "blocked", 5)
    assert OneTimeCode.objects.get().consumed_at is None


def journal(client: PartnerClient) -> list[tuple[int | None, str, str | None]]:
    """(account, action, IP) of what the client did with codes, the oldest first."""
    events = AccountEvent.objects.filter(client=client, action__startswith="account:code:").order_by("happened_at")
    return list(events.values_list("account", "action", "ip"))


def test_a_code_that_locks_is_in_the_journal_and_so_is_one_that_confirms(mine: Party, token: str, clock: Any) -> None:
    otp = ask(mine, token)
    code = digits(otp["otp_id"])
    for _try in range(5):
        tried(mine, token, otp, wrong(code))
    assert journal(mine.client) == [(mine.account.pk, "account:code:locked", "127.0.0.1")]
    assert refused(tried(mine, token, otp, code))[0] == 42301
    assert len(journal(mine.client)) == 1

    verified(mine, token)
    assert journal(mine.client)[1:] == [(mine.account.pk, "account:code:confirmed", "127.0.0.1")]
    verified(mine, token, "new@mail.example")
    assert len(journal(mine.client)) == 2, "a new address is in the journal when it is added"


def test_what_an_operator_asks_is_in_the_journal_and_what_the_person_asks_is_not(
    mine: Party, token: str, centre: Party
) -> None:
    ask(mine, token)
    assert journal(mine.client) == []
    otp = ask(centre, centre.basic)
    assert journal(centre.client) == [(centre.account.pk, "account:code:asked", "127.0.0.1")]
    page = "\n".join(str(row) for row in AccountEvent.objects.values_list())
    assert digits(otp["otp_id"]) not in page
    assert phone_of(centre.account)[1:] not in page


def test_the_reference_of_another_message_is_a_wrong_try(mine: Party, token: str) -> None:
    otp = ask(mine, token)
    assert refused(tried(mine, token, otp, digits(otp["otp_id"]), reference="0000"))[0] == 42201


def test_a_resend_is_a_new_code_under_the_same_id(mine: Party, token: str, clock: Any) -> None:
    otp = ask(mine, token)
    old = digits(otp["otp_id"])
    tried(mine, token, otp, wrong(old))
    soon = resent(mine, token, otp)
    assert refusal(soon) == (429, 42900)
    assert soon["Retry-After"] == "60"
    clock.shift(60)
    answer = resent(mine, token, otp)
    again = answer.json()["data"]
    assert answer.status_code == 200
    assert again == otp | {
        "inputs": {"ref_code": again["inputs"]["ref_code"], "counter": 0},
        "update_at": MS + 60_000,
        "expire_at": MS + 360_000,
    }
    assert again["inputs"]["ref_code"] != otp["inputs"]["ref_code"]
    new = digits(otp["otp_id"])
    assert refused(tried(mine, token, otp, old))[0] == 42201, "the old reference"
    if old != new:
        assert refused(tried(mine, token, again, old))[0] == 42201
    assert tried(mine, token, again, new).json()["data"]["status"] == "verified"


def test_resends_wait_longer_and_end_after_fifteen_minutes(mine: Party, token: str, clock: Any) -> None:
    otp = ask(mine, token)
    for wait in (60, 120, 300):
        clock.shift(wait - 1)
        assert resent(mine, token, otp)["Retry-After"] == "1"
        clock.shift(1)
        answer = resent(mine, token, otp)
        assert answer.status_code == 200
    assert answer.json()["data"]["expire_at"] == MS + 780_000
    assert resent(mine, token, otp)["Retry-After"] == "900"
    clock.shift(420)
    code, data = refused(resent(mine, mine.token("openid account"), otp))
    assert (code, data["status"], data["state"]) == (41001, "expired", "close")


def test_no_code_outlives_fifteen_minutes_of_its_challenge(mine: Party, token: str, clock: Any) -> None:
    otp = ask(mine, token)
    clock.shift(14 * 60)
    assert resent(mine, mine.token("openid account"), otp).json()["data"]["expire_at"] == MS + 900_000


def test_an_expired_code_is_gone_and_may_be_asked_again(mine: Party, token: str, clock: Any) -> None:
    otp = ask(mine, token)
    code = digits(otp["otp_id"])
    clock.shift(300)
    number, data = refused(tried(mine, token, otp, code))
    assert (number, data["status"]) == (41001, "expired")
    again = resent(mine, token, otp).json()["data"]
    assert tried(mine, token, again, digits(otp["otp_id"])).status_code == 200


during_sending: list[Any] = []


class InterruptedChannel:
    """While the gateway holds the message, something else happens."""

    def send(self, address: str, *, subject: str, text: str) -> None:
        for act in during_sending:
            act()


def test_a_worker_that_is_late_does_not_mark_the_new_code_as_sent(
    mine: Party, token: str, clock: Any, settings: Any
) -> None:
    otp = ask(mine, token)
    clock.shift(60)
    channels = {"sms": f"{__name__}.InterruptedChannel"}
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CHANNELS": channels}
    during_sending[:] = [lambda: resent(mine, token, otp)]
    deliver_code(otp["otp_id"])
    row = OneTimeCode.objects.get()
    assert (row.sent_at, row.digest, row.resends) == (None, "", 1)


def test_a_code_is_bound_to_account_purpose_challenge_and_client(mine: Party, token: str, clock: Any) -> None:
    otp = ask(mine, token)
    code = digits(otp["otp_id"])
    other = first_party(account=mine.account)
    stranger = Party(mine.client, mine.secret, person())
    unknown = otp | {"otp_id": str(uuid4())}
    answers = [
        tried(mine, other.token("openid account"), otp, code),
        tried(stranger, stranger.token("openid account"), otp, code),
        tried(mine, token, unknown, code),
        tried(mine, token, otp | {"otp_id": "x"}, code),
    ]
    clock.shift(60)
    answers += [resent(mine, other.token("openid account"), otp), resent(mine, mine.token("openid account"), unknown)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    phone = parse_identifier(phone_of(mine.account))
    assert verify_code(phone, code, challenge=UUID(otp["otp_id"])) == (CodeOutcome.SPENT, None)
    assert tried(mine, token, otp, code).status_code == 200


def test_a_sign_in_code_of_our_pages_is_nothing_here(mine: Party, token: str) -> None:
    phone = parse_identifier(phone_of(mine.account))
    challenge = request_code(phone, ip=IP, locale="en")
    code = digits(str(challenge))
    answer = tried(mine, token, {"otp_id": str(challenge), "inputs": {"ref_code": "x"}}, code)
    assert refusal(answer) == (404, 40400)
    assert verify_code(phone, code, challenge=challenge)[0] is CodeOutcome.RIGHT


def test_neither_door_ends_the_others_challenge_and_both_count(mine: Party, token: str, clock: Any) -> None:
    phone = parse_identifier(phone_of(mine.account))
    challenge = request_code(phone, ip=IP, locale="en")
    page = digits(str(challenge))
    assert refusal(call("POST", mine.path("otps"), token, SMS)) == (429, 42900)
    clock.shift(60)
    otp = ask(mine, token, {"channel": "sms", "purpose": "sign_in"})
    assert verify_code(phone, page, challenge=challenge)[0] is CodeOutcome.RIGHT
    assert tried(mine, token, otp, digits(otp["otp_id"])).status_code == 200


def test_a_newer_code_replaces_the_older_of_the_same_purpose(mine: Party, token: str, clock: Any) -> None:
    first = ask(mine, token)
    old = digits(first["otp_id"])
    clock.shift(60)
    other = ask(mine, token, {"channel": "sms", "purpose": "sign_in"})
    clock.shift(120)
    ask(mine, token)
    number, data = refused(tried(mine, token, first, old))
    assert (number, data["status"]) == (41001, "expired")
    assert refused(resent(mine, token, first))[0] == 41001
    assert tried(mine, token, other, digits(other["otp_id"])).status_code == 200


def test_a_new_address_is_proven_where_it_is(mine: Party, token: str) -> None:
    new = "+998901112233"
    otp = ask(mine, token, {"channel": "sms", "purpose": "credential", "address": "+998 90 111-22-33"})
    code = digits(otp["otp_id"])
    message = InboxMessage.objects.get()
    assert message.to == new
    assert message.text.startswith(f"{code} is the code to add a number or address to your Freedom ID, asked by")
    assert message.text.splitlines()[0].endswith(f"Ref. {otp['inputs']['ref_code']}.")
    assert tried(mine, token, otp, code).status_code == 200
    row = OneTimeCode.objects.get()
    assert (row.purpose, row.address, row.account_id) == ("credential", new, mine.account.pk)


def test_an_address_that_somebody_has_is_asked_in_the_same_way(mine: Party, token: str, clock: Any) -> None:
    answers = []
    for address in (phone_of(person()), "+998901112233"):
        body = {"channel": "sms", "purpose": "credential", "address": address}
        otp = ask(mine, token, body)
        answers.append(otp | {"otp_id": "", "inputs": {}})
    assert answers[0] == answers[1]


INVALID: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, ["channel", "purpose"]),
    "fax": ({"channel": "fax", "purpose": "step_up"}, ["channel"]),
    "a list": ({"channel": ["sms"], "purpose": {}}, ["channel", "purpose"]),
    "sign up": ({"channel": "sms", "purpose": "sign_up"}, ["purpose"]),
    "no address": ({"channel": "sms", "purpose": "credential"}, ["address"]),
    "a mailbox by sms": ({"channel": "sms", "purpose": "credential", "address": "a@mail.example"}, ["address"]),
    "no number": ({"channel": "sms", "purpose": "credential", "address": "12"}, ["address"]),
    "long": ({"channel": "email", "purpose": "credential", "address": "a" * 300 + "@mail.example"}, ["address"]),
    "a number": ({"channel": "sms", "purpose": "credential", "address": 998901112233}, ["address"]),
    "an address too many": ({"channel": "sms", "purpose": "step_up", "address": "+998901112233"}, ["address"]),
}


@pytest.mark.parametrize(("body", "fields"), INVALID.values(), ids=INVALID)
def test_fields_of_a_request_that_are_wrong_are_named(centre: Party, body: Any, fields: list[str]) -> None:
    answer = call("POST", centre.path("otps"), centre.basic, body)
    assert refusal(answer) == (400, 40001)
    assert list(answer.json()["errors"]) == fields
    assert not OneTimeCode.objects.exists()


TRIES: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, ["status", "inputs"]),
    "verified": ({"status": "verified", "inputs": {"ref_code": "x", "password": "1"}}, ["status"]),
    "no inputs": ({"status": "verifying", "inputs": []}, ["inputs"]),
    "empty": ({"status": "verifying", "inputs": {}}, ["inputs.ref_code", "inputs.password"]),
    "numbers": (
        {"status": "verifying", "inputs": {"ref_code": 1, "password": 123456}}, ["inputs.ref_code", "inputs.password"]
    ),
    "long": ({"status": "verifying", "inputs": {"ref_code": "x", "password": "1" * 17}}, ["inputs.password"]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "fields"), TRIES.values(), ids=TRIES)
def test_fields_of_a_try_that_are_wrong_are_named_and_not_counted(centre: Party, body: Any, fields: list[str]) -> None:
    otp = ask(centre, centre.basic)
    answer = call("PUT", centre.path(f"otps/{otp['otp_id']}"), centre.basic, body)
    assert refusal(answer) == (400, 40001)
    assert list(answer.json()["errors"]) == fields
    assert OneTimeCode.objects.get().attempts == 0


@pytest.mark.parametrize("password", ["١٢٣٤٥٦", "\ud800", "\x00", " 123456", "é"], ids=ascii)
def test_odd_digits_are_wrong_ones(centre: Party, password: str) -> None:
    otp = ask(centre, centre.basic)
    body = f'{{"status":"verifying","inputs":{{"ref_code":"E5rt","password":{password!a}}}}}'.replace("'", '"')
    answer = call("PUT", centre.path(f"otps/{otp['otp_id']}"), centre.basic, body.replace("\\x", "\\u00").encode())
    assert answer.status_code in {400, 422}


def test_a_channel_without_an_address_is_said_of_a_named_account(mine: Party, token: str) -> None:
    mine.account.credentials.filter(type="email").delete()
    answer = call("POST", mine.path("otps"), token, {"channel": "email", "purpose": "step_up"})
    assert (refusal(answer), list(answer.json()["errors"])) == ((400, 40001), ["channel"])


def test_ten_failures_an_hour_over_all_challenges_and_doors(mine: Party, token: str, clock: Any) -> None:
    for _challenge in range(2):
        otp = ask(mine, token)
        code = digits(otp["otp_id"])
        for _try in range(5):
            tried(mine, token, otp, wrong(code))
        clock.shift(121)
    mailbox = parse_identifier(email_of(mine.account))
    challenge = request_code(mailbox, ip=IP, locale="en")
    otp = ask(mine, token, {"channel": "sms", "purpose": "sign_in"})
    answer = tried(mine, token, otp, digits(otp["otp_id"]))
    assert refusal(answer) == (429, 42900)
    assert 3000 < int(answer["Retry-After"]) <= 3600
    with pytest.raises(RateLimited):
        verify_code(mailbox, digits(str(challenge)), challenge=challenge)


def test_after_a_hundred_failures_in_a_row_codes_are_off_until_another_proof(
    mine: Party, token: str, clock: Any
) -> None:
    """NIST SP 800-63B §5.2.2. A right password is another proof; a new address is none."""
    failures = f"account-{mine.account.pk}"
    Allowance.objects.create(key=f"code-streak:{failures}", spent=99, window_ends_at=NOW + timedelta(days=3000))
    new = ask(mine, token, {"channel": "sms", "purpose": "credential", "address": "+998901112233"})
    assert tried(mine, token, new, digits(new["otp_id"])).status_code == 200
    otp = ask(mine, token)
    code = digits(otp["otp_id"])
    assert refused(tried(mine, token, otp, wrong(code)))[0] == 42201
    for _time in range(2):
        number, data = refused(tried(mine, token, otp, code))
        assert (number, data["status"], data["inputs"]["counter"]) == (42301, "failed", 1)
    clock.shift(timedelta(days=8))
    purge_expired()
    assert prove_by_password(Attempt(parse_identifier(phone_of(mine.account)), IP), PASSWORD)
    otp = ask(mine, again := mine.token("openid account"))
    assert tried(mine, again, otp, digits(otp["otp_id"])).status_code == 200


def test_a_right_code_ends_the_row_of_failures(mine: Party, token: str) -> None:
    otp = ask(mine, token)
    code = digits(otp["otp_id"])
    tried(mine, token, otp, wrong(code))
    tried(mine, token, otp, code)
    assert not Allowance.objects.filter(key__startswith="code-streak").exists()
    assert Allowance.objects.get(key__startswith="code-failures").spent == 1


def test_twenty_codes_an_hour_for_an_ip(centre: Party) -> None:
    for _person in range(20):
        ask(Party(centre.client, centre.secret, person()), centre.basic)
    answer = call("POST", centre.path("otps"), centre.basic, SMS)
    assert refusal(answer) == (429, 42900)
    assert int(answer["Retry-After"]) > 3000


def names_of(client: Any, number: str) -> list[str]:
    raw = number_reference(client, number)
    standard, url = b64encode(raw).decode(), urlsafe_b64encode(raw).decode()
    return [standard, url, standard.rstrip("="), url.rstrip("=")]


def test_an_operator_names_a_number_by_its_digest_in_both_alphabets(centre: Party, clock: Any) -> None:
    index_new_numbers()
    phone = phone_of(centre.account)
    for name in names_of(centre.client, phone):
        path = f"{V4}/accounts/{name.replace('+', '%2B')}/otps"
        otp = call("POST", path, centre.basic, SMS).json()["data"]
        code = digits(otp["otp_id"])
        assert InboxMessage.objects.latest("pk").to == phone
        body = {"status": "verifying", "inputs": {"ref_code": otp["inputs"]["ref_code"], "password": code}}
        assert call("PUT", f"{path}/{otp['otp_id']}", centre.basic, body).json()["data"]["status"] == "verified"
        Allowance.objects.all().delete()


def seen(answer: Any) -> Any:
    """What a caller can tell apart: everything but what is drawn."""
    body = answer.json()
    if "data" in body:
        body["data"]["otp_id"] = body["data"]["inputs"]["ref_code"] = "drawn"
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return answer.status_code, headers, body


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_number_that_nobody_has_is_answered_as_one_that_somebody_has(centre: Party, clock: Any, channel: str) -> None:
    blocked = person()
    index_new_numbers()
    Account.objects.filter(pk=blocked.pk).update(status=AccountStatus.BLOCKED)
    without_mail = person()
    without_mail.credentials.filter(type="email").delete()
    index_new_numbers()
    told = []
    numbers = [phone_of(centre.account), "+998909999999", phone_of(blocked), phone_of(without_mail)]
    for number in numbers:
        path = f"{V4}/accounts/{names_of(centre.client, number)[1]}/otps"
        clock.move_to(NOW)
        answers = [call("POST", path, centre.basic, {"channel": channel, "purpose": "step_up"})]
        otp = answers[0].json()["data"]
        deliver_code(otp["otp_id"])
        inputs = {"ref_code": otp["inputs"]["ref_code"], "password": "x"}
        tail, body = f"{path}/{otp['otp_id']}", {"status": "verifying", "inputs": inputs}
        answers += [call("POST", path, centre.basic, {"channel": channel, "purpose": "step_up"})]
        answers += [call("POST", tail, centre.basic)]
        answers += [call("PUT", tail, centre.basic, body) for _try in range(6)]
        clock.shift(60)
        answers += [call("POST", tail, centre.basic)]
        answers += [call("POST", path, centre.basic, {"channel": channel, "purpose": "credential"})]
        told.append([seen(answer) for answer in answers])
    assert told[1:] == told[:1] * 3
    assert [answer[0] for answer in told[0]] == [201, 429, 429, *[422] * 5, 423, 423, 400]
    sent_to = set(InboxMessage.objects.values_list("to", flat=True))
    assert sent_to == (
        {phone_of(centre.account), phone_of(without_mail)} if channel == "sms" else {email_of(centre.account)}
    )


def test_known_and_unknown_numbers_cost_the_same_statements(centre: Party) -> None:
    index_new_numbers()
    PartnerClient.objects.update(secret_used_at=timezone.now())  # the first use of a secret in an hour is kept
    counts = []
    for number in (phone_of(centre.account), "+998909999999"):
        path = f"{V4}/accounts/{names_of(centre.client, number)[1]}/otps"
        for channel in ("sms", "email"):
            with CaptureQueriesContext(connection) as sent:
                call("POST", path, centre.basic, {"channel": channel, "purpose": "step_up"})
            counts.append(len(sent))
            Allowance.objects.all().delete()
    assert counts[:2] == counts[2:]


def test_a_digest_of_another_client_or_under_no_key_names_nobody(centre: Party) -> None:
    index_new_numbers()
    other = operator("accounts.operate")
    phone = phone_of(centre.account)
    plain = urlsafe_b64encode(hashlib.sha256(phone.encode()).digest()).decode()
    for name in (names_of(other.client, phone)[1], plain):
        otp = call("POST", f"{V4}/accounts/{name}/otps", centre.basic, SMS).json()["data"]
        assert OneTimeCode.objects.get(pk=otp["otp_id"]).account_id is None
    assert not InboxMessage.objects.exists()


def test_a_persons_own_number_is_hers_alone(mine: Party, token: str) -> None:
    operator_too = type(mine.client).objects.filter(pk=mine.client.pk)
    operator_too.update(operator_scopes=["accounts.operate"])
    other = person()
    index_new_numbers()
    answers = {}
    for number in (phone_of(mine.account), phone_of(other), "+998909999999"):
        path = f"{V4}/accounts/{names_of(mine.client, number)[1]}/otps"
        answers[number] = call("POST", path, token, SMS).status_code
    assert list(answers.values()) == [201, 404, 404]


@pytest.mark.parametrize(
    "name", ["A" * 42, "A" * 44, "A" * 42 + "B", "A" * 43 + "==", "A" * 21 + "+_" + "A" * 20, "a/b", "%2F" * 43]
)
def test_what_is_no_digest_is_an_account_that_there_is_not(centre: Party, name: str) -> None:
    """`B` at the end would be a second spelling of the same bytes."""
    assert refusal(call("POST", f"{V4}/accounts/{name}/otps", centre.basic, SMS)) == (404, 40400)


def test_other_rows_take_no_digest(centre: Party) -> None:
    index_new_numbers()
    name = names_of(centre.client, phone_of(centre.account))[1]
    assert refusal(call("GET", f"{V4}/accounts/{name}/apps", centre.basic)) == (404, 40400)


def test_what_a_client_calls_a_number_goes_with_it(centre: Party) -> None:
    operator("consents.check")
    index_new_numbers()
    index_new_numbers()
    proven = centre.account.credentials.filter(type="mobile")
    assert NumberReference.objects.filter(credential__account=centre.account).count() == proven.count() == 2
    proven.first().delete()
    assert NumberReference.objects.filter(credential__account=centre.account).count() == 1


def test_the_message_speaks_the_persons_language_when_a_server_asks(centre: Party) -> None:
    Account.objects.filter(pk=centre.account.pk).update(locale="ru")
    otp = ask(centre, centre.basic, Accept_Language="th")
    digits(otp["otp_id"])
    row = OneTimeCode.objects.get()
    assert (row.locale, row.requested_by) == ("", centre.client.name)
    assert InboxMessage.objects.get().subject == "Ваш код Freedom ID"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(["\ud800", "sms"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ref_code", "password", "channel"]), inner, max_size=3)
    ),
)
FIELDS = ["status", "inputs", "channel", "purpose", "address"]


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(st.sampled_from(FIELDS), values, max_size=5))
def test_whatever_comes_in_is_answered_in_the_envelope(centre: Party, body: dict[str, Any]) -> None:
    for method, tail in (("POST", "otps"), ("POST", "otps/x"), ("PUT", f"otps/{uuid4()}")):
        answer = call(method, centre.path(tail), centre.basic, json.dumps(body).encode())
        assert answer.status_code < 500
        assert answer.json()["platform_module"] == 1109
