"""Row 10: where a person is signed in, what she trusts there, and how it ends."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from freedom_id.domain.devices import DeviceFacts, draw_device_key, record_sign_in
from freedom_id.models import AccountEvent, Device, TokenFamily
from tests.factories.people import person
from tests.freedom_id.domain.wire import statements_sent
from tests.freedom_id.identity_v4.handsets import SCOPE, at_home, handset
from tests.freedom_id.identity_v4.parties import Party, call, first_party, operator, payload, refusal

pytestmark = pytest.mark.django_db


def listed(who: Any) -> list[dict[str, Any]]:
    data = payload(who.call("GET", "devices?google_client_id=GA1"), "data")
    assert data["total"] == len(data["devices"])
    return list(data["devices"])


def actions(who: Any) -> list[str]:
    events = AccountEvent.objects.filter(account=who.party.account, action__startswith="account:device")
    return list(events.order_by("happened_at").values_list("action", flat=True))


def test_a_person_sees_her_own_devices_in_the_fields_of_the_contract() -> None:
    phone, other = at_home()
    at_home()
    mine, theirs = listed(phone)
    assert mine == {
        "device_id": phone.id,
        "device_model": "iPhone7,2",
        "device_model_name": "iPhone 7",
        "client_id": phone.party.client.pk,
        "trusted": True,
        "current": True,
        "signed_in": True,
        "last_seen": mine["last_seen"],
    }
    assert abs(mine["last_seen"] - timezone.now().timestamp() * 1000) < 60_000
    assert (theirs["device_id"], theirs["trusted"], theirs["current"]) == (other.id, False, False)


def test_an_operator_sees_them_too_and_none_is_its_own() -> None:
    phone, _other = at_home()
    centre = operator("accounts.operate")
    data = payload(call("GET", phone.party.path("devices"), centre.basic), "data")
    assert [line["current"] for line in data["devices"]] == [False, False]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.postgresql
def test_the_list_costs_the_same_for_one_and_three(count: int) -> None:
    portal = first_party()
    phones = [handset(portal, device_id=f"sdk-{number}") for number in range(count)]
    listed(phones[0])
    with statements_sent() as sent:
        listed(phones[0])
    assert len(sent) == 4


def test_the_key_is_shown_once_and_brings_the_device_back_with_its_trust() -> None:
    phone, _other = at_home()
    former = TokenFamily.objects.get(device=phone.id)
    again = handset(phone.party, device_key=phone.key)
    assert (again.id, again.key) == (phone.id, "")
    assert again.row.trusted_at is not None
    former.refresh_from_db()
    assert former.end_reason == "signed_out", "the app has new tokens"
    assert refusal(phone.call("GET", "devices")) == (401, 40101)


@pytest.mark.parametrize("key", ["none", "of the SDK", "of another account"])
def test_what_a_device_says_of_itself_gives_no_trust(key: str) -> None:
    phone, _other = at_home()
    stranger, _their_other = at_home()
    told = {"none": {}, "of the SDK": {"device_key": "sdk-1"}, "of another account": {"device_key": stranger.key}}[key]
    fake = handset(phone.party, **told)
    assert fake.id not in {phone.id, stranger.id}
    assert fake.row.trusted_at is None


def test_tokens_belong_to_one_device() -> None:
    phone, _other = at_home()
    assert refusal(phone.call("POST", "devices", {"device_id": "another"})) == (409, 40901)


def test_ids_and_keys_are_stored_as_digests_and_push_tokens_sealed() -> None:
    phone = handset(first_party(), device_id="my-device-id", push_token="my-push-token")
    columns = str(Device.objects.filter(pk=phone.id).values().get() | {"push_token": ""})
    assert phone.key not in columns
    assert "my-device-id" not in columns
    assert "my-push-token" not in str(phone.row)


def test_a_device_is_renamed() -> None:
    phone, other = at_home()
    answer = phone.call("PATCH", f"devices/{other.id}", {"device_model_name": "Мой телефон"})
    assert payload(answer, "data")["device_model_name"] == "Мой телефон"


@pytest.mark.requirement("ASVS 7.5.1")
def test_the_first_device_trusts_itself_while_its_sign_in_is_fresh() -> None:
    phone = handset(first_party())
    with time_machine.travel(timezone.now() + timedelta(seconds=301), tick=False):
        assert refusal(phone.call("PATCH", f"devices/{phone.id}", {"trusted": True})) == (403, 40302)
    assert phone.call("PATCH", f"devices/{phone.id}", {"trusted": True}).status_code == 200
    assert actions(phone) == ["account:device:trusted"]


def test_the_first_device_trusts_no_other() -> None:
    portal = first_party()
    phone, other = handset(portal), handset(portal, device_id="sdk-2")
    assert refusal(phone.call("PATCH", f"devices/{other.id}", {"trusted": True})) == (403, 40302)


def test_once_one_is_trusted_only_a_trusted_one_gives_and_takes_trust() -> None:
    phone, other = at_home()
    for trusted, target in ((True, other), (False, phone)):
        assert refusal(other.call("PATCH", f"devices/{target.id}", {"trusted": trusted})) == (403, 40302)
    assert phone.call("PATCH", f"devices/{other.id}", {"trusted": "1"}).status_code == 200
    assert other.call("PATCH", f"devices/{phone.id}", {"trusted": "0"}).status_code == 200
    assert [phone.row.trusted_at is None, other.row.trusted_at is None] == [True, False]


def test_an_operator_takes_trust_and_gives_none() -> None:
    phone, other = at_home()
    centre = operator("accounts.operate")
    path = phone.party.path("devices/")
    assert refusal(call("PATCH", path + other.id, centre.basic, {"trusted": True})) == (403, 40302)
    assert call("PATCH", path + phone.id, centre.basic, {"trusted": False}).status_code == 200
    assert phone.row.trusted_at is None


@pytest.mark.parametrize("by", ["trusted", "untrusted", "operator"])
def test_a_device_that_is_signed_out_is_out_at_once(by: str) -> None:
    """Security plan O13; trust ends too, unless who asks has none itself."""
    phone, other = at_home()
    third = handset(phone.party, device_id="sdk-3")
    phone.call("PATCH", f"devices/{third.id}", {"trusted": True})
    centre = operator("accounts.operate")
    who = {"trusted": phone.token, "untrusted": other.token, "operator": centre.basic}[by]
    assert call("DELETE", phone.party.path(f"devices/{third.id}"), who).status_code == 200
    assert refusal(third.call("GET", "devices")) == (401, 40101)
    assert (third.row.trusted_at is None) == (by != "untrusted")
    assert third.row.signed_out_at is not None
    assert phone.call("GET", "devices").status_code == 200


def test_signing_out_all_ends_every_token_and_gives_nobody_a_first_device() -> None:
    phone, other = at_home()
    assert other.call("DELETE", "devices").status_code == 200
    for device in (phone, other):
        assert refusal(device.call("GET", "devices")) == (401, 40101)
    intruder = handset(phone.party, device_id="sdk-9")
    assert refusal(intruder.call("PATCH", f"devices/{intruder.id}", {"trusted": True})) == (403, 40302)
    assert [line["signed_in"] for line in listed(intruder)] == [True, False]


def test_a_foreign_device_is_an_unknown_one() -> None:
    phone, _other = at_home()
    theirs, _their_other = at_home()
    for device_id in (theirs.id, str(uuid4()), "x", "0" * 36, "%00"):
        for method, body in (("PATCH", {"device_model_name": "Mine"}), ("PATCH", {"trusted": True}), ("DELETE", None)):
            assert refusal(phone.call(method, f"devices/{device_id}", body)) == (404, 40400)
    assert theirs.row.model_name == "iPhone 7"
    assert theirs.call("GET", "devices").status_code == 200


BAD: list[tuple[str, Any, str]] = [
    ("POST", {}, "device_id"),
    ("POST", {"device_id": ""}, "device_id"),
    ("POST", {"device_id": ["x"]}, "device_id"),
    ("POST", {"device_id": "a b"}, "device_id"),
    ("POST", {"device_id": "x", "device_model": "x" * 101}, "device_model"),
    ("POST", {"device_id": "x", "device_model_name": "a\u0000b"}, "device_model_name"),
    ("POST", {"device_id": "x", "push_token": "x" * 4097}, "push_token"),
    ("PATCH", {}, "device_model_name"),
    ("PATCH", {"device_model_name": ""}, "device_model_name"),
    ("PATCH", {"trusted": "yes"}, "trusted"),
    ("PATCH", {"trusted": []}, "trusted"),
]


def test_bad_input_names_its_field_and_what_is_no_object_is_malformed() -> None:
    portal = first_party()
    token = portal.token(SCOPE)
    device = Device.objects.create(account=portal.account, key="k")
    for method, body, field in BAD:
        path = portal.path("devices" if method == "POST" else f"devices/{device.pk}")
        answer = call(method, path, token, body)
        assert refusal(answer) == (400, 40001), body
        assert list(answer.json()["errors"]) == [field], body
    for torn in (b"", b"[]", b"{", b"null"):
        assert refusal(call("POST", portal.path("devices"), token, torn)) == (400, 40000)


def test_beyond_the_limit_the_oldest_is_signed_out() -> None:
    portal = first_party(max_devices=2)
    first, second = handset(portal), handset(portal, device_id="sdk-2")
    third = handset(portal, device_id="sdk-3")
    assert refusal(first.call("GET", "devices")) == (401, 40101)
    assert [one.call("GET", "devices").status_code for one in (second, third)] == [200, 200]
    assert TokenFamily.objects.get(device=first.id).end_reason == "displaced"


def test_another_sign_in_in_the_same_browser_takes_no_place() -> None:
    portal = first_party(max_devices=2)
    phone = handset(portal)
    browser, facts = draw_device_key(), DeviceFacts("Firefox", "Firefox, Linux", "203.0.113.7", "en")
    for _number in range(3):
        sign_in = uuid4()
        record_sign_in(portal.account, sign_in, key=browser, facts=facts)
        token = portal.token(SCOPE, sign_in_id=sign_in)
    assert phone.call("GET", "devices").status_code == 200
    assert call("GET", portal.path("devices"), token).status_code == 200


def test_the_limit_counts_one_person_at_one_client() -> None:
    portal = first_party(max_devices=1)
    mine = handset(portal)
    handset(Party(portal.client, portal.secret, person()))
    handset(first_party(account=portal.account))
    assert mine.call("GET", "devices").status_code == 200
