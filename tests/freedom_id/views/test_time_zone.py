"""Times are those of the person's own clock where the browser told its zone, and say UTC where it did not."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from tests.chromium import sign_in, watched
from tests.factories.people import person, phone_of
from tests.journeys.walk import FreedomWalk

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        (None, "Nov. 22, 2026, 10:30 p.m. UTC"),
        ("Asia/Tashkent", "Nov. 23, 2026, 3:30 a.m.</time>"),
        ("Asia/Nowhere", "Nov. 22, 2026, 10:30 p.m. UTC"),
        ("../../etc/passwd", "Nov. 22, 2026, 10:30 p.m. UTC"),
    ],
)
def test_the_zone_of_the_browser(cookie: str | None, shown: str) -> None:
    with time_machine.travel(NOW, tick=False):
        browser = Client()
        FreedomWalk(browser).sign_in("/me/", phone_of(person()))
        if cookie:
            browser.cookies["time-zone"] = cookie
        assert shown in browser.get(reverse("freedom_id:home")).content.decode()


@pytest.mark.browser
@pytest.mark.postgresql
def test_a_browser_tells_its_zone(portal, chromium):
    account = person()
    with watched(chromium, portal.url, timezone_id="Asia/Almaty") as browser:
        browser.page.goto(f"{portal.url}/me/")
        sign_in(browser.page, account)
        expect(browser.page.get_by_role("heading", level=1)).to_contain_text("Hello")
        [kept] = [cookie for cookie in browser.page.context.cookies() if cookie["name"] == "time-zone"]

        assert (kept["value"], kept["sameSite"]) == ("Asia/Almaty", "Lax")
        expect(browser.page.locator("time").first).not_to_contain_text("UTC")
