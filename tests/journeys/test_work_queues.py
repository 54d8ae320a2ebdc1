"""Work queues and exports in Chromium: without JavaScript, and judged by axe."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from freedom_id.domain.bulk_acts import work_off_bulk_act
from freedom_id.domain.staff_exports import write_export
from freedom_id.models import Account, BulkAct, Notice, StaffExport
from tests.chromium import faults, watched
from tests.identity_portal.staff.stage import member
from tests.servers.portal import Portal
from tests.staff_browser import let_in

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]
QUEUE, EXPORTS = "/admin/freedom_id/notice/", "/admin/freedom_id/staffexport/"


@pytest.fixture
def chief(portal: Portal) -> Account:
    account = member("Administrator")
    old = {"created_at": timezone.now() - timedelta(days=2), "last_error": "ReadTimeout", "attempts": 7}
    row = {"account": account, "kind": "added", "about": "totp", "channel": "email", "address": "a@mail.example"}
    Notice.objects.bulk_create([Notice(**row, **old) for _ in range(3)])
    return account


def test_given_up_work_begins_anew_and_a_file_is_taken_without_javascript(
    portal: Portal, chromium: Browser, chief: Account
) -> None:
    with watched(chromium, portal.url, java_script_enabled=False) as browser:
        page = browser.page
        let_in(page.context, chief, portal.url)
        page.goto(f"{portal.url}{QUEUE}?stands=given_up")
        page.get_by_role("link", name="Send again").click()
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_text("0 of 3 rows")).to_be_visible()
        work_off_bulk_act(str(BulkAct.objects.get().pk))
        expect(page.get_by_text("3 of 3 rows")).to_be_visible(timeout=10_000)  # the page came again by itself

        page.goto(f"{portal.url}{EXPORTS}ask/")
        page.get_by_label("What").select_option("accounts")
        page.get_by_role("button", name="Export").click()
        expect(page.get_by_role("link", name="Stop refreshing")).to_be_visible()
        export = StaffExport.objects.get()
        write_export(str(export.pk))
        with page.expect_download(timeout=10_000) as download:
            page.get_by_role("link", name=export.filename).click()
        export.refresh_from_db()
        assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == export.sha256


def test_every_page_is_accessible_at_the_width_of_a_tablet(portal: Portal, chromium: Browser, chief: Account) -> None:
    bulk = BulkAct.objects.create(queue="notice", act="retry", chosen={"state": "open"}, requested_by=chief, total=3)
    export = {"kind": "audit", "form": "csv", "asked_by": chief, "total": 9, "row_count": 5}
    one = StaffExport.objects.create(**export, expires_at=timezone.now() + timedelta(days=1))
    notice = Notice.objects.all()[0]
    addresses = [QUEUE, f"{QUEUE}?stands=all", f"{QUEUE}{notice.pk}/change/", f"{QUEUE}all/cancel/?stands=open"]
    addresses += ["/admin/freedom_id/bulkact/", f"/admin/freedom_id/bulkact/{bulk.pk}/change/?still=1"]
    addresses += [EXPORTS, f"{EXPORTS}ask/", f"{EXPORTS}{one.pk}/change/?still=1"]
    with watched(chromium, portal.url, viewport={"width": 820, "height": 900}, color_scheme="dark") as browser:
        let_in(browser.page.context, chief, portal.url)
        found = []
        for address in addresses:
            browser.page.goto(portal.url + address)
            assert browser.page.url == portal.url + address
            found += faults(browser.page)
        assert found == [], found
