"""Row 8: a second factor – asked on one device, answered once, by something that the person has."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest
import segno
import time_machine
from django.utils import timezone

from freedom_id.domain.devices import device_of
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.domain.step_up import FRESH
from freedom_id.domain.two_step import second_factor_is_fresh
from freedom_id.models import AccountEvent, Credential, OneTimeCode, TokenFamily, TwoStepChallenge
from identity_portal.demo.models import InboxMessage
from tests.factories.people import email_of
from tests.freedom_id.identity_v4.handsets import Handset, at_home, handset
from tests.freedom_id.identity_v4.parties import UUID4, call, first_party, operator, payload, refusal

pytestmark = pytest.mark.django_db


def state(asked: dict[str, Any]) -> str:
    return str(TwoStepChallenge.objects.get(pk=asked["challenge_id"]).state)


def is_fresh(who: Handset) -> bool:
    return second_factor_is_fresh(who.party.account, TokenFamily.objects.get(device=who.id), within=FRESH)


def mail_code(asked: dict[str, Any]) -> str:
    code_id = TwoStepChallenge.objects.get(pk=asked["challenge_id"]).code_id
    deliver_code(str(code_id))
    return re.findall(r"\b\d{6}\b", InboxMessage.objects.latest("pk").text)[0]


def test_a_trusted_device_approves_with_the_number_of_the_other_screen() -> None:
    phone, other = at_home()
    asked = other.ask(act="Sign in at the bank", device_model_requested="SM-S921", device_id_requested="Galaxy S24")
    assert re.fullmatch(UUID4, asked["challenge_id"])
    assert (asked["method"], asked["status"], asked["act"]) == ("notification", "pending", "Sign in at the bank")
    assert 10 <= asked["number"] <= 99
    assert 0 < asked["expire_at"] / 1000 - timezone.now().timestamp() <= 120
    shown = phone.poll(asked)
    assert shown == {name: value for name, value in asked.items() if name != "number"}
    data = payload(phone.answer(asked, number=asked["number"]), "data")
    assert data == {
        "challenge_id": asked["challenge_id"],
        "status": "approved",
        "trusted": False,
        "device_id": phone.id,
    }
    assert other.poll(asked)["status"] == "approved"
    assert (is_fresh(other), is_fresh(phone)) == (True, False)
    assert AccountEvent.objects.filter(account=phone.party.account, action="account:two-step:approved").exists()


def test_the_address_is_the_one_that_the_server_saw() -> None:
    _phone, other = at_home()
    assert other.ask(ip_address="10.110.0.15", latlong="16.5,100.1")["ip_address"] == "127.0.0.1"


def test_the_parameters_may_stand_in_the_query_as_published() -> None:
    phone, other = at_home()
    query = "method=notification&ssoid_requested=1&device_id=x&latlong=1,2&ip_address=1.2.3.4&google_client_id=GA"
    asked = payload(other.call("POST", f"2fa?{query}"), "data")
    reply = (
        f"challenge_id={asked['challenge_id']}&is_approved=1&trusted_flag=1&device_id=sdk-1&number={asked['number']}"
    )
    assert payload(phone.call("POST", f"2fa?{reply}"), "data")["trusted"] is True
    assert other.row.trusted_at is not None


def test_a_trusted_device_that_approves_may_trust_the_one_that_asked() -> None:
    phone, other = at_home()
    asked = other.ask()
    assert payload(phone.answer(asked, number=asked["number"], trusted_flag="1"), "data")["trusted"] is True
    assert other.row.trusted_at is not None


@pytest.mark.parametrize("flag", [1, "1", True])
def test_a_no_never_trusts(flag: Any) -> None:
    phone, other = at_home()
    asked = other.ask()
    data = payload(phone.answer(asked, 0, number=asked["number"], trusted_flag=flag), "data")
    assert (data["status"], data["trusted"]) == ("declined", False)
    assert other.row.trusted_at is None
    assert not is_fresh(other)
    assert refusal(phone.answer(asked, number=asked["number"])) == (410, 41001)


def test_the_third_wrong_number_declines() -> None:
    phone, other = at_home()
    asked = other.ask()
    wrong = asked["number"] - 1
    assert [refusal(phone.answer(asked, number=wrong)) for _number in range(2)] == [(422, 42201)] * 2
    assert refusal(phone.answer(asked)) == (423, 42301), "no number is a wrong one"
    assert state(asked) == "declined"
    assert refusal(phone.answer(asked, number=asked["number"])) == (410, 41001)


def test_it_is_answered_once_and_within_two_minutes() -> None:
    phone, other = at_home()
    asked, late = other.ask(), other.ask()
    assert phone.answer(asked, number=asked["number"]).status_code == 200
    for again in (1, 0):
        assert refusal(phone.answer(asked, again, number=asked["number"])) == (410, 41001)
    with time_machine.travel(timezone.now() + timedelta(seconds=121), tick=False):
        assert refusal(phone.answer(late, number=late["number"])) == (410, 41001)
        assert phone.poll(late)["status"] == "expired"
    assert refusal(phone.answer(late, number=late["number"])) == (410, 41001), "the clock went back"


def test_only_another_trusted_device_answers() -> None:
    """Every reason looks alike: untrusted, the one that asks, another id than the token's, another account's."""
    phone, other = at_home()
    third = handset(phone.party, device_id="sdk-3")
    theirs, _their_other = at_home()
    asked = other.ask()
    number = asked["number"]
    for who, device_id in (
        (third, third.id),
        (other, other.id),
        (third, phone.id),
        (phone, third.id),
        (phone, theirs.id),
        (phone, str(uuid4())),
        (phone, "x"),
        (phone, ""),
    ):
        assert refusal(who.answer(asked, number=number, device_id=device_id)) == (403, 40300)
        assert refusal(who.answer(asked, 0, device_id=device_id)) == (403, 40300)
    mine = phone.call("PATCH", f"devices/{other.id}", {"trusted": True})
    assert mine.status_code == 200
    assert refusal(other.answer(asked, number=number)) == (403, 40300), "it asks, trusted or not"
    assert refusal(theirs.answer(asked, number=number)) == (404, 40400)
    assert state(asked) == "pending"


def test_tokens_that_asked_do_not_answer_from_a_device_that_they_registered_since() -> None:
    phone, _other = at_home()
    token = phone.party.token("openid account")
    asked = payload(call("POST", phone.party.path("2fa"), token, {"method": "notification"}), "data")
    device = payload(call("POST", phone.party.path("devices"), token, {"device_id": "sdk-4"}), "data")
    late = Handset(phone.party, token, device["device_id"], device["device_key"])
    assert phone.call("PATCH", f"devices/{late.id}", {"trusted": True}).status_code == 200
    assert refusal(late.answer(asked, number=asked["number"])) == (403, 40300)


def test_trust_that_was_taken_or_a_device_that_was_signed_out_answers_nothing() -> None:
    phone, other = at_home()
    asked = other.ask()
    phone.call("PATCH", f"devices/{phone.id}", {"trusted": False})
    assert refusal(phone.answer(asked, number=asked["number"])) == (403, 40300)


def test_an_operator_asks_for_a_person_and_answers_nothing() -> None:
    phone, other = at_home()
    centre = operator("accounts.operate")
    path = phone.party.path("2fa")
    body = {"method": "notification", "device_id_requested": "sdk-2", "client_id_requested": phone.party.client.pk}
    asked = payload(call("POST", path, centre.basic, body), "data")
    assert asked["client_id"] == phone.party.client.pk
    answer = {"challenge_id": asked["challenge_id"], "is_approved": 1, "device_id": phone.id, "number": asked["number"]}
    assert refusal(call("POST", path, centre.basic, answer)) == (403, 40300)
    assert payload(phone.answer(asked, number=asked["number"], trusted_flag=1), "data")["trusted"] is True
    assert other.row.trusted_at is not None
    assert not is_fresh(other), "it was the operator who asked"


def test_challenges_of_others_are_unknown() -> None:
    phone, other = at_home()
    theirs, _their_other = at_home()
    asked = other.ask()
    for challenge in (asked["challenge_id"], str(uuid4()), "x", "%00"):
        assert refusal(theirs.call("GET", f"2fa/{challenge}")) == (404, 40400)
    assert refusal(theirs.answer(asked, number=asked["number"])) == (404, 40400)
    assert refusal(phone.answer({"challenge_id": str(uuid4())})) == (404, 40400)


def test_a_code_by_mail_is_brought_by_the_one_who_asked() -> None:
    phone, other = at_home()
    asked = other.ask(method="email")
    assert "number" not in asked
    assert InboxMessage.objects.filter(to=email_of(phone.party.account)).count() == 0, "sent by the worker"
    code = mail_code(asked)
    assert refusal(phone.answer(asked, code=code)) == (403, 40300)
    assert refusal(other.answer(asked, code="0" if code != "0" else "1")) == (422, 42201)
    data = payload(other.answer(asked, code=code, trusted_flag=1), "data")
    assert (data["status"], data["trusted"], data["device_id"]) == ("approved", False, None)
    assert other.row.trusted_at is None, "a mailbox is no device"
    assert is_fresh(other)
    assert refusal(other.answer(asked, code=code)) == (410, 41001)


def test_a_code_of_another_challenge_is_wrong() -> None:
    _phone, other = at_home()
    code = mail_code(other.ask(method="email"))
    OneTimeCode.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=True):
        second = other.ask(method="email")
        assert refusal(other.answer(second, code=code)) == (422, 42201)


def test_without_a_mailbox_or_another_trusted_device_nobody_is_asked() -> None:
    portal = first_party()
    phone = handset(portal, trusted=True)
    Credential.objects.filter(account=portal.account, type="email").delete()
    for method in ("notification", "qr", "email"):
        answer = phone.call("POST", "2fa", {"method": method})
        assert refusal(answer) == (400, 40001)
        assert list(answer.json()["errors"]) == ["method"]


def test_a_picture_changes_every_thirty_seconds_and_an_older_one_is_worth_nothing() -> None:
    phone, other = at_home()
    start = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    with time_machine.travel(start, tick=False) as clock:
        asked = other.ask(method="qr")
        assert other.poll(asked)["qr"] == asked["qr"]
        assert "qr" not in phone.poll(asked), "an approver has it from the other screen"
        clock.shift(31)
        fresh = other.poll(asked)["qr"]
        assert fresh != asked["qr"]
        clock.shift(30)
        assert refusal(phone.answer(asked, qr=asked["qr"])) == (422, 42201)
        assert payload(phone.answer(asked, qr=fresh), "data")["status"] == "approved"
        assert "qr" not in other.poll(asked)


def test_the_picture_is_an_image_of_the_text_for_the_one_who_asks() -> None:
    phone, other = at_home()
    start = timezone.now().replace(second=0, microsecond=0)
    with time_machine.travel(start, tick=False) as clock:
        asked = other.ask(method="qr")
        kind, _comma, svg = asked["qr_image"].partition(",")
        drawn = ElementTree.fromstring(unquote(svg))
        side = segno.make_qr(asked["qr"]).symbol_size()[0]
        assert (kind, drawn.get("viewBox")) == ("data:image/svg+xml;charset=utf-8", f"0 0 {side} {side}")
        assert other.poll(asked)["qr_image"] == asked["qr_image"]
        assert "qr_image" not in phone.poll(asked)
        clock.shift(31)
        assert other.poll(asked)["qr_image"] != asked["qr_image"]
    assert "qr_image" not in other.ask(method="email")


def test_a_picture_of_another_challenge_is_wrong() -> None:
    phone, other = at_home()
    one, two = other.ask(method="qr"), other.ask(method="qr")
    assert refusal(phone.answer(one, qr=two["qr"])) == (422, 42201)


def test_five_questions_in_a_quarter_of_an_hour() -> None:
    _phone, other = at_home()
    for _number in range(5):
        other.ask()
    answer = other.call("POST", "2fa", {"method": "notification"})
    assert refusal(answer) == (429, 42900)
    assert int(answer["Retry-After"]) > 0


def test_a_second_factor_is_fresh_for_five_minutes_and_for_its_own_tokens() -> None:
    phone, other = at_home()
    sheet = {"type": "recovery"}
    assert refusal(other.call("POST", "credentials", sheet)) == (403, 40302)
    asked = other.ask()
    phone.answer(asked, number=asked["number"])
    assert is_fresh(other)
    for minutes, fresh in ((4.9, True), (5.1, False), (-1, False)):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
            assert is_fresh(other) is fresh
    assert refusal(phone.call("POST", "credentials", sheet)) == (403, 40302)
    assert other.call("POST", "credentials", sheet).status_code == 201


BAD: list[tuple[Any, str]] = [
    ({}, "method"),
    ({"method": "sms"}, "method"),
    ({"method": ["qr"]}, "method"),
    ({"method": "qr", "act": "x" * 201}, "act"),
    ({"method": "qr", "device_model_requested": "a\nb"}, "device_model_requested"),
    ({"method": "qr", "client_id_requested": {}}, "client_id_requested"),
    ({"method": "qr", "client_id_requested": 987654}, "client_id_requested"),
    ({"is_approved": 1}, "challenge_id"),
    ({"is_approved": 1, "challenge_id": "x"}, "challenge_id"),
    ({"is_approved": 2, "challenge_id": str(UUID(int=5))}, "is_approved"),
    ({"is_approved": 1, "challenge_id": str(UUID(int=5)), "number": "ten"}, "number"),
    ({"is_approved": 1, "challenge_id": str(UUID(int=5)), "number": -1}, "number"),
    ({"is_approved": 1, "challenge_id": str(UUID(int=5)), "qr": "é"}, "qr"),
    ({"is_approved": 1, "challenge_id": str(UUID(int=5)), "trusted_flag": "maybe"}, "trusted_flag"),
]


def test_bad_input_names_its_field() -> None:
    phone, _other = at_home()
    for body, field in BAD:
        answer = phone.call("POST", "2fa", body)
        assert refusal(answer) == (400, 40001), body
        assert list(answer.json()["errors"]) == [field], body
    assert refusal(phone.call("POST", "2fa", b"[]")) == (400, 40000)


def test_the_device_of_a_token_without_a_known_device_is_none() -> None:
    portal = first_party()
    portal.token("openid account")
    assert device_of(TokenFamily.objects.get()) is None
    assert device_of(None) is None
