"""The admin's home and a partner's usage in Chromium: axe, two widths, light and dark; by keys and without script."""

import os
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.domain.sign_in import note_failure
from freedom_id.domain.usage_counts import count_error
from freedom_id.enums import ApiDoor, EventAction, SignInFailure, SignInMethod
from freedom_id.models import AccountEvent, OneTimeCode, PartnerClient
from tests.chromium import faults, watched
from tests.freedom_id.admin.connections import connect, end
from tests.identity_portal.staff.stage import member
from tests.servers.portal import Portal
from tests.staff_browser import let_in

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


def busy_days() -> PartnerClient:
    """Something of everything: sign-ins of a month but for some days, codes, errors, failures, a partner's requests."""
    connection = connect()
    end(connection)
    now = timezone.now()
    AccountEvent.objects.bulk_create(
        AccountEvent(action=EventAction.SIGNED_IN, method=method, happened_at=now - timedelta(days=day))
        for at, method in enumerate(SignInMethod)
        for day in range(at, 30, at + 2)
        for _time in range(9 - at)
    )
    for code in (100101, 100107, 40301):
        for _time in range(code % 7 + 1):
            count_error(connection.client.client_id, ApiDoor.FREEDOM_ID, code)
    for _time in range(20):
        note_failure(connection.account, SignInFailure.WRONG_PASSWORD, ip="192.0.2.7")
    OneTimeCode.objects.filter(channel="sms").update(delivered_at=now)
    OneTimeCode.objects.filter(channel="email").update(undelivered_at=now, delivered_at=None)
    cache.clear()
    return connection.client


def enter(page: Page, portal: Portal, address: str) -> None:
    """As an administrator who is signed in."""
    let_in(page.context, member(ADMINISTRATOR), portal.url)
    page.goto(portal.url + address)


@pytest.mark.parametrize(("name", "scheme", "width"), [("home", "dark", 820), ("usage", "light", 1280)])
def test_the_figures_are_accessible(portal: Portal, chromium: Browser, name: str, scheme: str, width: int) -> None:
    address = {"home": "/admin/", "usage": f"/admin/freedom_id/partnerclient/{busy_days().pk}/usage/"}[name]
    with watched(chromium, portal.url, viewport={"width": width, "height": 900}, color_scheme=scheme) as browser:
        page = browser.page
        enter(page, portal, address)
        for summary in page.locator(".figure-card summary").all():
            summary.press("Enter")
        expect(page.locator(".figure-card details[open]").first).to_be_visible()
        assert faults(page) == []
        if folder := os.environ.get("SCREENS"):
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)


def test_the_figures_are_narrowed_without_javascript(portal: Portal, chromium: Browser) -> None:
    busy_days()
    with watched(chromium, portal.url, java_script_enabled=False) as browser:
        page = browser.page
        enter(page, portal, "/admin/")
        expect(page.get_by_role("heading", name="What needs a person now")).to_be_visible()
        page.get_by_label("Period", exact=True).select_option("7")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_label("Period", exact=True)).to_have_value("7")
        page.get_by_role("link", name="Failed sign-ins at one account").click()
        expect(page.locator("#result_list tbody tr")).to_have_count(20)
