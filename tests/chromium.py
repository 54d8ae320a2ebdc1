"""Chromium for tests: contexts that are watched, axe, the keyboard, and the sign-in that every walk begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from freedom_id.models import Account, Authenticator
from tests.factories.people import PASSWORD, phone_of
from tests.factories.proofs import shown_by, with_app

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Only what is wrong is told in full, and no style sheet is fetched a second time: axe is twice as fast so.
QUICK = {"resultTypes": ["violations"], "preload": False}
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},  # axe leaves it out unless asked
    **QUICK,
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}, **QUICK}
SIZES = {"runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}, **QUICK}
AXE = Axe().axe_script
LANGUAGES = ["en", "ru", "uz", "kk", "th"]


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


def sign_in(page: Page, account: Account) -> None:
    page.get_by_label("Phone or e-mail").fill(phone_of(account))
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def sign_in_staff(page: Page, account: Account) -> None:
    """By password and app: a new one at each sign-in, for which no code was used yet."""
    Authenticator.objects.filter(account=account, type="totp").delete()
    secret = with_app(account)
    sign_in(page, account)
    enter_app_code(page, secret)


def enter_app_code(page: Page, secret: str) -> None:
    page.get_by_label("Code", exact=True).fill(shown_by(secret))
    page.get_by_role("button", name="Continue").click()


def speak(browser: Watched, language: str) -> None:
    """The page again, in the language that was chosen in this browser."""
    at = urlsplit(browser.page.url)
    cookie = {"name": f"language-{at.port}", "value": language, "domain": str(at.hostname), "path": "/"}
    browser.page.context.add_cookies([cookie])  # type: ignore[list-item]
    browser.page.goto(browser.page.url, wait_until="domcontentloaded")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the control of this name."""
    for _press in range(40):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (focused.inner_text() or focused.get_attribute("value") or ""):
            return
    raise AssertionError(f"Tab never reached {name}")


def faults(page: Page, options: dict[str, Any] = WCAG) -> list[str]:
    """What axe finds, and an overflow to the side. Of a page that was looked at in full, another theme can only break
    COLOURS, and another width SIZES."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    response = page.evaluate("options => axe.run(options)", options)
    assert response["passes"] or options is not WCAG, "axe has looked"
    found = [
        f"{urlsplit(page.url).path} {rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in response["violations"]
    ]
    return [*found, f"{urlsplit(page.url).path} is {wider(page)}px too wide"] if wider(page) else found


def wider(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
