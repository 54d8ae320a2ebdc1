"""Which pages are photographed, how each is reached, and the index of the pictures."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from consents.domain.review import submit_for_review
from freedom_id.domain.accounts import account_for
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.models import Account, PartnerClient
from identity_portal.demo.cast import ARUZHAN, DILNOZA, SOMCHAI, STAFF, Person
from tests.chromium import FLAGS
from tests.identity_portal.staff.stage import whole
from tests.journeys.test_freedom_id import read_code
from tests.screenshots.stage import ASKED, Stage
from tests.staff_browser import let_in

THREE = ("en", "ru", "th")
THEMES = ("light", "dark")
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1280, 800)}
NEW_NUMBER = "+998901112233"
SHOWN_WIDTHS = {"phone": 195, "tablet": 300, "desktop": 480}
INDEX_HEAD = """# What people and staff see

Made by `./run screenshots`; do not edit. {pages} pages of the demo, light and dark, {phone} and {desktop} pixels wide.
Sign-in, consent and home are in three languages; the others in English, and on the desktop light only. Pages of the
admin are {tablet} and {desktop} pixels wide.
"""

Way = Callable[[Page, Stage], object]


class Sight(NamedTuple):
    """A page to photograph: `go` leads a browser in which `who` (or nobody) is signed in to it."""

    name: str
    title: str
    go: Way
    who: Person | None = None
    languages: tuple[str, ...] = ("en",)


def at(path: str) -> Way:
    return lambda page, stage: page.goto(stage.url + path)


def first_question(page: Page, stage: Stage) -> None:
    page.goto(stage.link(ASKED))


def enter_identifier(page: Page, stage: Stage, person: Person) -> None:
    first_question(page, stage)
    page.locator("[name=identifier]").fill(person.identifiers[0])
    page.locator("main form button").first.click()
    page.locator("[name=password]").wait_for()


def enter_password(page: Page, stage: Stage, person: Person) -> None:
    enter_identifier(page, stage, person)
    page.locator("[name=password]").fill(stage.password(person))
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/login/password" not in url)


def lose_app(page: Page, stage: Stage) -> None:
    enter_password(page, stage, SOMCHAI)
    page.locator("a[href*='/login/second/lost']").click()
    page.wait_for_url("**/login/second/lost?*")


def use_phone(page: Page, stage: Stage) -> None:
    first_question(page, stage)
    page.locator("form.another-device button").click()
    page.wait_for_url("**/login/another-device?*")


def ask_for_code(page: Page, stage: Stage) -> None:
    enter_identifier(page, stage, SOMCHAI)
    page.locator("form[action*='code/send'] button").click()
    page.wait_for_url("**/login/code?*")


def prove_new_number(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/login/new")
    page.locator("[name=identifier]").fill(NEW_NUMBER)
    page.locator("main form button").first.click()
    page.locator("[name=code]").fill(read_code(stage.portal, NEW_NUMBER))
    page.locator("main form button").first.click()
    page.locator("[name=firstname]").wait_for()


def close(page: Page, stage: Stage) -> None:
    """The page asks for fresh proof first: the code that the worker sends."""
    page.goto(f"{stage.url}/me/privacy/close/")
    page.locator("form[action*='confirm/send'] button").click()
    page.locator("[name=code]").fill(stage.newest_code(DILNOZA))
    page.locator("form:has([name=code]) button").click()
    page.wait_for_url("**/me/privacy/close/")


def at_receipt(page: Page, stage: Stage) -> None:
    page.goto(stage.url + stage.app_path)
    page.locator("a[href*='/me/receipts/']").first.click()
    page.wait_for_url("**/me/receipts/*/")


def at_consent(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/me/consents/")
    page.locator("a.row[href*='/me/consents/']").first.click()
    page.wait_for_url("**/me/consents/*-*/**")


def account_of(person: Person) -> Account:
    account = account_for(parse_identifier(person.identifiers[0]))
    assert account
    return account


def at_account(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/admin/freedom_id/account/{account_of(DILNOZA).pk}/change/")


def at_partner(page: Page, stage: Stage) -> None:
    client = PartnerClient.objects.get(client_id=stage.market["client_id"])
    page.goto(f"{stage.url}/admin/freedom_id/partnerclient/{client.pk}/change/")


def at_review(page: Page, stage: Stage) -> None:
    version = submit_for_review(whole("read.phone"), by="somebody else", until_withdrawn=True)
    page.goto(f"{stage.url}/admin/consents/purposeversion/{version.pk}/change/")


SIGHTS = [
    Sight("sign-in", "Sign-in", first_question, languages=THREE),
    Sight("sign-up", "Create an account", at("/login/new")),
    Sight("sign-up-name", "Create an account: the name", prove_new_number),
    Sight("accounts", "Accounts on this browser", at("/login?switch=1"), DILNOZA),
    Sight("password", "Password", lambda page, stage: enter_identifier(page, stage, SOMCHAI)),
    Sight("code", "Code", ask_for_code),
    Sight("second-factor", "Second factor", lambda page, stage: enter_password(page, stage, SOMCHAI)),
    Sight("lost-factor", "A lost app", lose_app),
    Sight("another-device", "Sign-in by phone", use_phone),
    Sight("consent", "Consent, first visit", first_question, DILNOZA, THREE),
    Sight("consent-more", "Consent, more is asked", first_question, ARUZHAN),
    Sight("home", "Home", at("/me/"), DILNOZA, THREE),
    Sight("apps", "Apps", at("/me/apps/"), DILNOZA),
    Sight("app", "One app", lambda page, stage: page.goto(stage.url + stage.app_path), DILNOZA),
    Sight("withdraw", "Stop sharing", lambda page, stage: page.goto(f"{stage.url}{stage.app_path}withdraw/"), DILNOZA),
    Sight("receipt", "Receipt", at_receipt, DILNOZA),
    Sight("devices", "Devices", at("/me/devices/"), DILNOZA),
    Sight("security", "Sign-in and security", at("/me/security/"), DILNOZA),
    Sight("activity", "Activity", at("/me/activity/"), DILNOZA),
    Sight("data", "What we know of you", at("/me/data/"), DILNOZA),
    Sight("consents", "Consents", at("/me/consents/"), DILNOZA),
    Sight("own-consent", "One consent", at_consent, DILNOZA),
    Sight("uses", "Who used your data", at("/me/activity/data/"), DILNOZA),
    Sight("notices", "Messages from us", at("/me/notices/"), DILNOZA),
    Sight("preferences", "Language and appearance", at("/me/preferences/"), DILNOZA),
    Sight("privacy", "Your data", at("/me/privacy/"), DILNOZA),
    Sight("confirm", "Fresh proof", at("/me/privacy/close/"), DILNOZA),
    Sight("close", "Closing the account", close, DILNOZA),
    Sight("partner", "A partner's page with the button", at("/demo/partner/")),
    Sight("apply", "A company asks to become a partner", at("/partners/apply/")),
    Sight("not-found", "A page that is not there", at("/nothing-here")),
    Sight("admin", "Admin", at("/admin/"), STAFF),
    Sight("admin-accounts", "Admin: accounts", at("/admin/freedom_id/account/"), STAFF),
    Sight("admin-account", "Admin: one account", at_account, STAFF),
    Sight("admin-partners", "Admin: partners", at("/admin/freedom_id/partnerclient/"), STAFF),
    Sight("admin-partner", "Admin: one partner", at_partner, STAFF),
    Sight("admin-purposes", "Admin: purposes", at("/admin/consents/purpose/"), STAFF),
    Sight("admin-review", "Admin: a version in review", at_review, STAFF),
    Sight("admin-requests", "Admin: a work queue", at("/admin/freedom_id/profilerequest/?stands=all"), STAFF),
    Sight("admin-audit", "Admin: audit", at("/admin/freedom_id/auditentry/"), STAFF),
    Sight("admin-reports", "Admin: reports", at("/admin/consents/reports/"), STAFF),
    Sight("admin-report", "Admin: one report", at("/admin/consents/reports/opt-in/"), STAFF),
]


def take_pictures(stage: Stage, chromium: str, folder: Path) -> None:
    """Replace the pictures in `folder`."""
    for former in folder.glob("*.png"):
        former.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        states = {who.identifiers: signed_in(browser, stage, who) for who in (DILNOZA, ARUZHAN, STAFF)}
        for sight in SIGHTS:
            for language in sight.languages:
                state = states[sight.who.identifiers] if sight.who else None
                context = browser.new_context(locale=language, storage_state=state, reduced_motion="reduce")
                page = context.new_page()
                sight.go(page, stage)
                photograph(page, sight, folder / f"{sight.name}-{language}")
                context.close()
        browser.close()


def signed_in(browser: Browser, stage: Stage, who: Person) -> StorageState:
    """What a browser keeps in which this person is signed in."""
    context = browser.new_context(locale="en")
    if who is STAFF:
        let_in(context, account_of(STAFF), stage.url)
    else:
        enter_password(context.new_page(), stage, who)
    state = context.storage_state()
    context.close()
    return state


def photograph(page: Page, sight: Sight, path: Path) -> None:
    """The whole page, in each of the looks, with the mouse on nothing."""
    page.mouse.move(0, 0)
    for theme, size in looks(sight):
        width, height = SIZES[size]
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        # As high as the page, or the bar of places would stand where the first screen ends.
        height = max(height, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=f"{path}-{theme}-{size}.png")


def looks(sight: Sight) -> list[tuple[str, str]]:
    """The themes and sizes of its pictures: staff have no phone, and dark and wide is left out where one language is
    enough."""
    if sight.who == STAFF:
        return list(product(THEMES, ("tablet", "desktop")))
    all_looks = list(product(THEMES, ("phone", "desktop")))
    return all_looks if len(sight.languages) > 1 else [look for look in all_looks if look != ("dark", "desktop")]


def write_index(folder: Path) -> None:
    """README.md: a table of each page, a row for each language."""
    widths = {size: width for size, (width, _height) in SIZES.items()}
    parts = [INDEX_HEAD.format(pages=len(SIGHTS), **widths)]
    for sight in SIGHTS:
        parts.append(f"## {sight.title}\n\n| | {' | '.join(' '.join(look) for look in looks(sight))} |")
        parts[-1] += "\n|---" + "|---" * len(looks(sight)) + "|\n" + "\n".join(index_rows(sight)) + "\n"
    (folder / "README.md").write_text("\n".join(parts))


def index_rows(sight: Sight) -> Iterator[str]:
    for language in sight.languages:
        cells = [
            f'<img src="{sight.name}-{language}-{theme}-{size}.png" width="{SHOWN_WIDTHS[size]}" '
            f'alt="{sight.title}, {language}, {theme}, {size}">'
            for theme, size in looks(sight)
        ]
        yield f"| {language} | {' | '.join(cells)} |"
