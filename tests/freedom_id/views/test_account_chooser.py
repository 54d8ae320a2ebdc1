"""The sign-in page offers who signed in on this browser: masked, and never without a proof."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from freedom_id.domain.accounts import register_account, sign_out_all_devices
from freedom_id.domain.devices import Asking, sign_out_device
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.models import Device
from tests.compliance.standard_door import ISSUER, authorize
from tests.factories.people import PASSWORD, partner, person, phone_of
from tests.journeys.walk import FreedomWalk

OFFERED = "Accounts on this browser"


@pytest.fixture
def gone(home):
    """The browser after its person signed out."""
    home.fetch("POST", "/logout")
    return home


def chosen(walk, device, url="/login"):
    page = walk.get(url)
    return walk.fetch("POST", re.search(r'action="(/login/choose[^"]*)"', page.text)[1].replace("&amp;", "&"), {
        "csrfmiddlewaretoken": page.form("device").fields.get("csrfmiddlewaretoken", ""), "device": device,
    })  # fmt: skip


def test_a_fresh_browser_offers_nobody(walk, account):
    assert OFFERED not in walk.get("/login").text


def test_it_offers_who_signed_in_masked(gone, account):
    page = gone.get("/login")

    assert OFFERED in page.text
    assert f'D••• K•••</span><span class="quiet">{parse_identifier(phone_of(account)).masked}' in page.text
    for clear in ("Dilnoza", "Karimova", phone_of(account), str(account.pk), str(account.freedom_id)):
        assert clear not in page.text


def test_choosing_spares_the_typing_and_no_proof(gone, account):
    page = chosen(gone, Device.objects.get().pk)

    assert page.url == f"{ISSUER}/login/password"
    assert gone.get("/me/").url.startswith(f"{ISSUER}/login")
    assert gone.post(page, "password", password=PASSWORD).url == f"{ISSUER}/me/"


def test_who_is_signed_in_goes_on_at_once(home, account):
    assert chosen(home, Device.objects.get().pk, "/login?switch=1").url == f"{ISSUER}/me/"


def test_not_you_leads_back_also_while_somebody_is_signed_in(home, account):
    other = person()
    page = home.post(home.get("/login?switch=1"), "identifier", identifier=phone_of(other))

    back = home.get(re.search(r'href="(/login\?[^"]*)"[^>]*>Not you\?', page.text)[1])

    assert OFFERED in back.text


def test_select_account_shows_them_and_the_session_goes_on_with_one(home, account):
    client, _secret = partner()
    page = authorize(home, client, prompt="select_account")
    assert OFFERED in page.text

    assert "Aral Market wants to see your data" in chosen(home, Device.objects.get().pk, page.url).text


def test_a_session_that_is_too_old_for_the_partner_is_proven_anew(home, account):
    client, _secret = partner()
    page = authorize(home, client, prompt="login")

    assert chosen(home, Device.objects.get().pk, page.url).url.startswith(f"{ISSUER}/login/password")


def test_forgotten_it_is_not_offered_until_the_next_sign_in(gone, account):
    page = gone.press(gone.get("/login"), "/login/forget")
    page = gone.fetch("POST", "/login/forget", {"device": str(Device.objects.get().pk)})
    assert OFFERED not in page.text
    assert "This browser no longer offers that account." in page.text

    gone.sign_in("/login", phone_of(account))
    assert OFFERED in gone.get("/login?switch=1").text


@pytest.mark.parametrize("how", ["everywhere", "from elsewhere", "blocked"])
def test_whom_this_browser_may_not_show_is_not_offered(gone, account, how):
    if how == "everywhere":
        sign_out_all_devices(account, ip="203.0.113.9")
    elif how == "from elsewhere":
        sign_out_device(account, Device.objects.get().pk, by=Asking("203.0.113.9"))
    else:
        type(account).objects.update(status="blocked")

    assert OFFERED not in gone.get("/login").text


def test_a_device_of_another_browser_is_one_that_there_is_not(gone, account):
    elsewhere = FreedomWalk(Client())
    elsewhere.sign_in("/me/", phone_of(person()))
    foreign = Device.objects.latest("first_seen").pk
    for device in (foreign, uuid4(), "x", ""):
        assert chosen(gone, device).url == f"{ISSUER}/login?switch=1"
        gone.fetch("POST", "/login/forget", {"device": str(device)})
    assert Device.objects.get(pk=foreign).browser


def test_a_cookie_that_we_did_not_sign_offers_nobody(gone, account):
    forger = Client()
    name = next(name for name in gone.browser.cookies if name.startswith("device"))
    forger.cookies[name] = gone.browser.cookies[name].value[:-1] + "_"

    assert OFFERED not in forger.get("/login").content.decode()


def test_the_last_first_and_five_at_most(walk, db):
    numbers = [f"+99893111000{digit}" for digit in range(6)]
    for number in numbers:
        register_account(parse_identifier(number), password=PASSWORD)
        walk.sign_in("/login?switch=1", number)

    offered = re.findall(r'<span class="quiet">(\+998 [^<]+)</span>', walk.get("/login?switch=1").text)

    assert offered == [parse_identifier(number).masked for number in reversed(numbers[1:])]


def test_it_costs_two_statements_and_none_without_the_cookie(gone, account, django_assert_num_queries):
    fresh = Client()
    with django_assert_num_queries(0):
        fresh.get("/login")
    gone.browser.get("/login")
    with django_assert_num_queries(2):
        gone.browser.get("/login")
