"""The SMS gateways over a real socket: what they are sent, what they may do to us, and what becomes of the code."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id import outbound
from freedom_id.channels.eskiz import EskizChannel
from freedom_id.channels.twilio import TwilioChannel
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import CodeRequest, Recipient, ask_code, deliver_code, due_codes, request_code
from freedom_id.enums import Channel, CodePurpose
from freedom_id.models import OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.factories.people import email_of, person, phone_of
from tests.freedom_id.domain.acts import IP
from tests.servers.gateway import TOKEN, Gateway, gateway

pytestmark = pytest.mark.django_db
ESKIZ, TWILIO = "freedom_id.channels.eskiz.EskizChannel", "freedom_id.channels.twilio.TwilioChannel"
INBOX = "identity_portal.demo.inbox_channel.InboxChannel"


@pytest.fixture
def eskiz() -> Iterator[Gateway]:
    EskizChannel._token = ""
    with gateway() as found:
        yield found
    EskizChannel._token = ""


@pytest.fixture
def twilio() -> Iterator[Gateway]:
    with gateway() as found:
        yield found


@pytest.fixture
def house(eskiz: Gateway, twilio: Gateway, settings: Any) -> Any:
    """Eskiz, then Twilio, then the proven mailbox; both servers are our own."""

    def change(**more: Any) -> None:
        settings.FREEDOM_ID = {**settings.FREEDOM_ID, **more}

    change(
        CHANNELS={"sms": ESKIZ, "email": INBOX},
        FALLBACKS={"sms": [TWILIO, "email"]},
        CALLBACK_NETWORKS=["127.0.0.0/8"],
        ESKIZ={"URL": eskiz.url, "EMAIL": "it@portal.example", "PASSWORD": "p", "SENDER": "4546"},
        TWILIO={"URL": twilio.url, "ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t", "SENDER": "+15005550006"},
        ISSUER="https://id.example",
    )
    return change


@pytest.fixture
def code() -> OneTimeCode:
    identifier = parse_identifier(phone_of(person()))
    return OneTimeCode.objects.get(pk=request_code(identifier, ip=IP, locale="en", requested_by="Aral Market"))


def delivered(code: OneTimeCode) -> OneTimeCode:
    deliver_code(str(code.pk))
    code.refresh_from_db()
    return code


def test_what_eskiz_is_sent(house: Any, eskiz: Gateway, twilio: Gateway, code: OneTimeCode) -> None:
    assert delivered(code).sent_at is not None
    [form] = eskiz.taken
    assert form["mobile_phone"] == code.address.removeprefix("+")
    assert form["from"] == "4546"
    assert form["user_sms_id"] == f"{code.pk.hex}-{code.digest[:8]}"
    assert form["callback_url"].startswith(f"https://id.example/channels/eskiz/receipts/{form['user_sms_id']}.")
    assert "is the code to sign in to Aral Market with Freedom ID." in form["message"]
    assert form["message"].splitlines()[-1].startswith("@id.example #")
    assert eskiz.asked == [("/auth/login", ""), ("/message/sms/send", f"Bearer {TOKEN}")]
    assert twilio.asked == []


def test_what_twilio_is_sent(house: Any, twilio: Gateway, code: OneTimeCode) -> None:
    house(CHANNELS={"sms": TWILIO, "email": INBOX})
    assert delivered(code).sent_at is not None
    [form] = twilio.taken
    assert (form["To"], form["From"]) == (code.address, "+15005550006")
    assert form["Body"].splitlines()[-1].startswith("@id.example #")
    assert form["StatusCallback"].startswith("https://id.example/channels/twilio/receipts/")
    assert twilio.asked == [("/Accounts/AC1/Messages.json", "Basic QUMxOnQ=")]


def test_a_token_that_ran_out_is_renewed_once(house: Any, eskiz: Gateway, code: OneTimeCode) -> None:
    EskizChannel._token = "old"
    eskiz.behaviour = [401]
    assert delivered(code).sent_at is not None
    assert [path for path, _authorization in eskiz.asked] == ["/message/sms/send", "/auth/login", "/message/sms/send"]
    assert len(eskiz.taken) == 1


@pytest.mark.parametrize("act", [500, 503, "drop", "lose"])
def test_a_gateway_that_stumbles_is_tried_again_with_the_same_message(
    house: Any, eskiz: Gateway, twilio: Gateway, code: OneTimeCode, act: Any
) -> None:
    """`lose`: it took the message and the answer was lost, so it gets the same id and the same words again."""
    eskiz.behaviour = [act]
    assert delivered(code).sent_at is not None
    assert len(eskiz.taken) == (2 if act == "lose" else 1)
    assert len({(form["user_sms_id"], form["message"]) for form in eskiz.taken}) == 1
    assert twilio.taken == []


@pytest.mark.parametrize(
    ("acts", "tries"), [([500, 500], 2), (["drop", "drop"], 2), ([429], 1), ([400], 1), ([402], 1), ([401, 401], 2)]
)
def test_one_that_does_not_take_it_is_left_for_the_next(
    house: Any, eskiz: Gateway, twilio: Gateway, code: OneTimeCode, acts: list[Any], tries: int
) -> None:
    eskiz.behaviour = [*acts]
    assert delivered(code).sent_at is not None
    assert (eskiz.taken, len(twilio.taken)) == ([], 1)
    assert len([path for path, _authorization in eskiz.asked if path.endswith("send")]) == tries


@pytest.mark.parametrize("act", ["hang", "trickle"])
def test_one_that_hangs_is_left_at_the_timeout(
    house: Any, eskiz: Gateway, twilio: Gateway, code: OneTimeCode, act: str, monkeypatch: Any
) -> None:
    assert outbound.TIMEOUT_SECONDS <= 10
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.3)
    eskiz.behaviour = [act]
    started = time.monotonic()
    assert delivered(code).sent_at is not None
    assert time.monotonic() - started < 5
    assert (eskiz.taken, len(twilio.taken)) == ([], 1)


def test_no_request_waits_for_a_gateway(
    house: Any, eskiz: Gateway, twilio: Gateway, django_capture_on_commit_callbacks: Any
) -> None:
    """It leaves a row and a task's id behind; the worker sends."""
    eskiz.behaviour, started = ["hang"], time.monotonic()
    with django_capture_on_commit_callbacks(execute=True) as left:
        request_code(parse_identifier(phone_of(person())), ip=IP, locale="en")
    assert len(left) == 1
    assert time.monotonic() - started < 3
    assert (eskiz.asked, OneTimeCode.objects.get().sent_at) == ([], None)


def test_the_proven_mailbox_is_the_last_way(house: Any, eskiz: Gateway, twilio: Gateway, code: OneTimeCode) -> None:
    eskiz.behaviour, twilio.behaviour = [400], [400]
    assert delivered(code).sent_at is not None
    [message] = InboxMessage.objects.all()
    assert message.to == email_of(code.account)


def test_a_mailbox_proves_no_new_number(house: Any, eskiz: Gateway, twilio: Gateway) -> None:
    new = parse_identifier("+998901112233")
    recipient = Recipient(person(), Channel.SMS, new.value, new.index)
    code = ask_code(recipient, CodeRequest(IP, purpose=CodePurpose.CREDENTIAL))
    eskiz.behaviour, twilio.behaviour = [400], [400]
    assert delivered(code).sent_at is None
    assert not InboxMessage.objects.exists()


def test_when_nobody_takes_it_the_code_waits_as_long_as_it_was_asked_to(
    house: Any, eskiz: Gateway, twilio: Gateway
) -> None:
    house(FALLBACKS={"sms": [TWILIO]})
    with time_machine.travel(timezone.now(), tick=False) as clock:
        identifier = parse_identifier(phone_of(person()))
        challenge = str(request_code(identifier, ip=IP, locale="en"))
        eskiz.behaviour, eskiz.retry_after, twilio.behaviour = [429], "90", [500, 500]
        deliver_code(challenge)
        clock.shift(89)
        assert due_codes() == []
        clock.shift(1)
        assert due_codes() == [challenge]
        eskiz.behaviour, eskiz.retry_after = [429], "Wed, 21 Oct 2099 07:28:00 GMT"
        deliver_code(challenge)
        assert len(twilio.taken) == 1, "a date is no number of seconds; the next gateway has it"
    assert due_codes() == []


def test_nothing_of_the_message_is_in_a_log(
    house: Any, eskiz: Gateway, twilio: Gateway, code: Any, caplog: Any
) -> None:
    eskiz.behaviour, twilio.behaviour = ["drop", 500], [400]
    with caplog.at_level("DEBUG"):
        delivered(code)
    digits = InboxMessage.objects.get().text.rpartition("#")[2]
    assert "EskizChannel" in caplog.text
    for secret in (digits, code.address, code.address[1:], email_of(code.account), TOKEN, "it@portal.example"):
        assert secret not in caplog.text


def test_the_days_messages_to_a_country_end_and_nobody_is_told(
    house: Any, eskiz: Gateway, twilio: Gateway, caplog: Any
) -> None:
    house(SMS_PER_DAY={"": 100, "998": 2}, FALLBACKS={"sms": [TWILIO]})
    codes = [request_code(parse_identifier(phone_of(person())), ip=IP, locale="en") for _person in range(3)]
    for challenge in codes:
        deliver_code(str(challenge))
    assert (len(eskiz.taken), twilio.taken) == (2, [])
    assert "+998 are used up" in caplog.text
    assert OneTimeCode.objects.filter(sent_at=None).count() == 1
    house(SMS_PER_DAY={"": 0}, FALLBACKS={"sms": ["email"]})
    deliver_code(str(request_code(parse_identifier(phone_of(person())), ip=IP, locale="en")))
    assert InboxMessage.objects.count() == 1, "who has a mailbox gets it there"


def report(form: dict[str, str], fields: dict[str, str], kind: str = "form") -> Any:
    address = form.get("callback_url") or form["StatusCallback"]
    content = {"content_type": "application/json"} if kind == "json" else {}
    return Client(enforce_csrf_checks=True).post(address.removeprefix("https://id.example"), fields, **content)


@pytest.mark.parametrize(
    ("path", "kind", "field", "words"),
    [
        (ESKIZ, "json", "status", ["ACCEPTED", "UNDELIV", "DELIVRD", "UNDELIV"]),
        (ESKIZ, "form", "status", ["TRANSMTD", "REJECTED", "DELIVERED", "EXPIRED"]),
        (TWILIO, "form", "MessageStatus", ["sent", "undelivered", "delivered", "failed"]),
    ],
    ids=["eskiz-json", "eskiz-form", "twilio"],
)
def test_what_a_gateway_reports_is_kept(
    house: Any, eskiz: Gateway, twilio: Gateway, code: OneTimeCode, path: str, kind: str, field: str, words: list[str]
) -> None:
    house(CHANNELS={"sms": path, "email": INBOX})
    delivered(code)
    [form] = [*eskiz.taken, *twilio.taken]
    told = []
    for word in words:
        assert report(form, {field: word}, kind).status_code == 204
        code.refresh_from_db()
        told.append((bool(code.delivered_at), bool(code.undelivered_at)))
    assert told == [(False, False), (False, True), (True, False), (True, False)]


def test_a_report_needs_the_address_that_the_gateway_was_given(
    house: Any, eskiz: Gateway, twilio: Gateway, code: OneTimeCode
) -> None:
    delivered(code)
    [form] = eskiz.taken
    path = form["callback_url"].removeprefix("https://id.example")
    fields = {"status": "DELIVRD", "MessageStatus": "delivered"}
    for wrong in (
        path[:-1],
        path + "0",
        path.replace("eskiz", "twilio"),
        path.replace("eskiz", "email"),
        path[:-65] + ".",
    ):
        assert Client().post(wrong, fields).status_code == 404, wrong
    assert Client().get(path).status_code == 405
    for body in (b"", b"{", b"[]", b'{"status": 1}', b'{"status": null}'):
        assert Client().post(path, body, content_type="application/json").status_code == 204
    code.refresh_from_db()
    assert code.delivered_at is None


def test_a_report_about_former_digits_changes_nothing(house: Any, eskiz: Gateway, code: OneTimeCode) -> None:
    delivered(code)
    OneTimeCode.objects.update(sent_at=None, due_at=timezone.now() - timedelta(seconds=1))
    delivered(code)
    first, second = eskiz.taken
    assert first["user_sms_id"] != second["user_sms_id"], "other digits, another message"
    report(first, {"status": "DELIVRD"})
    code.refresh_from_db()
    assert code.delivered_at is None
    report(second, {"status": "DELIVRD"})
    code.refresh_from_db()
    assert code.delivered_at is not None


def test_a_gateways_address_is_judged_like_any_other(house: Any, eskiz: Gateway, twilio: Gateway, code: Any) -> None:
    house(CALLBACK_NETWORKS=[])
    assert delivered(code).sent_at is not None
    assert (eskiz.asked, twilio.asked) == ([], [])
    assert InboxMessage.objects.count() == 1


def test_the_gateways_know_their_words_alone() -> None:
    for channel in (EskizChannel(), TwilioChannel()):
        assert channel.was_delivered({}) is None
