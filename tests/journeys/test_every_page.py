"""Every page that is photographed: axe finds nothing and nothing overflows, at four widths, light and dark, in five
languages; and what WCAG asks that axe does not see.

Each page is reached once, in English. What depends on the width is looked at in each width, what depends on the theme
in each theme, and the other languages come by a reload."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from identity_portal.demo.cast import ARUZHAN, DILNOZA, STAFF
from tests.chromium import COLOURS, LANGUAGES, SIZES, WCAG, Watched, faults, speak, watched
from tests.journeys.page_rules import broken
from tests.screenshots.stage import Stage, set_up
from tests.screenshots.studio import SIGHTS, signed_in
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]
# In between, no control appears or goes: places are below the page up to 960 pixels, and beside it from there on.
LOOKS: list[tuple[int, str, dict[str, Any]]] = [
    (320, "light", WCAG),
    (320, "dark", COLOURS),
    (390, "light", SIZES),
    (768, "light", SIZES),
    (1280, "light", WCAG),
    (1280, "dark", COLOURS),
]
STRUCTURE = ["2.5.7", "4.1.3", "3.2.6", "1.3.1", "3.3.7", "nothing moves"]
OURS = [sight for sight in SIGHTS if sight.name != "partner" and sight.who is not STAFF]
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""


@pytest.fixture
def stage(portal: Portal, settings: Any) -> Stage:
    settings.PUBLIC_URL = portal.url
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"ISSUER": portal.url}
    return set_up(portal)


def pages(chromium: Browser, stage: Stage) -> Iterator[tuple[str, Watched]]:
    """Each sight in a browser of its own, which must stay on our origin and not complain."""
    states = {person.identifiers: signed_in(chromium, stage, person) for person in (DILNOZA, ARUZHAN)}
    for sight in OURS:
        state = states[sight.who.identifiers] if sight.who else None
        options = {"locale": "en", "storage_state": state, "reduced_motion": "reduce"}
        with watched(chromium, stage.url, **options) as browser:
            sight.go(browser.page, stage)
            yield sight.name, browser


@pytest.mark.rule(43)
@pytest.mark.rule(45)
@pytest.mark.rule(46)
@pytest.mark.rule(49)
@pytest.mark.rule(50)
@pytest.mark.rule(51)
@pytest.mark.rule(53)
@pytest.mark.rule(54)
@pytest.mark.rule(55)
@pytest.mark.rule(57)
@pytest.mark.rule(58)
@pytest.mark.rule(59)
def test_every_page_keeps_the_rules_at_every_width_in_both_themes_and_five_languages(stage, chromium):
    """axe's rule `target-size` is among them, and 320 pixels are a page of 1280 at 400 %."""
    found, titles = [], set()
    for name, browser in pages(chromium, stage):
        page = browser.page
        titles.add((page.title(), urlsplit(page.url).path))
        wrong = [*looked_at(page), *structure(page), *spaced(page), *controls(page)]
        for language in LANGUAGES[1:]:
            speak(browser, language)
            wrong += in_language(page, language)
        found += [f"{name} {fault}" for fault in wrong]
    assert found == []
    assert len({title for title, _path in titles}) == len(titles)


def looked_at(page: Page) -> list[str]:
    found = []
    for width, theme, options in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [f"{width} {theme}: {fault}" for fault in faults(page, options)]
    return found


def structure(page: Page) -> list[str]:
    return broken(page, *STRUCTURE)


def spaced(page: Page) -> list[str]:
    """With the spaces that a reader may set; the sheet is made by a script, which the policy of our pages allows."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.evaluate(
        "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }", SPACED
    )
    found = broken(page, "1.4.12", "1.4.10")
    page.evaluate("document.adoptedStyleSheets = []")
    return [f"with spaced text: {fault}" for fault in found]


def controls(page: Page) -> list[str]:
    """Controls and the focus are seen, in both themes and in forced colours."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("Tab")  # from here on a focus shows its ring
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [f"{theme}: {fault}" for fault in broken(page, "1.4.11", "2.4.7")]
    page.emulate_media(color_scheme="light", forced_colors="active")
    found += broken(page, "a control has an edge")
    page.emulate_media(color_scheme="light", forced_colors="none")
    return found


def in_language(page: Page, language: str) -> list[str]:
    page.set_viewport_size({"width": 320, "height": 800})
    spoken = page.locator("html").get_attribute("lang")
    wrong = [] if spoken == language else [f"speaks {spoken} instead of {language}"]
    return [*wrong, *(f"{language}: {fault}" for fault in faults(page))]
