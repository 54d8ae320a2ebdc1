"""From a partner's link back to the partner without an account, in Chromium; and what the sign-in page weighs."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from freedom_id.domain.accounts import account_for
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.models import Authorization, PartnerClient
from tests.chromium import faults, sign_in, tab_to, watched
from tests.compliance.standard_door import request_url
from tests.factories.people import phone_of
from tests.journeys.test_browser import asked, callback, link
from tests.journeys.test_freedom_id import read_code
from tests.servers.portal import Portal

__all__ = ["asked", "callback"]
pytestmark = [pytest.mark.browser, pytest.mark.postgresql]
NUMBER, MAILBOX = "+998907654321", "guli@mail.example"
SECONDS, REQUESTS, BYTES = 60, 12, 60_000


@pytest.fixture
def working(portal: Portal) -> Portal:
    """A portal whose worker sends codes."""
    portal.start_worker()
    return portal


def ask_for_code(page: Page, identifier: str) -> None:
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Phone or e-mail").fill(identifier)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()


def enter_code(page: Page, portal: Portal, identifier: str) -> None:
    page.get_by_label("Code", exact=True).fill(read_code(portal, identifier))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("First name")).to_be_visible()


@pytest.mark.parametrize(("with_script", "width", "identifier"), [(True, 390, NUMBER), (False, 360, MAILBOX)])
def test_without_an_account_back_to_the_partner_in_a_minute(
    working, callback, asked, chromium, with_script, width, identifier
):
    options = {"java_script_enabled": with_script, "viewport": {"width": width, "height": 740}}
    with watched(chromium, working.url, callback, **options) as browser:
        page = browser.page
        began = time.monotonic()
        page.goto(link(working, callback, asked))
        ask_for_code(page, identifier)
        enter_code(page, working, identifier)
        page.get_by_label("First name").fill("Guli")
        page.get_by_role("button", name="Create account").click()
        page.get_by_role("button", name="Share with Aral Market").click()
        page.wait_for_url(f"{callback}?*authorization_code=*")
        took = time.monotonic() - began
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert took < SECONDS
    account = account_for(parse_identifier(identifier))
    assert set(Authorization.objects.get(account=account).grants) == {"read.firstname"}


def test_by_keyboard_alone(working, callback, asked, chromium):
    with watched(chromium, working.url, callback, viewport={"width": 800, "height": 900}) as browser:
        page = browser.page
        page.goto(link(working, callback, asked))
        tab_to(page, "Create account")
        page.keyboard.press("Enter")
        page.wait_for_url("**/login/new?*")
        for typed, then in ((NUMBER, "**/login/code?*"), ("", "**/login/new/name?*"), ("Guli", "**/consent?*")):
            expect(page.locator("input:focus")).to_be_visible()
            page.keyboard.type(typed or read_code(working, NUMBER))
            page.keyboard.press("Enter")
            page.wait_for_url(then)
        tab_to(page, "Share with Aral Market")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{callback}**")


def new_pages(page: Page, portal: Portal, callback: str, client: PartnerClient) -> Iterator[None]:
    """Walk through every page and state that registration has, pausing on each."""
    page.goto(portal.url + request_url(client, redirect_uri=callback, prompt="create"))
    yield
    page.get_by_label("Phone or e-mail").fill("nobody")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_text("Enter a phone number with its country code")).to_be_visible()
    yield
    page.get_by_role("link", name="Sign in").click()
    ask_for_code(page, NUMBER)
    yield
    enter_code(page, portal, NUMBER)
    yield
    page.get_by_label("First name").fill("Guli")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("not given yet").first).to_be_visible()
    yield
    page.goto(f"{portal.url}/me/security/password/")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("too short")).to_be_visible()
    yield
    page.goto(f"{portal.url}/login?switch=1")
    expect(page.get_by_text("G•••")).to_be_visible()
    yield
    page.get_by_text("Use another account").click()
    yield


def test_axe_finds_nothing_on_any_new_page_and_nothing_overflows_at_320(working, callback, asked, chromium):
    found: list[str] = []
    with watched(chromium, working.url, callback, viewport={"width": 320, "height": 640}) as browser:
        for _pause in new_pages(browser.page, working, callback, asked[0]):
            for scheme in ("light", "dark"):
                browser.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found += [f"{scheme} {fault}" for fault in faults(browser.page)]
    assert found == []


def test_the_chooser_by_keyboard_without_javascript(portal, asked, chromium):
    options = {"java_script_enabled": False, "viewport": {"width": 360, "height": 740}}
    with watched(chromium, portal.url, **options) as browser:
        page = browser.page
        page.goto(f"{portal.url}/me/")
        sign_in(page, asked[2])
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/login")
        tab_to(page, parse_identifier(phone_of(asked[2])).masked)
        page.keyboard.press("Enter")
        page.wait_for_url("**/login/password")
        page.get_by_role("link", name="Not you? Use another account").click()
        page.get_by_text("Use another account").click()
        expect(page.get_by_label("Phone or e-mail")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Forget here")).click()
        expect(page.get_by_text("This browser no longer offers that account.")).to_be_visible()
        expect(page.get_by_text("D•••")).to_have_count(0)


WATCH_FOR_SHIFTS = """
    window.shifted = 0;
    const add = list => list.getEntries().forEach(entry => { shifted += entry.value; });
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
"""


def load_cold(page: Page, url: str) -> tuple[list[int], float]:
    """Load without a cache: the bytes of each answer as they went over the wire, and how much jumped."""
    sizes: list[int] = []
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.goto(url, wait_until="networkidle")
    shifted = page.evaluate("shifted")
    wire.detach()
    return sizes, shifted


def test_the_sign_in_page_is_light_and_does_not_jump(portal, callback, asked, chromium):
    """In a browser that knows nobody and in one that offers an account."""
    with watched(chromium, portal.url, callback, viewport={"width": 390, "height": 844}) as browser:
        page = browser.page
        page.add_init_script(WATCH_FOR_SHIFTS)
        for turn in range(2):
            sizes, shifted = load_cold(page, link(portal, callback, asked))
            assert 3 <= len(sizes) <= REQUESTS
            assert sum(sizes) <= BYTES
            assert shifted == 0
            if turn == 0:
                sign_in(page, asked[2])
                expect(page.get_by_role("button", name="Share with Aral Market")).to_be_visible()
                page.goto(f"{portal.url}/me/")
                page.get_by_role("button", name="Sign out").click()
                expect(page.get_by_text("You are signed out.")).to_be_visible()
