"""Sign-in by a phone, in Chromium: a desk that waits and a phone that answers, with and without JavaScript, judged by
axe."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from freedom_id.domain.device_sign_in import picture_token
from freedom_id.models import Account, BrowserSignIn, DeviceSignIn
from tests.chromium import faults, sign_in, watched
from tests.journeys.test_browser import asked, callback, link
from tests.servers.portal import Portal

__all__ = ["asked", "callback"]
pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


@contextmanager
def two_screens(portal: Portal, chromium: Browser, account: Account, **options: object) -> Iterator[tuple[Page, Page]]:
    """A desk, and a phone on which the person is signed in."""
    desk_options = {"viewport": {"width": 1280, "height": 900}, **options}
    with (
        watched(chromium, portal.url, **desk_options) as desk,
        watched(chromium, portal.url, viewport={"width": 320, "height": 640}, reduced_motion="reduce") as phone,
    ):
        phone.page.goto(f"{portal.url}/me/")
        sign_in(phone.page, account)
        expect(phone.page.get_by_role("heading", name="Hello, Dilnoza")).to_be_visible()
        yield desk.page, phone.page


def scan(phone: Page, portal: Portal) -> DeviceSignIn:
    """What the camera does with the picture of this moment."""
    row = DeviceSignIn.objects.latest("created_at")
    phone.goto(f"{portal.url}/login/phone/{picture_token(row)}")
    expect(phone.get_by_role("heading", name="Sign in on another screen")).to_be_visible()
    return row


def ask(desk: Page) -> None:
    desk.get_by_role("button", name="Use your phone").click()
    expect(desk.get_by_text("Then press this number on your phone:")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_phone_says_yes_and_the_desk_stands_at_the_partners_consent(portal, callback, asked, chromium, scripts):
    with two_screens(portal, chromium, asked[2], java_script_enabled=scripts) as (desk, phone):
        desk.goto(link(portal, callback, asked))
        ask(desk)
        row = scan(phone, portal)
        expect(phone.get_by_text("to go on to Aral Market")).to_be_visible()
        expect(desk.get_by_text("Your phone has opened it.")).to_be_visible(timeout=15_000)
        phone.get_by_role("button", name=str(row.number), exact=True).click()
        expect(phone.get_by_text("You are signed in on the other screen.")).to_be_visible()
        desk.wait_for_url("**/consent?*", timeout=15_000)

        expect(desk.get_by_role("button", name="Share with Aral Market")).to_be_visible()
    assert BrowserSignIn.objects.filter(amr=["mca"]).count() == 1


def test_a_wrong_number_ends_it_and_a_press_begins_anew(portal, callback, asked, chromium):
    with two_screens(portal, chromium, asked[2]) as (desk, phone):
        desk.goto(f"{portal.url}/login")
        ask(desk)
        number = scan(phone, portal).number
        shown = phone.locator("button[name=number]")
        expect(shown).to_have_count(3)
        wrong = next(text for text in shown.all_inner_texts() if text != str(number))
        phone.get_by_role("button", name=wrong, exact=True).click()
        expect(phone.get_by_text("That was another number.")).to_be_visible()
        expect(desk.get_by_text("It was refused on the phone.")).to_be_visible(timeout=15_000)
        desk.get_by_role("button", name="Show a new picture").click()
        expect(desk.get_by_role("img", name="QR code")).to_be_visible()
        scan(phone, portal)
        phone.get_by_role("button", name="It was not me, refuse").click()
        expect(phone.get_by_text("Refused. Nobody was signed in.")).to_be_visible()
    assert not BrowserSignIn.objects.filter(amr=["mca"]).exists()


def test_who_does_not_want_the_page_to_move_looks_by_herself(portal, callback, asked, chromium):
    with two_screens(portal, chromium, asked[2], java_script_enabled=False) as (desk, phone):
        desk.goto(f"{portal.url}/login")
        ask(desk)
        desk.get_by_role("link", name="Stop looking").click()
        row = scan(phone, portal)
        phone.get_by_role("button", name=str(row.number), exact=True).click()
        expect(phone.get_by_text("You are signed in on the other screen.")).to_be_visible()
        desk.get_by_role("link", name="Look again").click()
        expect(desk.get_by_role("heading", name="Hello, Dilnoza")).to_be_visible()


def test_axe_finds_nothing_and_nothing_overflows(portal, callback, asked, chromium):
    found: list[str] = []

    def look(page: Page) -> None:
        for scheme in ("light", "dark"):
            for width in (320, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found.extend(faults(page))

    with two_screens(portal, chromium, asked[2]) as (desk, phone):
        desk.goto(link(portal, callback, asked))
        look(desk)
        ask(desk)
        look(desk)
        scan(phone, portal)
        look(phone)
        expect(desk.get_by_text("Your phone has opened it.")).to_be_visible(timeout=15_000)
        look(desk)
        phone.get_by_role("button", name="It was not me, refuse").click()
        expect(desk.get_by_text("It was refused on the phone.")).to_be_visible(timeout=15_000)
        look(desk)
    assert found == []
