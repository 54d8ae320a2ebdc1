"""A lost app, in Chromium, with and without JavaScript: asked to be removed, and kept from elsewhere; judged by axe."""

import pytest
from playwright.sync_api import Browser, Page, expect

from freedom_id.domain.factor_recovery import waiting_recovery
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.models import OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.chromium import faults, sign_in, watched
from tests.factories.people import person
from tests.factories.proofs import with_app
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


def ask_to_remove(page: Page) -> None:
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_label("Code", exact=True)).to_be_visible()
    deliver_code(str(OneTimeCode.objects.get(purpose="recovery").pk))
    page.get_by_label("Code", exact=True).fill(InboxMessage.objects.latest("pk").text.rpartition("#")[2])


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_lost_app_is_given_up_here_and_kept_elsewhere(portal: Portal, chromium: Browser, scripts: bool) -> None:
    account, found = person(), list[str]()
    options = {"viewport": {"width": 320, "height": 640}, "reduced_motion": "reduce", "java_script_enabled": scripts}

    def look(page: Page) -> None:
        for scheme in ("light", "dark") if scripts else ():
            page.emulate_media(color_scheme=scheme)
            found.extend(faults(page))

    with watched(chromium, portal.url, **options) as elsewhere, watched(chromium, portal.url, **options) as here:
        elsewhere.page.goto(f"{portal.url}/me/")
        sign_in(elsewhere.page, account)
        expect(elsewhere.page.get_by_role("heading", name="Hello, Dilnoza")).to_be_visible()
        with_app(account)
        here.page.goto(f"{portal.url}/me/")
        sign_in(here.page, account)
        here.page.get_by_role("link", name="I cannot use my app").click()
        expect(here.page.get_by_role("heading", name="You cannot use your app")).to_be_visible()
        look(here.page)
        ask_to_remove(here.page)
        look(here.page)
        here.page.get_by_role("button", name="Ask to remove the app").click()
        expect(here.page.get_by_text("Your app and your recovery codes will be removed:")).to_be_visible()
        look(here.page)
        elsewhere.page.goto(f"{portal.url}/me/security/")
        expect(elsewhere.page.get_by_role("heading", name="Your app is going to be removed")).to_be_visible()
        look(elsewhere.page)
        elsewhere.page.get_by_role("button", name="Stop the removal").click()
        expect(elsewhere.page.get_by_text("Stopped. Your app stays as it is.")).to_be_visible()
    assert waiting_recovery(account) is None
    assert found == []
