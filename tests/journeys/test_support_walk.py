"""Support helps a person in Chromium: finds her by her number, sees why she could not sign in, ends a session; and sees
no whole number, address or name."""

from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from freedom_id.domain.devices import DeviceFacts, draw_device_key, record_sign_in
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.sign_in import Attempt, prove_by_password
from freedom_id.models import Account
from tests.chromium import faults, watched
from tests.factories.people import email_of, person, phone_of
from tests.identity_portal.staff.stage import member
from tests.servers.portal import Portal
from tests.staff_browser import let_in

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


def come_in(page: Page, portal: Portal, role: str) -> None:
    """As a member of staff who signed in a moment ago."""
    let_in(page.context, member(role), portal.url)


def private(account: Account) -> list[str]:
    contacts = [row.value.removeprefix("+") for row in account.credentials.all()]
    return [*contacts, account.lastname, account.firstname, account.patronymic, account.identifier]


def test_support_finds_a_person_sees_what_failed_and_ends_a_session(portal: Portal, chromium: Browser) -> None:
    account, seen = person(), []
    facts = DeviceFacts("Pixel", "Pixel 9", "10.1.2.3", "en")
    device = record_sign_in(account, uuid4(), key=draw_device_key(), facts=facts)
    prove_by_password(Attempt(parse_identifier(phone_of(account)), "203.0.113.7"), "wrong")
    with watched(chromium, portal.url) as watching:
        page = watching.page
        come_in(page, portal, "Support")
        page.goto(f"{portal.url}/admin/freedom_id/account/")
        page.get_by_label("Find one account").fill(phone_of(account))
        page.get_by_role("button", name="Find").click()
        expect(page).to_have_url(f"{portal.url}/admin/freedom_id/account/{account.pk}/change/")
        expect(page.get_by_role("heading", name="Failed sign-ins")).to_be_visible()
        expect(page.get_by_role("cell", name="Wrong password")).to_be_visible()
        seen.append(page.content())
        assert faults(page) == []
        page.get_by_role("row", name="Pixel 9").get_by_role("button", name="Sign out").click()
        page.get_by_label("Reason").fill("She called: the phone is stolen")
        seen.append(page.content())
        assert faults(page) == []
        page.get_by_role("button", name="Sign out", exact=True).last.click()
        expect(page.get_by_text("Signed out.")).to_be_visible()
        seen.append(page.content())
    device.refresh_from_db()
    assert device.signed_out_at is not None
    assert [value for value in [*private(account), email_of(account)] for text in seen if value in text] == []
