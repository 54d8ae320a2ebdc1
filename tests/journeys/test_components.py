"""The page of the design's parts in Chromium: whatever is wrong with a component is wrong on every page that has it."""

import pytest

from tests.chromium import LANGUAGES, faults, watched

pytestmark = [pytest.mark.browser, pytest.mark.postgresql, pytest.mark.django_db]

WIDTHS = [320, 390, 768, 1280]
CUT = "e => e.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
BREACHES = "addEventListener('securitypolicyviolation', breach => console.error(breach.violatedDirective))"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_any_width_and_the_policy_is_kept(standing, chromium, scheme):
    found = []
    with watched(chromium, standing.url, color_scheme=scheme) as browser:
        browser.page.add_init_script(BREACHES)
        browser.page.goto(f"{standing.url}/demo/components/")
        for width in WIDTHS:
            browser.page.set_viewport_size({"width": width, "height": 800})
            found += [f"{width}: {fault}" for fault in faults(browser.page)]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_wider_than_a_small_screen(standing, chromium, language):
    with watched(chromium, standing.url, locale=language, viewport={"width": 320, "height": 640}) as browser:
        page = browser.page
        page.goto(f"{standing.url}/demo/components/")
        assert page.locator("html").get_attribute("lang") == language
        words = page.locator("main .button, .places a, .places button, .chip, .row-text")
        for width in (320, 380):  # from 380 on the bar of places has larger words
            page.set_viewport_size({"width": width, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert words.evaluate_all(CUT) == []


def test_a_tick_shows_that_it_is_set(standing, chromium):
    with watched(chromium, standing.url) as browser:
        browser.page.goto(f"{standing.url}/demo/components/")
        look = "box => [getComputedStyle(box).backgroundColor, getComputedStyle(box, '::before').opacity]"
        box = browser.page.locator(".tick input:not(:checked)")
        box_before = box.evaluate(look)
        browser.page.locator(".tick").first.click()
        set_box = browser.page.locator(".tick input").first
        assert set_box.is_checked()
        assert (box_before[1], set_box.evaluate(look)[1]) == ("0", "1")
        assert set_box.evaluate(look)[0] != box_before[0]
