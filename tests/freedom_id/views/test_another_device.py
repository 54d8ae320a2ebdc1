"""Sign-in by another device: a picture, a phone that says yes by a number, and the browser that asked."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.accounts import block_account, sign_out_all_devices
from freedom_id.domain.device_sign_in import picture_token
from freedom_id.domain.devices import Asking, sign_out_device
from freedom_id.domain.purge import purge_expired
from freedom_id.models import AccountEvent, BrowserSignIn, Device, DeviceSignIn, Notice, Passkey
from tests.compliance.standard_door import ISSUER, claims_of, redeem, request_url
from tests.factories.people import person, phone_of
from tests.factories.proofs import shown_by, with_app
from tests.journeys.walk import FreedomWalk

WAITING = f"{ISSUER}/login/another-device"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(db, clock):
    return FreedomWalk(Client(headers={"User-Agent": FIREFOX}))


@pytest.fixture
def phone(account, clock):
    walk = FreedomWalk(Client())
    walk.sign_in("/me/", phone_of(account))
    return walk


def ask(desk, start="/login"):
    """Press "Use your phone"; returns the page that waits and what it waits for."""
    page = desk.press(desk.get(start), "/login/another-device")
    return page, DeviceSignIn.objects.latest("created_at")


def open_picture(phone, row, *, ago=0):
    return phone.get(f"/login/phone/{picture_token(row, ago=ago)}")


def an_hour_passes(phone, clock):
    """The phone is in use: half an hour without a request would end its session."""
    for _pause in range(3):
        clock.shift(1201)
        phone.get("/me/")


def approve(phone, row):
    return phone.post(open_picture(phone, row), "number", number=row.number)


def journal(action):
    return AccountEvent.objects.filter(action=f"account:device:{action}").count()


def test_the_phone_says_yes_and_the_browser_that_asked_is_signed_in(desk, phone, account):
    page, row = ask(desk)
    assert page.url == WAITING
    assert f'<p class="match">{row.number}</p>' in page.text
    assert desk.get("/login/another-device/picture.svg").text.startswith("<?xml")
    asked = open_picture(phone, row)
    for shown in ("Firefox, Windows", "127.0.0.0", "the same as here", f'value="{row.number}"'):
        assert shown in asked.text
    assert phone.post(asked, "number", number=row.number).url == f"{ISSUER}/me/devices/"
    landed = desk.get(page.url)

    assert landed.url == f"{ISSUER}/me/"
    assert "Hello, Dilnoza" in landed.text
    assert desk.get(WAITING).url == f"{ISSUER}/me/", "nothing waits any more"
    assert DeviceSignIn.objects.get().state == "spent"
    assert (journal("approved"), journal("new")) == (1, 1)
    assert [notice.kind for notice in Notice.objects.filter(account=account)] == ["device"]


@pytest.mark.requirement("RFC 8176 §2")
def test_it_says_no_more_than_was_proven(desk, phone, registered, clock):
    client, secret = registered
    clock.shift(600)
    page, row = ask(desk, request_url(client))
    assert "to sign in to Aral Market" in page.text
    assert "to go on to Aral Market" in open_picture(phone, row).text
    approve(phone, row)
    code = desk.consent(desk.get(page.url), grants=client.grants).returned["code"]
    claims = claims_of(redeem(client, secret, code).json()["id_token"])

    assert (claims["amr"], claims["acr"]) == (["mca"], "aal1")
    assert claims["auth_time"] == int(timezone.now().timestamp()) - 600, "when she proved to be herself"


def test_the_picture_alone_opens_nothing(desk, phone, account):
    _page, row = ask(desk)
    thief = FreedomWalk(Client())
    for walk in (thief, FreedomWalk(Client())):
        assert 'name="identifier"' in open_picture(walk, row).text
        assert walk.get(WAITING).url == f"{ISSUER}/login"
    ask(thief)
    approve(phone, row)

    assert thief.get(WAITING).url == WAITING
    assert desk.get(WAITING).url == f"{ISSUER}/me/"


def test_the_picture_changes_and_an_old_one_is_nothing(desk, phone, clock):
    _page, row = ask(desk)
    first, seen = picture_token(row), desk.get("/login/another-device/state").text
    clock.shift(30)
    assert picture_token(row) != first
    assert desk.get("/login/another-device/state").text != seen
    clock.shift(30)
    page = phone.get(f"/login/phone/{first}")

    assert page.url == f"{ISSUER}/me/devices/"
    assert "This picture is no longer valid." in page.text
    assert open_picture(phone, row, ago=1).status == 200


@pytest.mark.parametrize("token", ["x", "x" * 54, "€" * 22, "A" * 22 + "0" * 32, "%00", "-" * 400])
def test_an_odd_picture_is_no_longer_valid(phone, token):
    assert "This picture is no longer valid." in phone.get(f"/login/phone/{token}").text


def test_it_is_scanned_by_one_person(desk, phone, account):
    _page, row = ask(desk)
    token = picture_token(row)
    stranger = FreedomWalk(Client())
    stranger.sign_in("/me/", phone_of(person()))
    asked = open_picture(phone, row)

    assert stranger.get(f"/login/phone/{token}").url == f"{ISSUER}/me/devices/"
    assert stranger.get(asked.url).status == 410, "as one that there is not"
    assert phone.get(f"/login/phone/{token}").url == asked.url, "she may open it again"
    assert desk.get("/login/another-device/picture.svg").status == 404
    assert "Your phone has opened it" in desk.get(WAITING).text


def test_a_wrong_number_refuses_and_ends_it(desk, phone):
    page, row = ask(desk)
    asked = open_picture(phone, row)
    shown = [int(number) for number in re.findall(r'name="number" value="(\d+)"', asked.text)]
    assert len(set(shown)) == 3
    shown.remove(row.number)
    answer = phone.post(asked, "number", number=shown[0])

    assert "That was another number." in answer.text
    assert phone.post(asked, "number", number=row.number).status == 410
    assert "It was refused on the phone." in desk.get(page.url).text
    assert (journal("approved"), journal("refused")) == (0, 1)
    assert not Notice.objects.exists()


def test_it_was_not_me(desk, phone):
    page, row = ask(desk)
    answer = phone.post(open_picture(phone, row), "decision", decision="refuse")

    assert "Refused. Nobody was signed in." in answer.text
    assert "It was refused on the phone." in desk.get(page.url).text
    assert journal("refused") == 1
    notice = Notice.objects.get()
    assert (notice.kind, notice.masked, notice.channel) == ("refused", "Firefox, Windows", "email")


@pytest.mark.parametrize("said", [{}, {"number": "x"}, {"number": "9" * 40}, {"decision": "approve"}])
def test_an_odd_answer_decides_nothing(desk, phone, said):
    _page, row = ask(desk)
    answer = phone.fetch("POST", open_picture(phone, row).url, said)

    assert answer.status in (200, 422)
    assert DeviceSignIn.objects.get().state == "scanned"


def test_it_lives_three_minutes(desk, phone, clock):
    page, row = ask(desk)
    asked = open_picture(phone, row)
    clock.shift(180)

    assert phone.post(asked, "number", number=row.number).status == 410
    page = desk.get(page.url)
    assert "The three minutes are over." in page.text
    page, again = desk.press(page, "/login/another-device"), DeviceSignIn.objects.latest("created_at")
    assert again != row
    approve(phone, again)
    clock.shift(180)
    assert "The three minutes are over." in desk.get(page.url).text, "an approval ends too"


def test_an_hour_after_the_sign_in_the_phone_proves_itself_anew(desk, phone, account, clock):
    an_hour_passes(phone, clock)
    _page, row = ask(desk)
    asked = open_picture(phone, row)
    assert 'name="number"' not in asked.text
    assert "Confirm that it is you" in asked.text
    assert phone.fetch("POST", asked.url, {"number": row.number}).url.startswith(f"{ISSUER}/login")
    page = phone.sign_in(f"/me/security/confirm/?next={asked.url.removeprefix(ISSUER)}", phone_of(account))

    assert page.url == asked.url
    assert phone.post(page, "number", number=row.number).url == f"{ISSUER}/me/devices/"


def test_the_no_needs_no_proof(desk, phone, clock):
    an_hour_passes(phone, clock)
    _page, row = ask(desk)
    assert "Refused." in phone.post(open_picture(phone, row), "decision", decision="refuse").text


@pytest.mark.parametrize("factor", ["app", "passkey"])
def test_who_has_a_second_factor_showed_it_on_the_phone(desk, phone, account, factor):
    secret = with_app(account) if factor == "app" else ""
    if factor == "passkey":
        Passkey.objects.create(account=account, credential_id="x", public_key=b"")
    page, row = ask(desk)
    asked = open_picture(phone, row)
    assert 'name="number"' not in asked.text
    confirm = phone.get(re.search(r'href="(/me/security/confirm/[^"]+)"', asked.text)[1])
    if secret:
        asked = phone.post(confirm, "code", code=shown_by(secret))
    else:
        BrowserSignIn.objects.update(stepped_up_at=timezone.now())
        asked = phone.get(asked.url)
    phone.post(asked, "number", number=row.number)

    assert desk.get(page.url).url == f"{ISSUER}/me/"
    assert BrowserSignIn.objects.get(amr=["mca"]).stepped_up_at is None


@pytest.mark.parametrize("end", ["phone signed out", "signed out everywhere", "blocked"])
def test_what_ends_the_phones_sign_in_ends_its_approval(desk, phone, account, end):
    page, row = ask(desk)
    approve(phone, row)
    if end == "phone signed out":
        sign_out_device(account, Device.objects.get().pk, by=Asking("203.0.113.7"))
    elif end == "blocked":
        block_account(account)
    else:
        sign_out_all_devices(account, ip="203.0.113.7")

    assert desk.get(page.url).url == page.url
    assert 'name="identifier"' in desk.get("/me/").text
    assert BrowserSignIn.objects.count() == 1


def test_where_a_fresh_sign_in_is_asked_for_it_is_not_offered(desk, registered):
    for more in ({"prompt": "login"}, {"max_age": "60"}):
        page = desk.get(request_url(registered[0], **more))
        assert "Use your phone" not in page.text
        assert desk.fetch("POST", page.url.replace("/login?", "/login/another-device?")).url == page.url
    assert not DeviceSignIn.objects.exists()


def test_thirty_pictures_in_five_minutes_are_enough(desk, clock):
    for _picture in range(30):
        ask(desk)
    page = desk.press(desk.get("/login"), "/login/another-device")

    assert page.url == f"{ISSUER}/login"
    assert "Too many tries." in page.text
    assert DeviceSignIn.objects.count() == 30


def test_looking_begins_nothing(desk):
    assert desk.get(WAITING).url == f"{ISSUER}/login"
    assert desk.get("/login/another-device/state").text == desk.get("/login/another-device/state").text
    assert desk.get("/login/another-device/picture.svg").status == 404
    assert not DeviceSignIn.objects.exists()


def test_without_scripts_the_page_looks_by_itself_until_told_to_stop(desk):
    page, _row = ask(desk, "/login?next=/me/apps/")
    assert page.url == f"{WAITING}?next=%2Fme%2Fapps%2F"
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.text
    still = desk.get(f"{page.url}&still=1")
    assert "refresh" not in still.text
    assert "Look again" in still.text


def test_the_day_after_nothing_is_left(desk, clock):
    ask(desk)
    clock.shift(timedelta(days=1, minutes=4))
    purge_expired()
    assert not DeviceSignIn.objects.exists()
