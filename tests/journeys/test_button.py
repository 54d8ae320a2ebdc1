"""The Freedom ID button on a partner's page in Chromium: another origin, a strict policy, with and without script."""

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.chromium import LANGUAGES, faults, sign_in, watched
from tests.factories.people import partner, person
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql, pytest.mark.django_db]

STYLES = ["filled", "dark", "outline"]
SIZES = ["small", "medium", "large"]
WELCOME = "<h1>Welcome, customer</h1>"


class Shop(ThreadingHTTPServer):
    """A partner's site on an origin of its own. `pages` maps its paths to what stands in the body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ShopPage)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.pages: dict[str, str] = {}
        self.policy = ""
        self.login = ""
        self.started: list[str] = []
        self.returned: list[str] = []


class ShopPage(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/start":
            self.server.started.append(parts.query)
            self.send_response(302)
            self.send_header("Location", self.server.login)
            self.end_headers()
            return
        if parts.path == "/callback":
            self.server.returned.append(parts.query)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        head = '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Shop</title>'
        self.wfile.write(f"{head}<main>{self.server.pages.get(parts.path, '')}</main>".encode())

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def shop(standing: Portal) -> Iterator[Shop]:
    """A shop whose policy lets in nothing but Freedom ID's style sheet and script."""
    with open_shop(standing) as server:
        yield server


@contextmanager
def open_shop(portal: Portal) -> Iterator[Shop]:
    with Shop() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        server.policy = f"default-src 'none'; script-src {portal.url}; style-src {portal.url}; base-uri 'none'"
        yield server
        server.shutdown()
        thread.join()


def codes(portal: Portal, **said: str) -> list[str]:
    """The codes that the page for partners shows for these choices."""
    text = requests.get(f"{portal.url}/partners/button/", said, timeout=10).text
    return [html.unescape(code) for code in re.findall(r"<code[^>]*>(.*?)</code></pre>", text, re.DOTALL)]


def fit_out(shop: Shop, portal: Portal) -> None:
    """The button in pop-up mode, as copied from the page for partners."""
    shop.pages["/"], shop.pages["/callback"] = codes(portal, mode="popup")
    shop.pages["/welcome"] = WELCOME


@pytest.fixture
def popup_shop(standing: Portal, shop: Shop) -> Shop:
    fit_out(shop, standing)
    shop.login = f"{standing.url}/login"
    return shop


@pytest.fixture
def registered_shop(portal: Portal) -> Iterator[Shop]:
    """A shop that is a partner, with somebody's way to sign in."""
    with open_shop(portal) as shop, requests.Session() as backend:
        back = f"{shop.origin}/callback"
        client, secret = partner(redirect_uris=[back])
        walk = FreedomWalk(backend, portal.url)
        shop.login = walk.link(client.client_id, secret, grants=["read.firstname"], redirect_uri=back)
        fit_out(shop, portal)
        yield shop


@contextmanager
def visiting(chromium: Browser, portal: Portal, shop: Shop, **options: Any) -> Iterator[Page]:
    """The shop's first page, in a browser that notes every breach of a policy."""
    with watched(chromium, portal.url, shop.origin, **options) as browser:
        browser.page.goto(f"{shop.origin}/")
        yield browser.page


def the_button(page: Page) -> Any:
    return page.get_by_role("link", name="Sign in with Freedom ID")


def test_a_pop_up_signs_in_and_tells_the_page_under_a_strict_policy(portal, registered_shop, chromium):
    account = person()
    with visiting(chromium, portal, registered_shop) as page:
        complaints: list[str] = []
        with page.expect_popup() as opened:
            the_button(page).click()
        popup = opened.value
        popup.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        sign_in(popup, account)
        with popup.expect_event("close"):
            popup.get_by_role("button", name="Share with Aral Market").click()
        page.wait_for_url("**/welcome")

        expect(page.get_by_role("heading", name="Welcome, customer")).to_be_visible()
        assert complaints == []
    assert registered_shop.started == ["display=popup"]
    assert "authorization_code=" in registered_shop.returned[0]


def test_the_event_and_the_promise_say_how_it_ended(standing, popup_shop, chromium):
    popup_shop.login = f"{popup_shop.origin}/callback"
    with visiting(chromium, standing, popup_shop) as page:
        page.evaluate("""() => addEventListener("freedom-id-result", event => {
            event.preventDefault();
            window.heard = { ...event.detail, from: event.target.className };
        })""")
        with page.expect_popup():
            the_button(page).click()
        page.wait_for_function("window.heard")
        heard = page.evaluate("window.heard")
        stayed = page.url
        with page.expect_popup():
            told = page.evaluate("FreedomId.open(document.querySelector('a.freedom-id-button'))")

    assert heard == {"status": "signed-in", "next": f"{popup_shop.origin}/welcome", "from": "freedom-id-button"}
    assert told == {"status": "signed-in", "next": f"{popup_shop.origin}/welcome"}
    assert stayed == f"{popup_shop.origin}/"


def test_a_blocked_pop_up_becomes_the_link(standing, popup_shop, chromium):
    with visiting(chromium, standing, popup_shop) as page:
        page.evaluate("window.open = () => null")  # as a browser that blocks pop-ups answers
        the_button(page).click()
        page.wait_for_url(f"{standing.url}/login**")

    assert popup_shop.started == [""]


def test_a_press_that_asks_for_a_tab_gets_one(standing, popup_shop, chromium):
    with visiting(chromium, standing, popup_shop) as page:
        with page.context.expect_page() as opened:
            the_button(page).click(modifiers=["Control"])
        opened.value.wait_for_url(f"{standing.url}/login**")

    assert popup_shop.started == [""]


def test_a_pop_up_whose_page_is_gone_goes_on_by_itself(standing, popup_shop, chromium):
    with visiting(chromium, standing, popup_shop) as page:
        page.goto(f"{popup_shop.origin}/callback")
        page.wait_for_url("**/welcome")


def test_a_way_on_to_another_origin_is_not_taken(standing, popup_shop, chromium):
    popup_shop.pages["/callback"] = popup_shop.pages["/callback"].replace('"/welcome"', '"https://evil.example/"')
    with visiting(chromium, standing, popup_shop) as page:
        page.goto(f"{popup_shop.origin}/callback")
        page.wait_for_timeout(800)

        expect(page).to_have_url(f"{popup_shop.origin}/callback")


def test_a_message_that_leads_to_another_origin_is_not_heard(standing, popup_shop, chromium):
    popup_shop.login = f"{popup_shop.origin}/welcome"
    with visiting(chromium, standing, popup_shop) as page:
        with page.expect_popup():
            the_button(page).click()
        page.evaluate("""new BroadcastChannel("freedom-id").postMessage(
            { kind: "result", status: "signed-in", next: "javascript:document.title='evil'" })""")
        page.wait_for_timeout(300)

        assert (page.url, page.title()) == (f"{popup_shop.origin}/", "Shop")


def test_by_keyboard_with_a_ring_that_is_seen(standing, popup_shop, chromium):
    with visiting(chromium, standing, popup_shop) as page:
        page.keyboard.press("Tab")
        ring = page.evaluate("""() => { const style = getComputedStyle(document.activeElement);
            return [document.activeElement.className, style.outlineStyle, style.outlineWidth] }""")
        with page.expect_popup() as opened:
            page.keyboard.press("Enter")
        opened.value.wait_for_url(f"{standing.url}/login**")

    assert ring == ["freedom-id-button", "solid", "3px"]


def test_without_javascript_it_is_a_link_that_looks_the_same(standing, popup_shop, chromium):
    with visiting(chromium, standing, popup_shop, java_script_enabled=False) as page:
        box = the_button(page).bounding_box()
        the_button(page).click()
        page.wait_for_url(f"{standing.url}/login**")

    assert box
    assert box["height"] == 48
    assert popup_shop.started == [""]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_says_the_language_of_the_page(standing, shop, chromium, language):
    [code] = codes(standing, language="auto")
    [given] = codes(standing, language=language)
    shop.pages["/"] = f'<div lang="{language}">{code}</div>'
    with visiting(chromium, standing, shop) as page:
        link = page.locator("a.freedom-id-button")
        link.and_(page.locator(f":lang({language})")).wait_for()

        assert given.endswith(f">{link.inner_text()}</a>")


def test_a_page_in_another_language_gets_that_of_the_browser(standing, shop, chromium):
    [code] = codes(standing, language="auto")
    shop.pages["/"] = f'<div lang="de">{code}</div>'
    with visiting(chromium, standing, shop, locale="kk-KZ") as page:
        page.get_by_role("link", name="Freedom ID арқылы кіру").wait_for()


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_every_style_size_and_language_is_legible_and_fits_a_small_screen(standing, shop, chromium, ground):
    parts = [codes(standing, style=style, size=size, language=language)[0]
             for style, size in zip(STYLES, SIZES, strict=True) for language in LANGUAGES]  # fmt: skip
    parts += [codes(standing, style=style, radius="pill", full="on", language="ru")[0] for style in STYLES]
    sheet = parts[0].partition("<a ")[0]
    links = "".join(f"<p><a {part.partition('<a ')[2]}</p>" for part in parts)
    shop.pages["/"] = f"{sheet}<h1>Shop</h1>{links}"
    with visiting(chromium, standing, shop, viewport={"width": 320, "height": 640}, color_scheme=ground) as page:
        boxes = [link.bounding_box() for link in page.locator("a.freedom-id-button").all()]

        assert faults(page) == []
    assert all(box and 40 <= box["height"] <= 80 and box["width"] <= 304 for box in boxes)
    assert len(boxes) == len(parts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_for_partners_with_script(standing, chromium, scheme):
    options = {"color_scheme": scheme, "viewport": {"width": 320, "height": 640}}
    with watched(chromium, standing.url, **options) as browser:
        page = browser.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(f"{standing.url}/partners/button/?start=http://x")
        assert faults(page) == []
        page.locator(".errorlist").wait_for()
        page.get_by_label("Start address").fill("/in")
        page.locator(".errorlist").wait_for(state="detached")
        page.get_by_label("Style").select_option("Dark")
        page.locator("#preview [data-style=dark]").first.wait_for()
        page.get_by_label("Sign-in opens").select_option("In a pop-up")
        page.get_by_role("heading", name="For the page after the sign-in").wait_for()
        page.get_by_role("button", name="Copy").first.click()
        page.get_by_role("button", name="Copied").wait_for()

        assert (
            page.evaluate("navigator.clipboard.readText()")
            == codes(standing, style="dark", mode="popup", start="/in")[0]
        )
        assert page.evaluate("document.activeElement.textContent") == "Copied"
        page.get_by_label("Start address").fill("//evil.example")
        page.locator(".errorlist").wait_for()
        assert faults(page) == []


def test_the_page_for_partners_without_script(standing, chromium):
    with watched(chromium, standing.url, java_script_enabled=False) as browser:
        page = browser.page
        page.goto(f"{standing.url}/partners/button/")
        page.get_by_label("Size").select_option("Large")
        page.get_by_role("button", name="Show").click()

        expect(page.locator("#preview [data-size=large]")).to_have_count(2)
        expect(page.get_by_role("button", name="Copy")).to_have_count(0)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download as SVG").click()
    assert download.value.suggested_filename == "filled-large-en.svg"
