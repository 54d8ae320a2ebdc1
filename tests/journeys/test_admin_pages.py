"""The admin in Chromium: axe finds nothing on a tablet, light and dark; nothing overflows there, on a desktop and on a
phone; every word is translated, page after page into one language and the next; and the keyboard goes everywhere. The
pages are told from the admin's registry, so that a new admin is walked without a line here."""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pytest
from django.contrib.admin import ModelAdmin, site
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.text import capfirst
from playwright.sync_api import Browser, Page, expect

from consents.admin.report_pages import PAGES
from freedom_id.domain.audit import ADMINISTRATOR, By, Target, record
from freedom_id.domain.audit_verification import make_checkpoint
from freedom_id.enums import AuditAction
from freedom_id.grants import SCOPES
from freedom_id.models import Account, PartnerClient
from tests.chromium import COLOURS, LANGUAGES, WCAG, Watched, faults, speak, watched, wider
from tests.identity_portal.staff.stage import Stage, browser_of, member, own_views, stage
from tests.identity_portal.staff.test_roles import args_of
from tests.journeys.page_rules import broken, words_of
from tests.servers.portal import Portal
from tests.staff_browser import let_in

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]
TABLET, DESKTOP, PHONE = (
    {"width": 820, "height": 1180},
    {"width": 1280, "height": 800},
    {"width": 390, "height": 844},
)
LOOKS: list[tuple[dict[str, int], str, dict[str, Any]]] = [
    (TABLET, "light", WCAG),
    (TABLET, "dark", COLOURS),
]

# Rows of the stage hold these: a collection point's name, a role's, scopes, and what the audit was told of rows.
DATA = {"sign-in", "Security", *SCOPES, *(str(model._meta.verbose_name) for model in site._registry)}


@pytest.fixture
def scene(portal: Portal) -> Stage:
    made = stage()
    record(AuditAction.READ, by=By(command="test"), target=Target())
    make_checkpoint()
    return made


@contextmanager
def staff_of(portal: Portal, chromium: Browser, account: Account, **options: Any) -> Iterator[Watched]:
    with watched(chromium, portal.url, **{"locale": "en", "reduced_motion": "reduce"} | options) as browser:
        let_in(browser.page.context, account, portal.url)
        yield browser


def addresses(scene: Stage, account: Account) -> list[str]:
    """Every page that opens by a GET; an address for acts does not."""
    request: Any = RequestFactory().get("/")
    request.user = account
    found = [reverse("admin:index"), reverse("admin:app_list", args=["freedom_id"])]
    for owner in site._registry.values():
        found += pages_of(owner, scene, request)
        own = [reverse(f"admin:{one.name}", args=args_of(one, scene)) for one in own_views(owner).values()]
        found += [address for address in own if runs_scripts(browser_of(account).get(address))]
    found += [reverse("admin:consents_reports_report", args=[name]) for name in PAGES]
    return list(
        dict.fromkeys([*found, reverse("admin:freedom_id_partnerclient_history", args=[row_of(PartnerClient)])])
    )


def runs_scripts(answer: HttpResponse) -> bool:
    """A letter that a page frames runs none, axe's neither; letters are looked at where they are framed."""
    return answer.status_code == 200 and "sandbox" not in answer.get("Content-Security-Policy", "")


def pages_of(owner: ModelAdmin, scene: Stage, request: Any) -> Iterator[str]:
    name = f"admin:{owner.opts.app_label}_{owner.opts.model_name}_"
    yield reverse(f"{name}changelist")
    row = None if owner.opts.model_name == "reports" else scene.row(owner.model)
    if row is None:
        return
    yield reverse(f"{name}change", args=[row.pk])
    if owner.has_add_permission(request):
        yield reverse(f"{name}add")
    if owner.has_delete_permission(request, row):
        yield reverse(f"{name}delete", args=[row.pk])


def row_of(model: type) -> Any:
    return model._default_manager.values_list("pk", flat=True)[0]


def test_each_page_on_a_tablet_light_and_dark_on_other_widths_and_in_another_language(portal, scene, chromium):
    account = member(ADMINISTRATOR)
    with staff_of(portal, chromium, account) as browser:
        found = []
        for address, language in zip(addresses(scene, account), cycle(LANGUAGES[1:]), strict=False):
            answer = browser.page.goto(portal.url + address, wait_until="domcontentloaded")
            assert answer.status == 200, address
            found += [*looked_at(browser.page), *in_another_language(browser, language)]
    assert not found, "\n".join(found)


def looked_at(page: Page) -> list[str]:
    found = []
    for size, theme, options in LOOKS:
        show_whole(page, size)
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [f"{size['width']} {theme}: {fault}" for fault in faults(page, options)]
    path = urlsplit(page.url).path
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        found += [f"{path} is {wider(page)}px too wide at {size['width']}"] if wider(page) else []
    return found + [f"{path} {fault}" for fault in broken(page, "1.3.1", "nothing moves")]


def show_whole(page: Page, size: dict[str, int]) -> None:
    """As high as the page, or a bar that stays at the bottom of the window covers what axe looks at."""
    page.set_viewport_size(size)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({**size, "height": max(size["height"], height)})


def in_another_language(browser: Watched, language: str) -> list[str]:
    """Overflow and words; the browser speaks English again afterwards. Outside the admin's frame a page speaks the
    language of whom it is for."""
    if not browser.page.locator("#header").count():
        return []
    browser.page.set_viewport_size(TABLET)
    path = urlsplit(browser.page.url).path
    speak(browser, language)
    said = words_of(browser.page) & untranslated(language) - DATA
    found = [f"{path} says in {language}: {word}" for word in sorted(said)]
    found += [f"{path} is too wide in {language}"] if wider(browser.page) else []
    speak(browser, "en")
    return found


@cache
def untranslated(language: str) -> set[str]:
    """English words of ours and of Django's admin, but for those that are the same in this language."""
    known, said = catalogue("ru"), catalogue(language)
    return {form for word in known if said.get(word, "") != word for form in (word, capfirst(word)) if word.strip()}


def catalogue(language: str) -> dict[str, str]:
    """Each word of Django's and of our catalogues, with its translation."""
    djangos, root = Path(django.__file__).parent, Path(__file__).parents[2]
    places = [djangos / "contrib/auth", djangos / "contrib/admin", root / "consents", root / "freedom_id"]
    words: dict[str, str] = {}
    for place in [*places, root / "identity_portal"]:
        with (place / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as compiled:
            words |= {
                key: text for key, text in gettext.GNUTranslations(compiled)._catalog.items() if isinstance(key, str)
            }
    return words


def test_each_act_that_asks_first_has_a_page_that_keeps_the_rules(portal, scene, chromium):
    chief = member(ADMINISTRATOR)
    with staff_of(portal, chromium, chief) as browser:
        found = []
        for owner, name in acts_that_ask(scene, browser_of(chief)):
            choose(browser.page, portal, owner, name, scene)
            expect(browser.page.locator("main form [type=submit]")).not_to_have_count(0)
            found += looked_at(browser.page)
    assert not found, "\n".join(found)


def acts_that_ask(scene: Stage, client: Client) -> Iterator[tuple[ModelAdmin, str]]:
    """An act that is done at once leads elsewhere; what it did is taken back."""
    request: Any = RequestFactory().get("/")
    request.user = Account.objects.filter(is_superuser=True)[0]
    for owner in site._registry.values():
        for name in owner.get_actions(request):
            key = scene.row(owner.model).pk
            if f'value="{key}"' not in client.get(list_of(owner)).content.decode():
                continue  # a work queue opens on what waits
            with transaction.atomic():
                data = {"action": name, "_selected_action": key}
                status = client.post(list_of(owner), data).status_code
                transaction.set_rollback(True)
            if status == 200:
                yield owner, name


def list_of(owner: ModelAdmin) -> str:
    return reverse(f"admin:{owner.opts.app_label}_{owner.opts.model_name}_changelist")


def choose(page: Page, portal: Portal, owner: ModelAdmin, name: str, scene: Stage) -> None:
    """Tick the row and choose the action, as staff do."""
    page.goto(portal.url + list_of(owner))
    page.locator(f"[name=_selected_action][value='{scene.row(owner.model).pk}']").check()
    page.locator("select[name=action]").select_option(name)
    page.locator("#changelist .actions button").click()


# What Tab must reach, in the order of the page: of radio buttons with one name only one.
CONTROLS = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex='0']")]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled)
    .filter((one, i, all) => one.type !== "radio" || all.findIndex(other => other.name === one.name) === i)"""
NEXT = """controls => {
    const one = document.activeElement;
    if (one === document.body) return [-1, true];
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const uncovered = one.contains(hit) || hit?.contains(one) || one.labels?.length > 0;
    return [controls.indexOf(one), parseFloat(style.outlineWidth) >= 2 && uncovered];
}"""


def test_the_keyboard_goes_everywhere_in_order_and_shows_where_it_is(portal, scene, chromium):
    with staff_of(portal, chromium, member(ADMINISTRATOR), viewport=DESKTOP) as browser:
        page = browser.page
        for kind, model, args in (
            ("changelist", "partnerclient", []),
            ("change", "account", [scene.connection.account.pk]),
        ):
            page.goto(portal.url + reverse(f"admin:freedom_id_{model}_{kind}", args=args))
            assert [*reached(page), *broken(page, "4.1.3")] == []
            skip_to_content(page)
        page.goto(portal.url + reverse("admin:freedom_id_partnerclient_changelist"))
        order = [
            "#searchbar",
            "#filters summary",
            "#result_list thead a",
            "#result_list .action-select",
            ".actions select",
        ]
        assert page.evaluate(IN_ORDER, order)


IN_ORDER = """all => all.map(one => document.querySelector(one)).every((one, i, found) =>
    i === 0 || found[i - 1].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)"""


def reached(page: Page) -> list[str]:
    """What Tab leaves out, reaches twice or in another order, and what does not show its focus."""
    controls = page.evaluate_handle(CONTROLS)
    count = page.evaluate("controls => controls.length", controls)
    wrong = []
    for expected in range(count):
        page.keyboard.press("Tab")
        index, seen = page.evaluate(NEXT, controls)
        if index != expected or not seen:
            html = page.evaluate("([controls, i]) => controls[i].outerHTML.slice(0, 120)", [controls, expected])
            wrong.append(f"{html}: {'not seen' if index == expected else f'came to {index} instead of {expected}'}")
    page.keyboard.press("Tab")
    return wrong if page.evaluate(NEXT, controls)[0] in {-1, 0} else [*wrong, "Tab does not leave the page"]


def skip_to_content(page: Page) -> None:
    page.reload()
    page.keyboard.press("Tab")
    expect(page.locator(".skip-to-content-link")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


def test_the_theme_is_chosen_and_kept(portal, chromium):
    with staff_of(portal, chromium, member(ADMINISTRATOR), color_scheme="light") as browser:
        page = browser.page
        page.goto(f"{portal.url}/admin/")
        root, ground = page.locator("html"), "getComputedStyle(document.body).backgroundColor"
        expect(root).to_have_attribute("data-theme", "auto")
        light = page.evaluate(ground)
        page.locator(".theme-toggle").click()
        expect(root).to_have_attribute("data-theme", "dark")
        page.reload()
        expect(root).to_have_attribute("data-theme", "dark")
        assert page.evaluate(ground) != light
