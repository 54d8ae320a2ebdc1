"""The pages in Chromium: without JavaScript, by keyboard alone, on a small screen, judged by axe in light and dark."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from django.utils import timezone
from playwright.sync_api import Page, expect

from freedom_id.domain.two_step import Asked, ask_second_factor
from freedom_id.enums import TwoStepMethod
from freedom_id.models import Account, Authorization, Device, PartnerClient
from tests.chromium import LANGUAGES, faults, sign_in, tab_to, watched
from tests.factories.people import PASSWORD, partner, person, phone_of
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]

GRANTS = ["read.firstname", "read.phone", "read.email"]


class PartnerPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(
            b"<!doctype html><html lang=en><title>Partner</title><link rel=icon href=data:,><h1>Welcome</h1>"
        )

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def callback() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), PartnerPage) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()
        thread.join()


@pytest.fixture
def asked(portal: Portal, callback: str) -> tuple[PartnerClient, str, Account]:
    """A partner, its secret, and a person."""
    client, secret = partner(redirect_uris=[callback])
    return client, secret, person()


def link(portal: Portal, callback: str, asked: tuple[PartnerClient, str, Account], grants: list[str] = GRANTS) -> str:
    with requests.Session() as backend:
        walk = FreedomWalk(backend, portal.url)
        return walk.link(asked[0].client_id, asked[1], grants=grants, redirect_uri=callback)


@pytest.mark.rule(56)
@pytest.mark.parametrize("width", [360, 1280])
def test_without_javascript_from_link_to_the_partner(portal, callback, asked, chromium, width):
    options = {"java_script_enabled": False, "viewport": {"width": width, "height": 740}}
    with watched(chromium, portal.url, callback, **options) as browser:
        page = browser.page
        page.goto(link(portal, callback, asked))
        sign_in(page, asked[2])
        page.get_by_role("checkbox", name="Phone number").check()
        page.get_by_role("button", name="Share with Aral Market").click()
        page.wait_for_url(f"{callback}?*authorization_code=*")

        expect(page).to_have_title("Partner")
    assert set(Authorization.objects.get().grants) == {"read.firstname", "read.phone"}


@pytest.mark.rule(48)
@pytest.mark.parametrize("scripted", [True, False])
def test_an_error_is_said_beside_its_field_and_in_the_title(portal, chromium, scripted):
    with watched(chromium, portal.url, java_script_enabled=scripted) as browser:
        page = browser.page
        page.goto(f"{portal.url}/login")
        page.get_by_label("Phone or e-mail").fill("no number")
        page.get_by_role("button", name="Continue").click()

        field = page.get_by_label("Phone or e-mail")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_value("no number")
        expect(field).to_be_focused()
        expect(page.locator(f"[id='{field.get_attribute('aria-describedby')}']")).to_contain_text("phone")
        expect(page).to_have_title(re.compile("^Error: "))


@pytest.mark.rule(44)
def test_by_keyboard_alone(portal, callback, asked, chromium):
    with watched(chromium, portal.url, callback, viewport={"width": 800, "height": 900}) as browser:
        page = browser.page
        page.goto(link(portal, callback, asked))
        expect(page.get_by_label("Phone or e-mail")).to_be_focused()
        page.keyboard.type(phone_of(asked[2]))
        page.keyboard.press("Enter")
        page.wait_for_url("**/login/password**")
        expect(page.get_by_label("Password", exact=True)).to_be_focused()  # a moment after the page is there
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/consent**")
        tab_to(page, "read.email")
        page.keyboard.press("Space")
        tab_to(page, "Share with Aral Market")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{callback}**")
        live = Authorization.objects.get()
        page.goto(f"{portal.url}/me/")
        tab_to(page, "Aral Market")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/me/apps/{live.pk}/")
        tab_to(page, "Stop sharing everything")
        page.keyboard.press("Enter")
        page.wait_for_url("**/withdraw/")
        tab_to(page, "Stop sharing")
        page.keyboard.press("Enter")
        page.wait_for_url("**/me/apps/")
    assert set(live.grants) == {"read.firstname", "read.email"}
    assert not Authorization.objects.filter(ended_at=None).exists()


def waits_for_approval(account: Account) -> None:
    client = PartnerClient.objects.get()
    asked = Asked(account, client, client, None, None, "SM-S921", "Galaxy S24", "Pay 500 TJS", "203.0.113.9", "en")
    ask_second_factor(asked, TwoStepMethod.NOTIFICATION)


def every_page(page: Page, portal: Portal, login: str, account: Account) -> Iterator[None]:
    """Walk through every page, pausing on each."""
    page.goto(login)
    yield
    page.get_by_label("Phone or e-mail").fill(phone_of(account))
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("This password does not match").wait_for()
    yield
    page.get_by_role("button", name="Send me a code instead").click()
    page.wait_for_url("**/login/code?*")
    yield
    page.goto(page.url.replace("/login/code", "/login/password"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/consent?*")
    yield
    page.get_by_role("button", name="Share with Aral Market").click()
    page.wait_for_url("**/callback?*")
    page.goto(login)  # used
    yield
    page.goto(f"{portal.url}/me/devices/")  # this browser may trust itself
    yield
    Device.objects.update(trusted_at=timezone.now())
    waits_for_approval(account)
    own = ("/me/", "/me/apps/", f"/me/apps/{Authorization.objects.get().pk}/")
    for path in ("/me/devices/", "/me/devices/sign-out/", "/me/approvals/", *own):
        page.goto(portal.url + path)
        yield
    page.get_by_role("link", name="Stop sharing everything").click()
    page.wait_for_url("**/withdraw/")
    yield


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_and_nothing_overflows_at_320(portal, callback, asked, chromium, scheme):
    options = {"color_scheme": scheme, "viewport": {"width": 320, "height": 640}}
    found: list[str] = []
    with watched(chromium, portal.url, callback, **options) as browser:
        for _pause in every_page(browser.page, portal, link(portal, callback, asked), asked[2]):
            assert browser.page.title().endswith(" – Freedom ID")
            found += faults(browser.page)
    assert found == []


def test_the_pages_speak_five_languages(portal, callback, asked, chromium):
    with watched(chromium, portal.url, java_script_enabled=False, viewport={"width": 320, "height": 640}) as browser:
        page = browser.page
        page.goto(f"{portal.url}/login")
        for language in LANGUAGES:
            page.locator("details.languages summary").click()
            page.locator(f"button[name=language][value={language}]").click()

            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page).to_have_url(f"{portal.url}/login")


def test_both_answers_weigh_the_same(portal, callback, asked, chromium):
    with watched(chromium, portal.url, viewport={"width": 360, "height": 740}) as browser:
        browser.page.goto(link(portal, callback, asked))
        sign_in(browser.page, asked[2])
        browser.page.wait_for_url("**/consent?*")
        buttons = browser.page.locator("button[name=decision]")
        boxes = [buttons.nth(index).bounding_box() for index in (0, 1)]
        looks = [
            buttons.nth(index).evaluate("b => [getComputedStyle(b).color, getComputedStyle(b).backgroundColor].join()")
            for index in (0, 1)
        ]
    areas = [box["width"] * box["height"] for box in boxes if box]
    assert 0.9 <= areas[0] / areas[1] <= 1.1
    assert looks[0] == looks[1]


@pytest.mark.rule(60)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_receipt_on_paper_and_its_check(portal, callback, asked, chromium, tmp_path, scheme):
    options = {"color_scheme": scheme, "viewport": {"width": 390, "height": 844}}
    with watched(chromium, portal.url, callback, **options) as browser:
        page = browser.page
        page.goto(link(portal, callback, asked))
        sign_in(page, asked[2])
        page.get_by_role("button", name="Share with Aral Market").click()
        page.wait_for_url("**/callback?*")
        page.goto(f"{portal.url}/me/apps/{Authorization.objects.get().pk}/")
        page.get_by_role("link", name="Receipt").first.click()
        page.wait_for_url("**/me/receipts/*/")
        on_screen = faults(page)
        page.emulate_media(media="print", color_scheme=scheme)
        assert on_screen + faults(page) == []
        assert page.get_by_role("link").all_inner_texts() == []
        expect(page.get_by_text("Fingerprint of the key:")).to_be_visible()
        page.emulate_media(media="screen", color_scheme=scheme)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the signed file").click()
        download.value.save_as(tmp_path / "receipt.json")
        page.get_by_role("link", name="Check a receipt").click()
        page.locator("#receipt-file").set_input_files(tmp_path / "receipt.json")
        page.locator("#keys-text").fill(requests.get(f"{portal.url}/.well-known/jwks.json", timeout=5).text)
        page.get_by_role("button", name="Check").click()
        page.get_by_text(f"Signed by {portal.url} on ").wait_for()
        assert faults(page) == []
