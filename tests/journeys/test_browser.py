"""The pages in Chromium: without JavaScript, by keyboard alone, on a small screen, judged by axe in light and dark."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from freedom_id.domain.two_step import Asked, ask_second_factor
from freedom_id.enums import TwoStepMethod
from freedom_id.models import Account, Authorization, Device, PartnerClient
from tests.factories.people import PASSWORD, partner, person, phone_of
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GRANTS = ["read.firstname", "read.phone", "read.email"]
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
LANGUAGES = ["en", "ru", "uz", "kk", "th"]


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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps a loop running in this thread, and Django takes every query under a loop for a mistake.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()
        connections.close_all()  # under a loop Django keeps connections of its own, which no test's end closes


class Watched:
    """A browser context that remembers what left the two origins and what the console complained about."""

    def __init__(self, context: BrowserContext, *origins: str) -> None:
        self.page = context.new_page()
        self.origins = {urlsplit(origin)[:2] for origin in origins}
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", self.saw_request)
        self.page.on("console", self.saw_message)

    def saw_request(self, request: Request) -> None:
        if urlsplit(request.url)[:2] not in self.origins and not request.url.startswith("data:"):
            self.foreign.append(request.url)

    def saw_message(self, message: ConsoleMessage) -> None:
        """What the page says, not what axe does inside it: a script that is evaluated has no address."""
        if message.type == "error" and "status of 4" not in message.text and message.location["url"]:
            self.complaints.append(message.text)


@contextmanager
def watched(chromium: Browser, *origins: str, **options: Any) -> Iterator[Watched]:
    """A context whose pages must have stayed on `origins` and must not have complained."""
    context = chromium.new_context(**options)
    try:
        watching = Watched(context, *origins)
        yield watching
        assert (watching.foreign, watching.complaints) == ([], [])
    finally:
        context.close()


@pytest.fixture
def asked(portal: Portal, callback: str) -> tuple[PartnerClient, str, Account]:
    """A partner, its secret, and a person."""
    client, secret = partner(redirect_uris=[callback])
    return client, secret, person()


def link(portal: Portal, callback: str, asked: tuple[PartnerClient, str, Account], grants: list[str] = GRANTS) -> str:
    with requests.Session() as backend:
        walk = FreedomWalk(backend, portal.url)
        return walk.link(asked[0].client_id, asked[1], grants=grants, redirect_uri=callback)


def sign_in(page: Page, account: Account) -> None:
    page.get_by_label("Phone or e-mail").fill(phone_of(account))
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


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

        assert page.title() == "Partner"
    assert set(Authorization.objects.get().grants) == {"read.firstname", "read.phone"}


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the control of this name."""
    for _press in range(40):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if name in (focused.inner_text() or focused.get_attribute("value") or ""):
            return
    raise AssertionError(f"Tab never reached {name}")


def test_by_keyboard_alone(portal, callback, asked, chromium):
    with watched(chromium, portal.url, callback, viewport={"width": 800, "height": 900}) as browser:
        page = browser.page
        page.goto(link(portal, callback, asked))
        page.keyboard.type(phone_of(asked[2]))  # the field has the focus
        page.keyboard.press("Enter")
        page.wait_for_url("**/login/password**")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/consent**")
        tab_to(page, "read.email")
        page.keyboard.press("Space")
        tab_to(page, "Share with Aral Market")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{callback}**")
    assert set(Authorization.objects.get().grants) == {"read.firstname", "read.email"}


def faults(page: Page) -> list[str]:
    """What axe finds, and an overflow to the side."""
    response = Axe().run(page, options=WCAG).response
    assert response["passes"], "axe has looked"
    found = [
        f"{urlsplit(page.url).path} {rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in response["violations"]
    ]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{urlsplit(page.url).path} is {wider}px too wide"] if wider > 0 else found


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

            assert page.locator("html").get_attribute("lang") == language
            assert page.url == f"{portal.url}/login"


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
        assert page.get_by_text("Fingerprint of the key:").is_visible()
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
