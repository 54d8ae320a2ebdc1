"""Asking for an export, and taking its file: whole, in pieces, by who asked, and by nobody else."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from freedom_id.domain.audit import By
from freedom_id.domain.staff_exports import ask_export, claim_export, keep_table, link_mark, write_export
from freedom_id.enums import AuditAction, ExportForm, ExportKind
from freedom_id.models import Account, AuditEntry, StaffExport
from tests.freedom_id.admin.conftest import SignedIn, staff
from tests.freedom_id.models.test_constraints import client as make_partner

pytestmark = pytest.mark.django_db
LIST, ASK = "/admin/freedom_id/staffexport/", "/admin/freedom_id/staffexport/ask/"


@pytest.fixture
def owner(db: None) -> Account:
    return staff(superuser=True)


@pytest.fixture
def browser(owner: Account, signed_in: SignedIn) -> Client:
    return signed_in(owner)


@pytest.fixture
def export(owner: Account) -> StaffExport:
    for name in ("Aral", "Melon", "Rice"):
        make_partner(name=name)
    asked = ask_export(ExportKind.PARTNERS, ExportForm.CSV, {}, by=By(owner))
    write_export(str(asked.pk))
    asked.refresh_from_db()
    return asked


def address(export: StaffExport, mark: str | None = None) -> str:
    path = reverse("admin:freedom_id_staffexport_file", args=[export.pk])
    return f"{path}?mark={link_mark(export) if mark is None else mark}"


def bytes_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_file_is_asked_for_written_and_taken(browser: Client, owner: Account) -> None:
    answer = browser.post(ASK, {"kind": "partners", "form": "jsonl", "since": "2026-01-01", "until": ""})
    export = StaffExport.objects.get()
    assert answer.headers["Location"] == f"{LIST}{export.pk}/change/"
    assert (export.asked_by, export.form, export.chosen) == (owner, "jsonl", {"since": "2026-01-01"})
    page = browser.get(answer.headers["Location"])
    assert (page.headers["Refresh"], "<progress" in page.content.decode()) == ("3", True)
    assert "Refresh" not in browser.get(f"{LIST}{export.pk}/change/?still=1").headers
    write_export(str(export.pk))
    export.refresh_from_db()
    page = browser.get(f"{LIST}{export.pk}/change/")
    assert "Refresh" not in page.headers
    assert address(export).replace("&", "&amp;") in page.content.decode()


def test_the_page_says_how_many_rows_and_which_digest(browser: Client, export: StaffExport) -> None:
    text = browser.get(f"{LIST}{export.pk}/change/").content.decode()
    assert [words for words in (export.sha256, "3 of 3 rows", export.filename) if words not in text] == []


def test_the_whole_file_has_its_length_and_digest(browser: Client, export: StaffExport) -> None:
    answer = browser.get(address(export))
    content = bytes_of(answer)
    assert (answer.status_code, answer["Content-Length"], answer["ETag"]) == (
        200,
        str(len(content)),
        f'"{export.sha256}"',
    )
    assert answer["Content-Disposition"] == f'attachment; filename="{export.filename}"'
    assert (answer["Accept-Ranges"], answer["Content-Type"]) == ("bytes", "text/csv; charset=utf-8")
    taken = AuditEntry.objects.get(action=AuditAction.DOWNLOADED)
    assert (taken.object_key, taken.after) == (str(export.pk), {"from": 0, "to": len(content)})


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, None),
        ("bytes=-5", -5, None),
        ("bytes=3-999999", 3, None),
        ("bytes=-999999", 0, None),
    ],
)
def test_a_broken_download_goes_on(
    asked: str, start: int, stop: int | None, browser: Client, export: StaffExport
) -> None:
    whole = bytes_of(browser.get(address(export)))
    answer = browser.get(address(export), headers={"Range": asked, "If-Range": f'"{export.sha256}"'})
    part = whole[start:stop]
    assert (answer.status_code, bytes_of(answer)) == (206, part)
    first = whole.index(part) if asked != "bytes=-5" else len(whole) - 5
    assert answer["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=5-3", "bytes=0-1,3-4", "lines=0-1", "x"])
def test_a_range_that_is_not_understood_is_the_whole(asked: str, browser: Client, export: StaffExport) -> None:
    answer = browser.get(address(export), headers={"Range": asked})
    assert (answer.status_code, len(bytes_of(answer))) == (200, export.size)


def test_a_range_of_another_file_is_the_whole(browser: Client, export: StaffExport) -> None:
    answer = browser.get(address(export), headers={"Range": "bytes=5-", "If-Range": '"another"'})
    assert answer.status_code == 200


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_said_to_be_so(asked: str, browser: Client, export: StaffExport) -> None:
    answer = browser.get(address(export), headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{export.size}")


def test_the_file_of_another_member_is_as_if_it_were_not_there(
    export: StaffExport, root: Client, browser: Client
) -> None:
    unknown = root.get(address(export).replace(str(export.pk), "0" * 8 + str(export.pk)[8:]))
    assert (root.get(address(export)).status_code, unknown.status_code) == (404, 404)
    assert f"{export.pk}" not in root.get(LIST).content.decode()
    there = [one.get(f"{LIST}{export.pk}/change/").status_code for one in (root, browser)]
    assert there == [302, 200]


def test_an_address_that_is_not_marked_or_over_finds_nothing(browser: Client, export: StaffExport) -> None:
    assert [browser.get(address(export, mark)).status_code for mark in ("", "x", "é")] == [404] * 3
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        StaffExport.objects.update(asked_at=timezone.now())
        assert not StaffExport.objects.get(pk=export.pk).is_ready


def test_it_expires_for_who_is_signed_in(owner: Account, export: StaffExport, signed_in: SignedIn) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=24), tick=False):
        assert signed_in(owner).get(address(export)).status_code == 404


def test_who_lost_the_right_takes_nothing_more(clerk: Account, signed_in: SignedIn) -> None:
    rights = Permission.objects.filter(codename__in=["view_staffexport", "export_partners"])
    clerk.user_permissions.set(rights)
    asked = ask_export(ExportKind.PARTNERS, ExportForm.CSV, {}, by=By(clerk))
    write_export(str(asked.pk))
    asked.refresh_from_db()
    assert signed_in(clerk).get(address(asked)).status_code == 200
    clerk.user_permissions.remove(*rights.filter(codename="export_partners"))
    assert signed_in(clerk).get(address(asked)).status_code == 403


def test_who_may_export_one_kind_is_offered_that_alone(clerk: Account, signed_in: SignedIn) -> None:
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_staffexport", "export_partners"]))
    browser = signed_in(clerk)
    assert "ledger" not in browser.get(ASK).content.decode()
    assert browser.post(ASK, {"kind": "ledger", "form": "csv"}).status_code == 200
    assert not StaffExport.objects.exists()


def test_the_table_of_a_report_is_taken_by_who_may_export_reports_and_asked_for_on_its_page_alone(
    clerk: Account, signed_in: SignedIn
) -> None:
    rights = Permission.objects.filter(codename__in=["view_staffexport", "export_reports"])
    clerk.user_permissions.set(rights)
    chosen = {"report": "expiring", "purpose": "calls"}
    kept = keep_table(ExportForm.CSV, chosen, ["purpose", "number"], [["calls", 5]], by=By(clerk))
    browser = signed_in(clerk)
    page = browser.get(f"{LIST}{kept.pk}/change/")
    assert ("Refresh" in page.headers, "report=expiring&amp;purpose=calls" in page.content.decode()) == (False, True)
    assert address(kept).replace("&", "&amp;") in page.content.decode()
    part = browser.get(address(kept), headers={"Range": "bytes=16-"})
    assert (part.status_code, bytes_of(part)) == (206, b"calls,5\r\n")
    assert 'value="report"' not in browser.get(ASK).content.decode()
    assert browser.post(ASK, {"kind": "report", "form": "csv"}).status_code == 200
    assert StaffExport.objects.count() == 1
    clerk.user_permissions.remove(*rights.filter(codename="export_reports"))
    assert signed_in(clerk).get(address(kept)).status_code == 403


@pytest.mark.parametrize(
    "data",
    [{}, {"kind": "x", "form": "x"}, {"kind": "partners", "form": "csv", "since": "2026-02-01", "until": "2026-01-01"}],
    ids=["nothing", "unknown", "order"],
)
def test_what_is_wrong_is_said_and_nothing_is_written(data: dict[str, str], browser: Client) -> None:
    answer = browser.post(ASK, data)
    assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True)
    assert not StaffExport.objects.exists()


def test_a_list_costs_the_same_for_one_and_for_three(owner: Account, browser: Client) -> None:
    def cost(page: str) -> int:
        with CaptureQueriesContext(database) as queries:
            browser.get(page)
        return len(queries)

    exports = [ask_export(ExportKind.PARTNERS, ExportForm.CSV, {}, by=By(owner))]
    cost(LIST)
    alone = cost(LIST)
    exports += [ask_export(ExportKind.PARTNERS, ExportForm.CSV, {}, by=By(owner)) for _ in range(2)]
    assert cost(LIST) == alone
    claim_export(str(exports[0].pk), exports[1].pk)
    assert cost(f"{LIST}{exports[0].pk}/change/") <= 12


def test_the_audit_says_when_its_filter_is_none(browser: Client) -> None:
    answer = browser.post("/admin/freedom_id/auditentry/export/?nothing=1", follow=True)
    assert "cannot be exported" in answer.content.decode()
    assert not StaffExport.objects.exists()
