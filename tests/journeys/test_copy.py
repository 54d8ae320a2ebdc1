"""The copy of everything in Chromium: asked for, watched, read and printed; mails beside their text; judged by axe."""

import json
from collections.abc import Iterator
from itertools import chain

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from freedom_id.domain.copy_requests import write_copy
from freedom_id.domain.messages.samples import samples
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.models import Account, BrowserSignIn, OneTimeCode, PersonalCopy
from identity_portal.demo.inbox_channel import InboxChannel
from identity_portal.demo.models import InboxMessage
from tests.chromium import LANGUAGES, faults, sign_in, sign_in_staff, watched
from tests.factories.people import person, phone_of
from tests.factories.proofs import with_app
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]
COPY = "/me/privacy/copy/"
PART = {"state": "working", "step": 5}


def confirm(page: Page) -> None:
    """The second proof: a code by SMS."""
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code", exact=True).wait_for()
    deliver_code(str(OneTimeCode.objects.get(purpose="step_up").pk))
    page.get_by_label("Code", exact=True).fill(InboxMessage.objects.latest("pk").text.rpartition("#")[2])
    page.get_by_role("button", name="Continue").click()


def prove() -> None:
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())


def make(page: Page, portal: Portal, account: Account) -> Iterator[None]:
    """Ask for a copy and watch it getting ready, pausing on each page."""
    page.goto(f"{portal.url}/me/privacy/")
    sign_in(page, account)
    page.get_by_role("link", name="Get a copy").click()
    expect(page.get_by_role("button", name="Make a copy")).to_be_visible()
    yield
    page.get_by_role("button", name="Make a copy").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    confirm(page)
    page.get_by_role("button", name="Make a copy").click()
    expect(page.get_by_text("0 of 17 parts are written.")).to_be_visible()
    yield
    PersonalCopy.objects.update(**PART)
    expect(page.get_by_text("5 of 17 parts are written.")).to_be_visible()
    yield
    PersonalCopy.objects.update(state="waiting")
    write_copy(str(PersonalCopy.objects.get().pk))
    expect(page.get_by_role("heading", name="Ready to take")).to_be_visible()
    yield


def take(page: Page) -> Iterator[None]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    assert json.loads(download.value.path().read_text())["ways_to_sign_in"]
    page.get_by_role("link", name="Read and print").click()
    expect(page.get_by_role("heading", name="Ways to sign in")).to_be_visible()
    yield


@pytest.mark.parametrize("width", [320, 1280])
def test_from_asking_to_paper(portal: Portal, chromium: Browser, width: int) -> None:
    found: list[str] = []
    options = {"viewport": {"width": width, "height": 800}, "reduced_motion": "reduce"}  # a scheme changes at once
    with watched(chromium, portal.url, **options) as browser:
        page, account = browser.page, person()
        for _pause in chain(make(page, portal, account), take(page)):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found += faults(page)
        page.emulate_media(media="print", color_scheme="light")
        expect(page.get_by_role("navigation", name="Contents")).to_be_hidden()
        expect(page.get_by_role("heading", name="Activity")).to_be_visible()
        expect(page.get_by_text(phone_of(account)).first).to_be_visible()
    assert found == []
    assert PersonalCopy.objects.get().downloads == 2


def test_without_javascript_the_page_comes_again_by_itself(portal: Portal, chromium: Browser) -> None:
    account = person()
    with watched(chromium, portal.url, java_script_enabled=False) as browser:
        page = browser.page
        page.goto(f"{portal.url}{COPY}")
        sign_in(page, account)
        prove()
        page.get_by_role("button", name="Make a copy").click()
        expect(page.get_by_text("0 of 17 parts are written.")).to_be_visible()
        write_copy(str(PersonalCopy.objects.get().pk))
        expect(page.get_by_role("link", name="Read and print")).to_be_visible(timeout=10_000)


def test_every_mail_is_readable_in_light_and_dark(chromium: Browser) -> None:
    found: list[str] = []
    mails = [sample for sample in samples() if sample.channel == "email"]
    with watched(chromium, viewport={"width": 320, "height": 640}) as browser:
        for number, sample in enumerate(mails):
            browser.page.set_content(sample.message(LANGUAGES[number % len(LANGUAGES)]).html)
            for scheme in ("light", "dark"):
                browser.page.emulate_media(color_scheme=scheme)
                found += faults(browser.page)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_previews_and_the_inbox_show_text_and_page_side_by_side(
    portal: Portal, chromium: Browser, scheme: str
) -> None:
    staff = person()
    Account.objects.filter(pk=staff.pk).update(is_staff=True, is_superuser=True)
    with_app(staff)
    letter = next(sample for sample in samples() if sample.name == "code-sign_in-email").message("en")
    InboxChannel().send("dilnoza@mail.example", subject=letter.subject, text=letter.text, html=letter.html)
    with watched(chromium, portal.url, viewport={"width": 390, "height": 800}, color_scheme=scheme) as browser:
        page, found = browser.page, []
        page.goto(f"{portal.url}/demo/inbox/")
        expect(page.frame_locator("iframe").first.get_by_role("heading")).to_have_text(letter.subject)
        expect(page.get_by_role("heading", name="Codes of the staff’s apps")).to_be_visible()
        found += faults(page)
        page.goto(f"{portal.url}/admin/freedom_id/notice/messages/?language=th")
        sign_in_staff(page, staff)
        expect(page.locator("#notice-device-email")).to_be_visible()
        frame = page.frame_locator("#code-sign_in-email iframe")
        expect(frame.get_by_role("heading")).to_be_visible()
        found += faults(page)
    assert found == []
