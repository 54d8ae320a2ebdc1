"""The consent screen against rules 1 to 20 of docs/consent-rules.md, in Chromium. One portal and one signed-in person
for the whole module; every test has a partner of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from consents.canonical_json import sha256_of
from consents.domain.purposes import NoticeText, publish_purpose
from consents.models import ConsentTransaction
from freedom_id.domain.asked_data import publish_grant_purposes
from freedom_id.models import Account, Authorization, Grant, Notice, PartnerClient
from tests.chromium import LANGUAGES, faults, sign_in, watched
from tests.factories.people import partner, person
from tests.journeys.test_browser import callback
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

__all__ = ["callback"]
pytestmark = [pytest.mark.browser, pytest.mark.postgresql]

REQUIRED = "read.firstname"
OPTIONAL = ["read.phone", "read.email", "read.gender"]
CONTROLS = {"csrfmiddlewaretoken", "track_id", "notice", "grants", "decision", "duration"}
CHOICES = {"value.read.phone", "value.read.email"}


@dataclass
class Stage:
    """A signed-in person, and a new partner that asks her."""

    portal: Portal
    callback: str
    chromium: Browser
    account: Account
    cookies: Any
    client: PartnerClient
    secret: str

    def link(self, *grants: str, locale: str = "en") -> str:
        with requests.Session() as backend:
            walk = FreedomWalk(backend, self.portal.url)
            asked = grants or (REQUIRED, *OPTIONAL)
            return walk.link(
                self.client.client_id, self.secret, grants=asked, redirect_uri=self.callback, locale=locale
            )

    @contextmanager
    def page(self, *grants: str, locale: str = "en", **options: Any) -> Iterator[Page]:
        """The consent page in a browser in which she is signed in."""
        with watched(self.chromium, self.portal.url, self.callback, storage_state=self.cookies, **options) as browser:
            browser.page.goto(self.link(*grants, locale=locale))
            browser.page.wait_for_url("**/consent?*")
            yield browser.page

    def rows(self) -> list[tuple[str, str]]:
        """(action, grant) of what she answered to this partner, the oldest first."""
        rows = ConsentTransaction.objects.filter(scope_key=self.client.client_id).order_by("epoch")
        return [row for row in rows.values_list("action", "purpose__name") if row[1] != "identity-provider"]


def signed_in(portal: Portal, chromium: Browser, account: Account) -> Any:
    """The cookies of a browser in which this person is signed in."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{portal.url}/me/")
    sign_in(page, account)
    page.wait_for_url("**/me/")
    cookies = context.storage_state()
    context.close()
    return cookies


@pytest.fixture(scope="module")
def known(standing, chromium, django_db_blocker) -> tuple[Account, Any]:
    with django_db_blocker.unblock():
        publish_grant_purposes()
        account = person()
        return account, signed_in(standing, chromium, account)


@pytest.fixture
def stage(standing, callback, chromium, known, django_db_blocker) -> Iterator[Stage]:
    with django_db_blocker.unblock():
        client, secret = partner(redirect_uris=[callback])
        yield Stage(standing, callback, chromium, *known, client, secret)


@pytest.fixture
def stage_of_its_own(portal, callback, chromium) -> Stage:
    """For a test that changes what all partners ask."""
    client, secret = partner(redirect_uris=[callback])
    account = person()
    return Stage(portal, callback, chromium, account, signed_in(portal, chromium, account), client, secret)


def choose(page: Page, decision: str) -> None:
    page.locator(f"button[name=decision][value={decision}]").click()
    page.wait_for_url("**/callback?*")


def back_on_the_page(page: Page) -> None:
    page.go_back()
    page.wait_for_url("**/consent?*")


def boxes(page: Page) -> Any:
    return page.locator("input[type=checkbox], [role=switch]")


def assert_nothing_is_on(page: Page) -> None:
    expect(boxes(page)).to_have_count(len(OPTIONAL))
    for index in range(len(OPTIONAL)):
        expect(boxes(page).nth(index)).not_to_be_checked()


@pytest.mark.rule(1)
def test_no_box_is_on_at_first_nor_after_another_page_a_language_or_an_error(stage) -> None:
    with stage.page() as page:
        assert_nothing_is_on(page)
        page.goto(f"{stage.portal.url}/me/apps/")
        back_on_the_page(page)
        assert_nothing_is_on(page)
        page.locator("details.languages summary").click()
        page.locator("button[name=language][value=uz]").click()
        expect(page.locator("html")).to_have_attribute("lang", "uz")
        assert_nothing_is_on(page)
        page.locator("input[name=notice]").evaluate("field => field.value = 'altered'")
        page.locator("button[value=allow]").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert_nothing_is_on(page)


@pytest.mark.rule(2)
@pytest.mark.rule(7)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_each_datum_once_and_each_optional_one_with_a_control_of_its_own(stage, locale) -> None:
    with stage.page(locale=locale) as page:
        expect(page.locator("html")).to_have_attribute("lang", locale)
        listed = page.locator("li[data-grant]").evaluate_all("items => items.map(item => item.dataset.grant)")
        assert sorted(listed) == sorted([REQUIRED, *OPTIONAL])
        assert sorted(boxes(page).evaluate_all("all => all.map(box => box.value)")) == sorted(OPTIONAL)
        expect(page.locator("section.list h2").first).to_contain_text("Aral Market")
        expect(page.locator("fieldset.list legend").first).not_to_be_empty()


@pytest.mark.rule(47)
def test_a_box_has_its_role_its_state_and_the_name_of_what_it_shares(stage) -> None:
    with stage.page() as page:
        for title in page.locator("label.choose .label").all_inner_texts():
            box = page.get_by_role("checkbox", name=title)
            expect(box).not_to_be_checked()
            box.check()
            expect(box).to_be_checked()


@pytest.mark.rule(52)
def test_a_page_that_lay_too_long_comes_again_and_can_be_answered(stage) -> None:
    with stage.page() as page:
        page.locator("input[name=notice]").evaluate("field => field.value = 'lay too long'")
        page.locator("button[name=decision][value=allow]").click()
        alert = page.get_by_role("alert")
        expect(alert).to_be_focused()
        choose(page, "allow")
    assert [action for action, name in stage.rows() if name == REQUIRED] == ["allow"]


@pytest.mark.rule(3)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_is_as_easy_as_yes(stage, scheme) -> None:
    with stage.page(color_scheme=scheme, viewport={"width": 390, "height": 844}) as page:
        yes, no = (page.locator(f"button[name=decision][value={value}]") for value in ("allow", "deny"))
        sizes = [box["width"] * box["height"] for box in (yes.bounding_box(), no.bounding_box()) if box]
        assert 0.9 <= sizes[0] / sizes[1] <= 1.1
        look = "b => ['color', 'backgroundColor', 'borderColor', 'fontWeight'].map(p => getComputedStyle(b)[p]).join()"
        assert yes.evaluate(look) == no.evaluate(look)
        yes.focus()
        page.keyboard.press("Tab")
        expect(no).to_be_focused()
        choose(page, "deny")  # one press, as for a yes
    assert {action for action, _grant in stage.rows()} == {"refuse"}


@pytest.mark.rule(4)
@pytest.mark.rule(5)
@pytest.mark.rule(12)
@pytest.mark.rule(18)
def test_one_matter_with_both_parties_named_and_nothing_sent_before_the_answer(stage) -> None:
    with stage.page() as page:
        names = page.locator("form.consent [name]").evaluate_all("fields => fields.map(field => field.name)")
        assert set(names) <= CONTROLS | CHOICES
        expect(page.get_by_role("heading", level=1)).to_have_text("Aral Market wants to see your data")
        expect(page.get_by_text("Aral Market LLC")).to_be_visible()
        expect(page.get_by_text("Verified", exact=True)).to_be_visible()
        expect(page.get_by_text("Freedom ID", exact=True).first).to_be_visible()
        assert not any(address.startswith(stage.callback) for address in resources(page))
    assert stage.rows() == []  # the window was closed
    assert not Grant.objects.filter(application=stage.client).exists()
    assert not Authorization.objects.filter(client=stage.client).exists()


def resources(page: Page) -> list[str]:
    found: list[str] = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    return found


@pytest.mark.rule(6)
@pytest.mark.rule(8)
@pytest.mark.rule(14)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_why_what_how_long_and_how_to_stop_are_one_press_away_at_most(stage, locale) -> None:
    with stage.page(locale=locale) as page:
        for item in page.locator("li[data-grant]").all():
            item.locator("details.why > summary").focus()
            page.keyboard.press("Enter")
            expect(item.locator(".why .text")).to_be_visible()
            expect(item.locator(".why .text")).not_to_be_empty()
            assert item.locator(".why .text").inner_text().count(". ") < 2  # two sentences at the most
            expect(item.locator(".what .label")).not_to_be_empty()
        expect(page.locator("fieldset.how-long time[datetime]").first).to_be_visible()
        assert page.locator("dl.facts dd").count() == 3  # who is known to whom, who answers, how to stop
        assert all(page.locator("dl.facts dd").all_inner_texts())


@pytest.mark.rule(13)
def test_the_service_works_without_what_is_not_needed_and_says_what_is(stage) -> None:
    with stage.page() as page:
        expect(page.get_by_role("heading", name="Needed to use Aral Market")).to_be_visible()
        choose(page, "allow")
        assert "authorization_code=" in page.url
    assert dict(reversed(row) for row in stage.rows()) == {REQUIRED: "allow", **dict.fromkeys(OPTIONAL, "refuse")}


@pytest.mark.rule(15)
def test_the_ledger_holds_the_language_that_was_on_the_screen(stage) -> None:
    with stage.page() as page:
        page.locator("details.languages summary").click()
        page.locator("button[name=language][value=kk]").click()
        expect(page.locator("html")).to_have_attribute("lang", "kk")
        choose(page, "allow")
    rows = ConsentTransaction.objects.filter(scope_key=stage.client.client_id)
    assert set(rows.values_list("locale", flat=True)) == {"kk"}


@pytest.mark.rule(16)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_words_on_the_screen_are_the_words_in_the_ledger(stage, locale) -> None:
    with stage.page(locale=locale) as page:
        shown = {}
        for item in page.locator("li[data-grant]").all():
            rest = item.locator(".why p:not(.text):not(.hint)").all_text_contents()
            words = {
                "locale": locale,
                "title": item.locator(".what .label").text_content(),
                "text": item.locator(".why .text").text_content(),
                "consequence": "".join(rest),
            }
            shown[item.get_attribute("data-grant")] = sha256_of(words)
        choose(page, "allow")
    rows = ConsentTransaction.objects.filter(scope_key=stage.client.client_id, purpose__name__startswith="read.")
    assert dict(rows.values_list("purpose__name", "text_sha256")) == shown


@pytest.mark.rule(17)
def test_two_presses_back_and_reload_are_one_decision(stage) -> None:
    with stage.page() as page:
        page.locator("button[value=allow]").dblclick()
        page.wait_for_url("**/callback?*")
        before = stage.rows()
        assert len(before) == 1 + len(OPTIONAL)
        page.goto(f"{stage.portal.url}/me/")
        page.go_back()
        page.go_back()
        expect(page.locator("h1")).not_to_be_empty()
        if page.locator("button[value=allow]").count():  # the browser kept the page
            page.locator("button[value=allow]").click()
        page.reload()
        expect(page.get_by_role("button", name="Share with Aral Market")).to_have_count(0)
    assert stage.rows() == before


@pytest.mark.rule(20)
def test_a_receipt_is_at_hand_and_a_message_tells_of_it_the_first_time(stage) -> None:
    with stage.page() as page:
        choose(page, "allow")
        app = Authorization.objects.get(client=stage.client)
        page.goto(f"{stage.portal.url}/me/apps/{app.pk}/")
        page.get_by_role("link", name="Receipt").first.click()
        page.wait_for_url("**/me/receipts/*/")
        expect(page.get_by_role("link", name="Download the signed file")).to_be_visible()
        receipt = page.url.rstrip("/").rpartition("/")[2]
    [notice] = [n for n in Notice.objects.filter(kind="connect") if str(n.subject_id) == receipt]
    assert (notice.channel, notice.masked) == ("email", "Aral Market")
    with stage.page() as page:
        choose(page, "allow")
    assert len([n for n in Notice.objects.filter(kind="connect") if n.created_at > notice.created_at]) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["ru", "th"])
def test_axe_finds_nothing_where_there_is_much_to_choose(stage, locale, scheme) -> None:
    with stage.page(locale=locale, color_scheme=scheme, viewport={"width": 320, "height": 640}) as page:
        which = page.locator("fieldset.which").first
        expect(which).to_be_hidden()
        page.locator("input[value='read.phone']").check()
        expect(which).to_be_visible()
        assert faults(page) == []


def test_a_number_and_a_length_are_chosen_without_javascript_and_shown_on_the_app_page(stage) -> None:
    other = stage.account.credentials.get(type="mobile", is_primary=False)
    with stage.page(java_script_enabled=False) as page:
        page.get_by_role("checkbox", name="Phone number").check()
        page.locator(f"input[name='value.read.phone'][value='{other.number}']").check()
        page.get_by_role("radio", name="Until I stop it").check()
        choose(page, "allow")
        app = Authorization.objects.get(client=stage.client)
        page.goto(f"{stage.portal.url}/me/apps/{app.pk}/")
        expect(page.locator("li[data-grant='read.phone'] .value")).to_contain_text(other.value[-2:])
    assert (app.ends_at, app.grants["read.phone"]["value"]) == (None, other.number)


def test_more_is_asked_alone_and_all_of_it_may_be_refused(stage) -> None:
    with stage.page() as page:
        choose(page, "allow")
        page.goto(stage.link(REQUIRED, "read.country"))
        assert page.locator("form.consent > :not(details) li[data-grant]").evaluate_all(
            "items => items.map(item => item.dataset.grant)"
        ) == ["read.country"]
        expect(page.locator("details.standing")).to_contain_text("Aral Market already sees 1 item")
        choose(page, "allow")  # nothing ticked
    assert stage.rows()[-1] == ("refuse", "read.country")
    assert set(Authorization.objects.get(client=stage.client).grants) == {REQUIRED}


@pytest.mark.rule(38)
def test_a_changed_text_is_marked_and_keeping_none_of_it_is_possible(stage_of_its_own) -> None:
    stage = stage_of_its_own
    with stage.page() as page:
        page.get_by_role("checkbox", name="Gender").check()
        choose(page, "allow")
        texts = {"en": NoticeText(title="Gender", text="To fill in forms for you that your doctor asks for.")}
        publish_purpose("read.gender", scope="per_client", texts=texts, data_items=["gender"])
        page.goto(stage.link(REQUIRED, "read.gender"))
        item = page.locator("li[data-grant='read.gender']")
        expect(item.locator("ins").first).to_contain_text("your doctor asks for")
        expect(item.locator("del").first).to_be_visible()
        choose(page, "allow")
    assert stage.rows()[-1] == ("refuse", "read.gender")
    assert "read.gender" not in Authorization.objects.get(client=stage.client).grants
