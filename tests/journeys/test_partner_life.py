"""A partner from the application to the first sign-in of a real person, without a shell: its contact, two managers, a
test person and a real one, in Chromium, with a worker that checks and mails."""

import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from freedom_id.domain.partner_links import PartnerLink, partner_token
from freedom_id.models import Account, PartnerApplication, SecretHandover
from identity_portal.demo.models import InboxMessage
from tests.chromium import LANGUAGES, faults, sign_in, watched, wider
from tests.factories.applications import CONTACT, draft, in_review, in_sandbox, png, token_of
from tests.factories.people import person
from tests.freedom_id.api.backend import Backend
from tests.identity_portal.staff.stage import member
from tests.journeys.test_browser import callback
from tests.servers.portal import Portal
from tests.staff_browser import let_in

__all__ = ["callback"]
pytestmark = [pytest.mark.browser, pytest.mark.postgresql]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}


def mailed(portal: Portal, path: str, number: int = 1) -> str:
    """The newest address under `path` that the contact was sent, once there are so many; a minute at most."""
    deadline = time.monotonic() + 60
    while True:
        texts = InboxMessage.objects.filter(to=CONTACT).order_by("pk").values_list("text", flat=True)
        found = [address for text in texts for address in re.findall(rf"{portal.url}{path}\S+/", text)]
        if len(found) >= number:
            return found[-1]
        assert time.monotonic() < deadline, portal.log("worker")
        time.sleep(0.1)


def look(page: Page, name: str) -> None:
    """Nothing leads to the side; a picture, light and dark, where somebody asked for them."""
    assert wider(page) == 0, name
    if folder := os.environ.get("SCREENS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}/{name}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")


def fill_in(page: Page, site: str, folder: Path) -> None:
    (folder / "logo.png").write_bytes(png(96))
    page.get_by_role("link", name="Fill in the application").click()
    for label, text in {
        "Legal name": "Aral Market LLC",
        "Website": f"{site}/",
        "First name": "To greet the customer by name",
        "Redirect addresses": f"{site}/callback",
        "Privacy policy": f"{site}/privacy",
    }.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Logo", exact=True).set_input_files(folder / "logo.png")
    page.get_by_label("Web site").check()
    page.get_by_label("We cannot serve without it: First name").check()


def staff(page: Page, portal: Portal, manager: Account, application: PartnerApplication | None = None) -> None:
    """The browser of a member of staff who signed in just now, at the page of the application."""
    page.context.clear_cookies()
    let_in(page.context, manager, portal.url)
    address = reverse(
        "admin:freedom_id_partnerapplication_change", args=[(application or PartnerApplication.objects.get()).pk]
    )
    page.goto(portal.url + address)


def take_secret(page: Page, portal: Portal, number: int) -> Backend:
    page.goto(mailed(portal, "/partners/secret/", number))
    page.get_by_role("button", name="Show the secret").click()
    shown = page.locator(".shown-secret code")
    expect(shown).to_have_count(2)
    client_id, secret = shown.all_inner_texts()
    return Backend(client_id, secret, portal.url)


def come_back(page: Page, back: str) -> str:
    """Share, and the code with which the partner's page is reached."""
    page.get_by_role("button", name="Share with Aral Market").click()
    page.wait_for_url(f"{back}?*authorization_code=*")
    return parse_qs(urlsplit(page.url).query)["authorization_code"][0]


def arrive(page: Page, backend: Backend, back: str) -> None:
    page.context.clear_cookies()
    page.goto(backend.login_url(redirect_uri=back, grants=["read.firstname"]))


def apply(page: Page, portal: Portal, back: str, folder: Path) -> None:
    page.goto(f"{portal.url}/partners/")
    page.get_by_role("link", name="Become a partner").click()
    look(page, "apply")
    for label, text in {"Name of your service": "Aral Market", "Your name": "Gulnora"}.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("Your e-mail address").fill(CONTACT)
    page.get_by_role("button", name="Send me the address").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    page.goto(mailed(portal, "/partners/applications/"))
    fill_in(page, back.removesuffix("/callback"), folder)
    look(page, "edit")
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("link", name="Fill in the application")).to_have_count(0)
    deadline = time.monotonic() + 60
    while not page.get_by_text("In review").count() and time.monotonic() < deadline:
        time.sleep(0.2)
        page.reload()
    expect(page.get_by_text("Passed")).to_have_count(7)
    look(page, "in-review")


def try_out(page: Page, backend: Backend, back: str, someone: Account) -> None:
    """On the page of the application: a test person comes in, a real one does not."""
    look(page, "sandbox")
    address = page.get_by_text("full-").inner_text()
    arrive(page, backend, back)
    page.get_by_label("Phone or e-mail").fill(address)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill("sandbox password")
    page.get_by_role("button", name="Continue").click()
    tokens = backend.token(come_back(page, back)).json()
    assert backend.info(tokens["access_token"]).json()["firstname"] == "Anna"
    arrive(page, backend, back)
    sign_in(page, someone)
    expect(page.get_by_role("heading", name="This service is being tried out")).to_be_visible()
    look(page, "trial")


def press_twice(page: Page, name: str, done: str) -> None:
    """An act that asks first."""
    page.get_by_role("button", name=name).click()
    page.get_by_role("button", name=name).click()
    expect(page.get_by_text(done)).to_be_visible()


def test_from_the_application_to_the_first_sign_in(
    portal: Portal, chromium: Browser, callback: str, tmp_path: Path
) -> None:
    portal.start_worker()
    one, other, someone = member("Partner manager"), member("Partner manager"), person()
    with watched(chromium, portal.url, callback, java_script_enabled=False, **PHONE) as browser:
        page = browser.page
        apply(page, portal, callback, tmp_path)
        private = page.url
        staff(page, portal, one)
        press_twice(page, "Accept into the sandbox", "Accepted.")
        backend = take_secret(page, portal, 1)
        page.goto(private)
        try_out(page, backend, callback, someone)

        staff(page, portal, one)
        page.get_by_role("button", name="Ask to go live").click()
        expect(page.get_by_text("Somebody else approves it now.")).to_be_visible()
        staff(page, portal, other)
        press_twice(page, "Approve and go live", "It is live.")
        live = take_secret(page, portal, 2)
        look(page, "secret")
        assert backend.link(redirect_uri=callback).status == 401
        arrive(page, live, callback)
        sign_in(page, someone)
        tokens = live.token(come_back(page, callback)).json()
    assert live.info(tokens["access_token"]).json()["firstname"] == "Dilnoza"
    PartnerApplication.objects.get(state="live", live_asked_by=one, live_approved_by=other)


def public_pages() -> list[str]:
    rows = [draft(), in_review(), in_sandbox()]
    paths = [f"/partners/applications/{token_of(one)}/" for one in rows]
    handover = SecretHandover.objects.get()
    secret = f"/partners/secret/{partner_token(PartnerLink.SECRET, handover.pk)}/"
    return [*paths, f"{paths[0]}edit/", "/partners/apply/", secret]


def test_public_pages_are_accessible_and_fit_in_every_language(portal: Portal, chromium: Browser) -> None:
    paths, found = public_pages(), []
    for language, width in [*((language, 320) for language in LANGUAGES), ("en", 1280)]:
        options: dict[str, Any] = {"locale": language, "viewport": {"width": width, "height": 700}}
        with watched(chromium, portal.url, **options) as browser:
            for path in paths:
                browser.page.goto(portal.url + path)
                assert wider(browser.page) == 0, (language, path)
                for scheme in ("light", "dark") if language == "en" else ():
                    browser.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    found += faults(browser.page)
    assert found == []


def test_the_admin_is_accessible(portal: Portal, chromium: Browser) -> None:
    rows, found = [in_review(), in_sandbox()], []
    for scheme, width in (("light", 1280), ("dark", 820)):
        options: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
        with watched(chromium, portal.url, **options) as browser:
            page = browser.page
            for one in rows:
                staff(page, portal, member("Partner manager"), one)
                found += faults(page)
                look(page, f"admin-{one.state}-{width}")
            page.get_by_role("button", name="Comment for staff").click()
            expect(page.get_by_label("Words")).to_be_visible()
            found += faults(page)
    assert found == []
