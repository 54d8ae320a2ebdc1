"""The page that raises a sign-in (RFC 9470), in Chromium: without JavaScript, on a phone, judged by axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.chromium import WCAG, sign_in, watched
from tests.compliance.standard_door import request_url
from tests.factories.proofs import shown_by, with_app, wrong_for
from tests.journeys.test_browser import asked, callback

__all__ = ["asked", "callback"]
pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


@pytest.mark.parametrize(("theme", "with_script"), [("light", True), ("dark", True), ("light", False)])
def test_a_second_proof_raises_the_sign_in_and_consent_goes_on(portal, callback, asked, chromium, theme, with_script):
    client, _secret, account = asked
    options = {"viewport": {"width": 360, "height": 740}, "color_scheme": theme, "java_script_enabled": with_script}
    with watched(chromium, portal.url, callback, **options) as browser:
        page = browser.page
        page.goto(f"{portal.url}/me/")
        sign_in(page, account)
        secret = with_app(account)
        page.goto(portal.url + request_url(client, redirect_uri=callback, acr_values="aal2"))
        expect(page.get_by_text("Aral Market wants to be more certain")).to_be_visible()
        page.get_by_role("textbox").fill(wrong_for(secret))
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("This does not match. Try again.")).to_be_visible()
        if with_script:  # axe is one itself
            assert Axe().run(page, options=WCAG).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_role("textbox").fill(shown_by(secret))
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Share with Aral Market").click()
        page.wait_for_url(f"{callback}?code=*")
