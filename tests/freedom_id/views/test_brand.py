"""The portal under another brand: its name, colours and mark, and the operator's own policies."""

import json
import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from freedom_id.domain.authenticators import unproven_totp
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.models import BrowserSignIn, OneTimeCode
from identity_portal.demo.models import InboxMessage
from identity_portal.staff.roles import ADMINISTRATOR
from tests.factories.people import email_of, person
from tests.factories.staff import browser_of
from tests.identity_portal.staff.stage import member
from tests.journeys.walk import FreedomWalk

IP = "203.0.113.7"
GREEN = re.compile("#0b6b55|#55c7a5")


@pytest.fixture
def steppe(settings, tmp_path):
    """A brand with two files of its own."""
    (tmp_path / "steppe").mkdir()
    (tmp_path / "steppe/colours.css").write_text("html:root { --accent: #1d4ed8; }")
    (tmp_path / "steppe/mark.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, tmp_path]
    brand = {"NAME": "Steppe & Co", "STYLE_SHEET": "steppe/colours.css", "MARK": "steppe/mark.svg"}
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "BRAND": brand}


def title(page):
    return re.search(r"<title>(.+?)</title>", page)[1]


def sheets(page):
    return re.findall(r'rel="stylesheet" href="/static/([^"]+)"', page)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "own"),
    [("/login", "Sign in"), ("/partners/button/", "The sign-in button"), ("/nowhere", "Page not found")],
)
def test_a_page_has_the_brands_name_mark_and_colours(steppe, path, own):
    page = Client().get(path).content.decode()

    assert title(page) == f"{own} – Steppe &amp; Co"
    wordmark = re.search(r'<p class="wordmark">(.*?)</p>', page, re.DOTALL)[1]
    assert re.sub(r"\s*\n\s*", "", wordmark) == '<img class="mark" src="/static/steppe/mark.svg" alt="">Steppe &amp; Co'
    assert '<link rel="icon" href="/static/steppe/mark.svg" type="image/svg+xml">' in page
    assert sheets(page)[:2] == ["freedom_id/freedom_id.css", "steppe/colours.css"]


@pytest.mark.django_db
def test_without_a_brand_the_pages_are_freedom_ids():
    page = Client().get("/login").content.decode()

    assert title(page) == "Sign in – Freedom ID"
    assert '<use href="#mark">' in page
    assert sheets(page) == ["freedom_id/freedom_id.css"]


def test_the_page_of_a_fault_has_the_brand_too(steppe):
    page = render_to_string("500.html")

    assert title(page).endswith(" – Steppe &amp; Co")
    assert sheets(page) == ["freedom_id/freedom_id.css", "steppe/colours.css"]


@pytest.mark.django_db
def test_the_admin_has_the_brands_mark_and_its_colours_last(steppe):
    page = browser_of(member(ADMINISTRATOR)).get("/admin/").content.decode()

    assert sheets(page)[-1] == "steppe/colours.css"
    assert page.count("/static/steppe/mark.svg") == 2
    assert "freedom_id/mark.svg" not in page


@pytest.mark.django_db
def test_a_mail_comes_from_the_brand_without_our_green(steppe):
    account = person()
    walk = FreedomWalk(Client())
    walk.post(walk.get("/login"), "identifier", identifier=email_of(account))
    walk.fetch("POST", "/login/code/send")
    deliver_code(str(OneTimeCode.objects.get().pk))

    mail = InboxMessage.objects.get().html

    assert '<p class="from">Steppe &amp; Co</p>' in mail
    assert not GREEN.search(mail)


@pytest.mark.django_db
def test_devices_keep_passkeys_and_codes_under_the_brands_name(steppe):
    account = person()
    browser = browser_of(account)
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())

    options = json.loads(browser.post("/me/security/passkey/options/").content)
    browser.post("/me/security/app/")

    assert options["rp"] == {"name": "Steppe & Co", "id": "localhost"}
    _number, address = unproven_totp(PersonsAct(account, None, None, IP, BrowserSignIn.objects.get()))
    assert address.startswith("otpauth://totp/Steppe%20%26%20Co:")
    assert "issuer=Steppe%20%26%20Co&" in address


def test_the_operators_policies_stand_in_the_foot_where_they_are_named(client, db, settings):
    assert "Privacy policy" not in client.get("/login").content.decode()
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "POLICY_URL": "https://steppe.example/privacy?a=1&b=2"}

    page = client.get("/login").content.decode()

    assert '<a class="reach" href="https://steppe.example/privacy?a=1&amp;b=2">Privacy policy</a>' in page
    assert "Terms of use" not in page
