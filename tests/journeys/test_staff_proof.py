"""A member of staff at the door of the admin, in Chromium: her proof, and the fresh one before what is dangerous."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from freedom_id.models import Account, Authenticator, BrowserSignIn
from tests.chromium import enter_app_code, faults, sign_in, watched
from tests.factories.people import person
from tests.factories.proofs import with_app
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


def test_from_the_password_to_a_dangerous_act(portal: Portal, chromium: Browser) -> None:
    staff, other = person(is_staff=True, is_superuser=True), person()
    found: list[str] = []
    with watched(chromium, portal.url, viewport={"width": 390, "height": 800}, color_scheme="dark") as browser:
        page = browser.page
        page.goto(f"{portal.url}/admin/freedom_id/account/{other.pk}/change/")
        sign_in(page, staff)
        expect(page.get_by_role("heading", name="The staff pages need a second proof")).to_be_visible()
        found += faults(page)
        secret = with_app(staff)
        page.goto(f"{portal.url}/admin/freedom_id/account/{other.pk}/change/")
        expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
        found += faults(page)
        enter_app_code(page, secret)
        expect(page.get_by_role("button", name="Block and sign out everywhere")).to_be_visible()
        BrowserSignIn.objects.update(raised_at=timezone.now() - timedelta(minutes=6))
        Authenticator.objects.update(last_step=None)
        page.get_by_role("button", name="Block and sign out everywhere").click()
        expect(page.get_by_text("Nothing was changed yet. Confirm that it is you, then")).to_be_visible()
        found += faults(page)
        enter_app_code(page, secret)
        expect(page.get_by_text("Thank you. Nothing was changed yet: press the button again.")).to_be_visible()
        page.get_by_role("button", name="Block and sign out everywhere").click()
        page.get_by_label("Reason").fill("case 5")
        page.get_by_role("button", name="Block and sign out everywhere").click()
        expect(page.get_by_text("is blocked and signed out everywhere.")).to_be_visible()
    assert found == []
    assert Account.objects.get(pk=other.pk).status == "blocked"
