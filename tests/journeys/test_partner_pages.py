"""The pages for partners in Chromium: judged by axe, on a small screen and a large one, by keyboard, without script."""

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import LANGUAGES, faults, tab_to, watched
from tests.identity_portal.test_partners import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


def open_samples(page: Page) -> None:
    """The first and the last, one of each note; the others are made alike."""
    samples = page.locator("details.sample > summary")
    if samples.count():
        samples.first.click()
        samples.last.click()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(standing, chromium, scheme, width):
    """The button's page has its own such test."""
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 720}}
    found: list[str] = []
    with watched(chromium, standing.url, **options) as browser:
        for path in PAGES[:-1]:
            browser.page.goto(standing.url + path)
            open_samples(browser.page)
            found += faults(browser.page)
    assert found == []


def test_every_language_fits_a_small_screen(standing, chromium):
    for language in LANGUAGES:
        with watched(chromium, standing.url, locale=language, viewport={"width": 320, "height": 640}) as browser:
            for path in PAGES:
                browser.page.goto(standing.url + path)
                assert browser.page.locator("html").get_attribute("lang") == language
                wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert browser.page.evaluate(wide) == 0, (language, path)


def test_a_request_is_copied_by_keyboard_as_it_is_shown(standing, chromium):
    with watched(chromium, standing.url) as browser:
        page = browser.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(f"{standing.url}/partners/quick-start/")
        tab_to(page, "Copy")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Copied").wait_for()

        assert page.evaluate("navigator.clipboard.readText()") == page.locator("pre").first.inner_text()
        assert page.evaluate("navigator.clipboard.readText()").startswith(f"API={standing.url}/api/v1/oauth\n")


def test_without_script_samples_open_and_nothing_offers_what_cannot_work(standing, chromium):
    with watched(chromium, standing.url, java_script_enabled=False) as browser:
        page = browser.page
        page.goto(f"{standing.url}/partners/samples/")
        page.locator("summary", has_text="SignIn.swift").click()

        expect(page.get_by_text("final class SignIn")).to_be_visible()
        expect(page.get_by_role("button", name="Copy")).to_have_count(0)
        with page.expect_download() as download:
            page.locator("details[open]").get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "SignIn.swift"
