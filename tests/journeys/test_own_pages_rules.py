"""The UX rules 21–42 (docs/consent-rules.md), in Chromium: what a person sees of her consents and apps, and how she
stops them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from consents.enums import Action
from freedom_id.domain.tokens import TokenSet
from freedom_id.models import Account, Authorization, BrowserSignIn, ProfileRequest
from tests.chromium import faults, sign_in, watched
from tests.freedom_id.domain.acts import Pair, pair
from tests.freedom_id.views.test_own_consents import decide
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
PRESSURE = re.compile(r"!|don.t miss|are you sure|last chance|lose|only today|hurry", re.IGNORECASE)
PLACES = ["Home", "Apps", "Devices", "Security", "Sign out"]
OWN_PAGES = [
    *("", "data/", "data/edit/", "data/contacts/add/", "consents/", "activity/data/"),
    *("requests/", "notices/", "preferences/"),
]


@pytest.fixture
def known(portal: Portal) -> tuple[Pair, TokenSet]:
    """A person who shares with an app, agreed to news for 20 days, and refused surveys."""
    a = pair()
    tokens = a.tokens("read.firstname", "read.phone")
    decide(a.account, "news", lifespan=timedelta(days=6))
    decide(a.account, "surveys", action=Action.REFUSE)
    return a, tokens


@contextmanager
def at_home(portal: Portal, chromium: Browser, account: Account, **options: object) -> Iterator[Page]:
    """Her page, after the sign-in by two proofs."""
    with watched(chromium, portal.url, **{"viewport": PHONE} | options) as browser:
        browser.page.goto(f"{portal.url}/me/")
        sign_in(browser.page, account)
        expect(browser.page).to_have_title("Home – Freedom ID")
        BrowserSignIn.objects.update(stepped_up_at=timezone.now())
        yield browser.page


def information(portal: Portal, tokens: TokenSet) -> requests.Response:
    headers = {"Authorization": f"Bearer {tokens.access_token}"}
    return requests.get(f"{portal.url}/api/v1/oauth/user", headers=headers, timeout=10)


def weight(control: Locator) -> str:
    looks = ["color", "backgroundColor", "fontWeight", "borderColor", "fontSize"]
    return str(control.evaluate("(b, looks) => looks.map(look => getComputedStyle(b)[look]).join()", looks))


def main_text(page: Page) -> str:
    return page.locator("main").inner_text()


@pytest.mark.rule(21)
@pytest.mark.rule(28)
@pytest.mark.rule(31)
@pytest.mark.rule(32)
@pytest.mark.rule(33)
def test_from_home_an_app_is_stopped_by_two_clicks_and_one_confirmation(portal, chromium, known):
    a, tokens = known
    assert information(portal, tokens).status_code == 200
    with at_home(portal, chromium, a.account, java_script_enabled=False) as page:
        BrowserSignIn.objects.update(started_at=timezone.now() - timedelta(hours=3), stepped_up_at=None)
        page.get_by_role("link", name="Aral Market").first.click()  # 1
        page.get_by_role("link", name="Stop sharing everything").click()  # 2
        expect(page.locator("main").get_by_role("textbox")).to_have_count(0)
        page.get_by_role("button", name="Stop sharing").click()  # the confirmation

        expect(page.get_by_text("Aral Market no longer receives this data.")).to_be_visible()
        expect(page.get_by_text("You stopped it")).to_be_visible()
    assert information(portal, tokens).status_code == 401
    assert Authorization.objects.get().end_reason == "withdrawn"


@pytest.mark.rule(28)
@pytest.mark.rule(26)
@pytest.mark.rule(33)
@pytest.mark.rule(35)
@pytest.mark.rule(36)
@pytest.mark.rule(37)
@pytest.mark.rule(39)
@pytest.mark.rule(41)
def test_a_consent_is_withdrawn_by_two_clicks_and_one_press_and_stays_in_sight(portal, chromium, known, tmp_path):
    a, tokens = known
    with at_home(portal, chromium, a.account, java_script_enabled=False) as page:
        needs = page.locator("section", has=page.get_by_role("heading", name="Needs you"))
        expect(needs).to_contain_text("1 consent ends within a week")
        assert PRESSURE.search(needs.inner_text()) is None
        page.get_by_role("link", name="Your consents The exact").click()  # 1
        page.locator("a.row", has_text="Phone number").click()  # 2
        page.get_by_role("button", name="Withdraw this consent").click()

        expect(page.get_by_text("Withdrawn. It has taken effect.")).to_be_visible()
        assert "phone" not in information(portal, tokens).json()
        expect(page.locator("main").get_by_role("button")).to_have_count(0)  # nothing restores it silently
        expect(page.get_by_text(re.compile("you are asked anew|you decide anew"))).to_be_visible()
        receipt = page.get_by_role("link", name="Receipt").first
        receipt.click()
        expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
        expect(page.get_by_text("Sharing stopped")).to_be_visible()
        page.goto(f"{portal.url}/me/consents/")
        past = page.locator("section", has=page.get_by_role("heading", name="You do not agree, or no longer"))
        expect(past.locator("a.row", has_text="Phone number")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the history").click()
        download.value.save_as(tmp_path / "history.json")
        decided = json.loads((tmp_path / "history.json").read_text())["decisions"]
        said = {(row["purpose"], row["action"]) for row in decided}
        assert {("news", "allow"), ("surveys", "refuse"), ("read.phone", "withdraw")} <= said
        page.goto(f"{portal.url}/me/requests/")
        expect(page.locator(".card.empty")).to_contain_text("When an app you agreed with asks")


@pytest.mark.rule(29)
@pytest.mark.rule(30)
@pytest.mark.rule(34)
def test_before_stopping_the_page_says_what_follows_and_presses_nobody(portal, chromium, known):
    a, _tokens = known
    with at_home(portal, chromium, a.account) as page:
        page.goto(f"{portal.url}/me/apps/{a.live.pk}/")
        expect(page.get_by_role("link", name="Stop sharing everything")).to_have_count(1)
        singly = [page.get_by_role(role, name=re.compile("^Stop sharing ?: ")) for role in ("link", "button")]
        assert sum(control.count() for control in singly) == 2
        page.get_by_role("link", name="Stop sharing everything").click()
        stop, keep = page.get_by_role("button", name="Stop sharing"), page.get_by_role("link", name="Keep sharing")
        expect(stop).to_be_visible()
        text = main_text(page)
        assert "Aral Market can no longer see" in text
        assert "already received stays with it. You can ask Aral Market LLC to delete that." in text
        assert PRESSURE.search(text) is None
        assert weight(stop) == weight(keep)
        expect(keep).not_to_be_focused()
        boxes = [control.bounding_box() for control in (stop, keep)]
        areas = [box["width"] * box["height"] for box in boxes if box]
        assert 0.9 <= areas[0] / areas[1] <= 1.1
        page.goto(f"{portal.url}/me/consents/")
        page.locator("a.row", has_text="News by e-mail").filter(has_text="In force").click()
        expect(page.get_by_text("No more letters from tomorrow on.")).to_be_visible()
        assert "already received stays with it" in main_text(page)


@pytest.mark.rule(22)
@pytest.mark.rule(23)
@pytest.mark.rule(24)
@pytest.mark.rule(25)
@pytest.mark.rule(27)
@pytest.mark.rule(40)
def test_each_consent_has_a_line_and_a_page_with_the_way_out_in_sight(portal, chromium, known):
    a, tokens = known
    assert information(portal, tokens).status_code == 200
    with at_home(portal, chromium, a.account) as page:
        page.goto(f"{portal.url}/me/consents/")
        rows = page.locator("a.row")
        expect(rows).to_have_count(5)
        for line in rows.all():
            expect(line.locator(".tile")).to_have_count(1)
            assert re.search(r"Since: \w", line.inner_text())
        expect(rows.filter(has_text="News by e-mail").first).to_contain_text(re.compile("In force.*Until: ", re.DOTALL))
        expect(rows.filter(has_text="Phone number")).to_contain_text("Last used: ")
        paths = [str(line.get_attribute("href")) for line in rows.all()] + [f"/me/apps/{a.live.pk}/"]
        for path in paths:
            for size in (PHONE, DESKTOP):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                page.goto(portal.url + path)
                expect(page.locator(".places li")).to_have_text(PLACES)
                if page.get_by_text("In force").count() or "/me/apps/" in path:
                    name = re.compile("Withdraw this consent|Stop sharing everything")
                    out = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
                    expect(out).to_be_in_viewport(ratio=1)
            text = main_text(page)
            assert "Who answers for it" in text
            assert "complain to the authority" in text
            if "/me/consents/" in path:
                for said in ("The text that you answered", "Version of the text", "English", "History", "Receipt"):
                    assert said in text, (path, said)
        assert "What it did" in text
        assert "It read your data" in text


@pytest.mark.rule(43)
@pytest.mark.rule(50)
@pytest.mark.rule(58)
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing_on_her_pages_and_nothing_overflows(portal, chromium, known, theme):
    a, _tokens = known
    later = timezone.now() + timedelta(hours=1)
    ProfileRequest.objects.create(authorization=a.live, request_id=a.account.freedom_id, due_at=later, expires_at=later)
    other = a.account.credentials.filter(is_primary=False).first()
    removing = f"data/contacts/{other.number}/remove/"
    found, titles = [], []
    with at_home(portal, chromium, a.account, color_scheme={"Light": "dark", "Dark": "light"}[theme]) as page:
        choose(page, theme)
        page.goto(f"{portal.url}/me/consents/")
        consent = str(page.locator("a.row").first.get_attribute("href")).removeprefix("/me/")
        sizes = [{"width": width, "height": 720} for width in (320, 1280)]
        if theme == "Dark":
            sizes.reverse()
        for path in [*OWN_PAGES, removing, consent]:
            page.set_viewport_size(sizes[0])
            page.goto(f"{portal.url}/me/{path}")
            titles.append(page.title())
            found += faults(page)
            page.set_viewport_size(sizes[1])
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.goto(f"{portal.url}/me/data/edit/")
        page.get_by_label("Citizenship").fill("U1")
        page.get_by_role("button", name="Change", exact=True).click()
        expect(page.get_by_label("Citizenship")).to_have_attribute("aria-invalid", "true")
        found += faults(page)
    assert found == []
    assert len(set(titles)) == len(titles)


def choose(page: Page, theme: str) -> None:
    """By the keyboard; the theme is in the page as it comes, whatever the device wants."""
    page.get_by_role("link", name="Language and appearance").press("Enter")
    page.get_by_role("radio", name=theme).press("Space")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())
    ground = {"Light": "rgb(247, 246, 242)", "Dark": "rgb(18, 22, 28)"}[theme]
    expect(page.locator("body")).to_have_css("background-color", ground)
