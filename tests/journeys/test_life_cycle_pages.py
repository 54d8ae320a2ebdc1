"""The admin's pages of purposes, versions and points in Chromium: without JavaScript, and judged by axe."""

import os
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page

from consents.models import CollectionPoint, Purpose, PurposeVersion
from freedom_id.models import Account
from identity_portal.demo.purposes import seed_purposes
from tests.chromium import faults, sign_in_staff, watched
from tests.factories.people import person
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


@pytest.fixture
def staff(portal: Portal) -> Account:
    account = person()
    Account.objects.filter(pk=account.pk).update(is_staff=True, is_superuser=True)
    seed_purposes(submitted_by="somebody else")
    return account


def pages() -> Iterator[tuple[str, str]]:
    yield "purpose", reverse("admin:consents_purpose_change", args=[Purpose.objects.get(name="direct-marketing").pk])
    for state in ("draft", "in_review", "superseded"):
        version = PurposeVersion.objects.get(state=state, purpose__scope="global")
        yield state, reverse("admin:consents_purposeversion_change", args=[version.pk])
    point = CollectionPoint.objects.get(name="privacy-choices").pk
    yield "point", reverse("admin:consents_collectionpoint_change", args=[point])
    for locale in ("en", "th"):
        yield locale, reverse("admin:consents_collectionpoint_preview", args=[point]) + f"?locale={locale}"


def enter(page: Page, portal: Portal, account: Account) -> None:
    page.goto(portal.url + "/admin/")
    sign_in_staff(page, account)
    page.wait_for_url("**/admin/")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 820)])
def test_every_page_is_accessible(portal: Portal, chromium: Browser, staff: Account, scheme: str, width: int) -> None:
    with watched(chromium, portal.url, viewport={"width": width, "height": 900}, color_scheme=scheme) as browser:
        enter(browser.page, portal, staff)
        found = []
        for name, address in pages():
            browser.page.goto(portal.url + address)
            found += faults(browser.page)
            if folder := os.environ.get("SCREENS"):
                browser.page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
        assert found == []


def test_a_version_is_published_without_javascript(portal: Portal, chromium: Browser, staff: Account) -> None:
    version = PurposeVersion.objects.get(state="in_review")
    with watched(chromium, portal.url, java_script_enabled=False) as browser:
        page = browser.page
        enter(page, portal, staff)
        page.goto(portal.url + reverse("admin:consents_purposeversion_change", args=[version.pk]))
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("button", name="New version from this one").click()
        page.get_by_label("title (en)").fill("Offers chosen for you")
        page.get_by_role("button", name="Save and continue editing").click()
        page.get_by_role("button", name="Submit for review").click()
        page.get_by_text("You submitted this version.").wait_for()
    version.refresh_from_db()
    assert (version.state, version.published_by) == ("published", str(staff.pk))
    assert PurposeVersion.objects.get(state="in_review").texts.get(locale="en").title == "Offers chosen for you"
