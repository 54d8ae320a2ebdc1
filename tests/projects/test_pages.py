"""The person's pages in Chromium: by keyboard alone, without JavaScript, judged by axe in light and dark."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.chromium import faults, tab_to, watched

pytestmark = pytest.mark.browser

LOOKS = ["color", "backgroundColor", "borderColor", "fontWeight", "fontSize"]
PASSWORD = "correct horse battery"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 720}


def sign_in(page: Page, shop: str, name: str) -> None:
    page.goto(f"{shop}/consents/mine/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def question(page: Page, title: str) -> Locator:
    return page.get_by_role("group", name=title, exact=True)


def every_page(page: Page, shop: str, name: str) -> Iterator[str]:
    """Walk through every page, pausing on each; yields its heading."""

    def at(heading: str) -> str:
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        return heading

    sign_in(page, shop, name)
    yield at("Your consents")
    page.goto(f"{shop}/consents/ask/welcome/")
    for summary in page.locator("summary").all():
        summary.click()
    yield at("Your choice")
    page.get_by_role("button", name="Save my answers").click()
    expect(page.get_by_role("alert")).to_be_focused()
    yield at("Your choice")
    for title in ("Advice", "Monthly letter"):
        question(page, title).get_by_label("I agree").check()
    yield at("Your choice")
    page.get_by_role("button", name="Save my answers").click()
    yield at("Your answers are saved")
    page.goto(f"{shop}/consents/ask/welcome/")
    yield at("Your choice")
    page.goto(f"{shop}/consents/mine/")
    yield at("Your consents")
    page.get_by_role("link", name="Withdraw all").click()
    yield at("Withdraw all")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("link", name="Advice", exact=True).click()
    yield at("Advice")
    page.get_by_role("link", name="Withdraw", exact=True).click()
    yield at("Withdraw")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("status")).to_contain_text("Withdrawn.")
    yield at("Advice")
    page.goto(f"{shop}/consents/mine/")
    yield at("Your consents")


@pytest.mark.parametrize(
    ("name", "scheme", "viewport"),
    [("timur", "dark", PHONE), ("aziza", "light", DESK)],
    ids=["phone, dark", "desk, light"],
)
def test_axe_finds_nothing_on_any_page(shop: str, chromium: Browser, name: str, scheme: Any, viewport: Any) -> None:
    found = []
    with watched(chromium, shop, color_scheme=scheme, viewport=viewport) as browser:
        for heading in every_page(browser.page, shop, name):
            assert heading in browser.page.title()
            found += faults(browser.page)
    assert found == []


def test_without_javascript_both_answers_weigh_the_same_and_leaving_is_no_longer_than_coming(
    shop: str, chromium: Browser
) -> None:
    with watched(chromium, shop, java_script_enabled=False, viewport=PHONE) as browser:
        page = browser.page
        sign_in(page, shop, "malika")
        page.goto(f"{shop}/consents/ask/letters/")
        choices = page.locator("label.consents-choice")
        expect(page.locator("input:checked")).to_have_count(0)
        assert same_weight(choices.nth(0), choices.nth(1))
        agree = [page.get_by_label("I agree"), page.get_by_role("button", name="Save my answers")]
        for press in agree:
            press.click()
        page.goto(f"{shop}/consents/mine/")
        standing = page.get_by_role("region", name="You agree")
        leave = [standing.get_by_role("link", name="Withdraw"), page.get_by_role("button", name="Withdraw")]
        leave[0].click()
        assert same_weight(page.locator("[name=decision]").nth(0), page.locator("[name=decision]").nth(1))
        expect(page.get_by_role("button", name="Keep")).not_to_be_focused()
        leave[1].click()
        expect(page.get_by_role("status")).to_contain_text("Withdrawn. It has taken effect.")
    assert len(leave) <= len(agree)


def same_weight(one: Locator, other: Locator) -> bool:
    looks = []
    for control in (one, other):
        box = control.bounding_box()
        assert box
        style = control.evaluate(f"control => {LOOKS}.map(look => getComputedStyle(control)[look])")
        looks.append((round(box["width"]), round(box["height"]), round(box["y"]), style))
    return looks[0] == looks[1]


def test_by_keyboard_alone(shop: str, chromium: Browser) -> None:
    with watched(chromium, shop, viewport=PHONE) as browser:
        page = browser.page
        sign_in(page, shop, "somchai")
        page.goto(f"{shop}/consents/ask/letters/")
        tab_to(page, "More about this")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Version of the text")).to_be_visible()
        tab_to(page, "yes")
        page.keyboard.press("Space")
        assert page.locator(":focus").evaluate("e => e.parentElement.matches(':has(:focus-visible)')")
        tab_to(page, "Save my answers")
        page.keyboard.press("Enter")
        page.wait_for_url("**/answered/**")
        page.goto(f"{shop}/consents/mine/")
        tab_to(page, "Monthly letter")
        page.keyboard.press("Enter")
        page.wait_for_url("**/mine/*-*/")
        tab_to(page, "Withdraw")
        page.keyboard.press("Enter")
        page.wait_for_url("**/withdraw/")
        tab_to(page, "Withdraw")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Withdrawn.")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_way_out_is_in_sight(shop: str, chromium: Browser, viewport: Any) -> None:
    with watched(chromium, shop, viewport=viewport) as browser:
        page = browser.page
        sign_in(page, shop, "malika")
        page.goto(f"{shop}/consents/ask/letters/")
        page.get_by_label("I agree").check()
        page.get_by_role("button", name="Save my answers").click()
        page.goto(f"{shop}/consents/mine/")
        page.get_by_role("link", name="Monthly letter", exact=True).click()
        expect(page.get_by_role("link", name="Withdraw", exact=True)).to_be_in_viewport(ratio=1)
        page.get_by_role("link", name="Withdraw", exact=True).click()
        for name in ("Withdraw", "Keep"):
            expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="Withdraw").click()


def test_the_words_on_the_screen_are_those_of_the_signed_receipt(shop: str, chromium: Browser) -> None:
    with watched(chromium, shop, viewport=PHONE) as browser:
        page = browser.page
        sign_in(page, shop, "somchai")
        page.goto(f"{shop}/consents/ask/welcome/")
        asked = question(page, "Advice")
        asked.get_by_text("More about this").click()
        screen = {
            "locale": "en",
            "title": asked.locator("legend").inner_text(),
            "text": asked.locator("legend + p").inner_text(),
            "consequence": asked.locator("dd[lang]").inner_text(),
            "withdrawal": asked.locator("dd p[lang]").inner_text(),
        }
        for group in page.locator("fieldset").all():
            group.get_by_label("I refuse").check()
        page.get_by_role("button", name="Save my answers").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the receipt").click()
        receipt = json.loads(download.value.path().read_text())["receipt"]
    [notice] = [p["privacy_notice"] for p in receipt["pii_processing"] if p["purpose_type"] == "advice"]
    words = json.dumps(screen, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert notice["sha256"] == hashlib.sha256(words.encode()).hexdigest()


@pytest.mark.parametrize("language", ["en", "ru", "uz", "kk", "th"])
def test_the_page_says_its_language_and_fits_a_small_screen(shop: str, chromium: Browser, language: str) -> None:
    with watched(chromium, shop, viewport={"width": 320, "height": 640}, locale=language) as browser:
        sign_in(browser.page, shop, "dilnoza")
        for path in ("mine/", "ask/welcome/"):
            browser.page.goto(f"{shop}/consents/{path}")
            expect(browser.page.locator("html")).to_have_attribute("lang", language)
            assert faults(browser.page) == []
