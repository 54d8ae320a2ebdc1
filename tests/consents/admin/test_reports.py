import csv
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext

from consents.admin.report_pages import PAGES
from consents.admin.reports import ReportsAdmin
from consents.domain.subjects import subject_for_account
from consents.models import Reports, Subject
from tests.consents.acts import CLIENT, allow, publish, withdraw
from tests.consents.admin.staff import browser
from tests.consents.conftest import new_account

pytestmark = pytest.mark.django_db
INDEX = "/admin/consents/reports/"
EACH = pytest.mark.parametrize("name", PAGES)
READER, EXPORTER = ("view_dailycount",), ("view_dailycount", "export_reports")


def decide_a_lot() -> None:
    publish("read.phone")
    for _number in range(12):
        person = subject_for_account(new_account())
        allow(person, "read.phone")
    withdraw(person, "read.phone")


def streamed(request: HttpRequest, name: str, form: str) -> bytes:
    """The export of a table on a site that streams it itself."""
    answer: Any = ReportsAdmin(Reports, AdminSite()).export_report(request, name, form)
    return body_of(answer)


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_index_names_every_report_and_is_linked_from_the_admin() -> None:
    staff = browser(*READER)
    assert INDEX in staff.get("/admin/").content.decode()
    page = staff.get(INDEX).content.decode()
    assert all(f"{INDEX}{name}/" in page for name in PAGES)


@EACH
def test_a_report_says_what_it_means_also_when_it_is_empty(name: str) -> None:
    page = browser(*READER).get(f"{INDEX}{name}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "What the figures mean" in text
    assert all(str(term) in text for term, _meaning in PAGES[name].terms if term != "<10")


@EACH
def test_a_report_has_no_inline_code_or_style(name: str) -> None:
    decide_a_lot()
    text = browser(*EXPORTER).get(f"{INDEX}{name}/").content.decode()
    assert (" style=" in text, "<script>" in text, "<style" in text) == (False, False, False)
    # What the account is, no report says.
    assert "@" not in text


def test_a_chart_is_drawn_with_the_mark_of_the_version() -> None:
    decide_a_lot()
    text = browser(*READER).get(f"{INDEX}opt-in/?purpose=read.phone").content.decode()
    assert 'class="line"' in text
    assert 'class="mark-label"' in text
    assert "100.0 %" in text


def test_small_cells_are_hidden_on_the_page_and_in_the_export(
    subject: Subject, by_superuser: Callable[..., HttpRequest]
) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    assert "&lt;10" in browser(*EXPORTER).get(f"{INDEX}opt-in/").content.decode()
    rows = list(csv.reader(StringIO(streamed(by_superuser("post"), "opt-in", "csv").decode())))
    assert rows[1] == ["read.phone", "<10", "<10", "<10", "", "", "", ""]


@pytest.mark.parametrize(
    "query",
    [
        "since=x",
        "since=2026-02-01&until=2026-01-01",
        "since=0001-01-01&until=9999-12-31",
        "since=9999-12-31&until=9999-12-31",
        "day=9999-12-31",
        "day=0001-01-01",
        "purpose=nobody",
        "purpose=%00",
        "version=x",
        "version=999999999999",
        "version=-1",
        "point=x",
        "client=%00",
        "by=x",
        "p=x",
        "e=1",
        "purpose__name__startswith=",
        "_selected_action=x",
    ],
)
@EACH
def test_no_query_is_a_fault(name: str, query: str) -> None:
    staff = browser(*EXPORTER)
    assert staff.get(f"{INDEX}{name}/?{query}").status_code == 200
    assert staff.get(f"{INDEX}?{query}").status_code == 200


@pytest.mark.parametrize("address", ["", "opt-in/"])
def test_reading_needs_the_right(address: str) -> None:
    assert browser("export_reports", "view_subject").get(INDEX + address).status_code == 403
    assert browser(*READER).get(INDEX + address).status_code == 200


@pytest.mark.parametrize("address", ["export.csv", "opt-in/export.jsonl"])
def test_exporting_needs_a_right_of_its_own(address: str) -> None:
    reader = browser(*READER)
    assert reader.post(INDEX + address).status_code == 403
    assert "export." not in reader.get(INDEX).content.decode()
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize("address", ["nothing/", "export.xlsx", "opt-in/export.xlsx", "nothing/export.csv"])
def test_what_is_not_there_is_not_found(address: str) -> None:
    staff = browser(*EXPORTER)
    assert staff.post(INDEX + address).status_code == 404


def test_an_export_is_journalled_and_the_person_sees_its_digest(by_superuser: Callable[..., HttpRequest]) -> None:
    """As on a site that streams the ledger itself."""
    decide_a_lot()
    request, reports = by_superuser("post", purpose="read.phone"), ReportsAdmin(Reports, AdminSite())
    answer = reports.export_ledger(request, "csv")
    assert LogEntry.objects.get().change_message == "not completed"
    lines = body_of(answer).splitlines(keepends=True)
    digest = hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    assert lines[-1] == f"# rows=13 sha256={digest}\r\n".encode()
    entry = LogEntry.objects.get()
    assert (entry.user_id, entry.change_message) == (request.user.pk, f"rows=13 sha256={digest}")
    assert entry.object_repr.startswith("ledger.csv since=")
    index: Any = reports.index(request)
    assert index.context_data["exports"] == [entry]


def test_a_get_exports_nothing_and_a_bad_filter_says_so() -> None:
    staff = browser(*EXPORTER)
    for answer in (staff.get(f"{INDEX}export.csv"), staff.post(f"{INDEX}export.csv", {"since": "x"})):
        assert answer["Content-Type"].startswith("text/html")
    assert LogEntry.objects.count() == 0


@EACH
def test_each_report_can_be_exported(name: str, by_superuser: Callable[..., HttpRequest]) -> None:
    decide_a_lot()
    *lines, last = streamed(by_superuser("post"), name, "jsonl").splitlines()
    assert json.loads(last)["trailer"]["rows"] == len(lines)


@EACH
def test_a_report_costs_the_same_for_one_and_for_three(name: str) -> None:
    staff = browser(*READER)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            staff.get(f"{INDEX}{name}/")
        return len(queries)

    publish("read.phone")
    allow(subject_for_account(new_account()), "read.phone")
    cost()
    alone = cost()
    for purpose in ("read.email", "read.country"):
        publish(purpose)
        for _number in range(2):
            allow(subject_for_account(new_account()), purpose)
    assert cost() == alone
    assert alone <= 16


def test_today_is_in_the_default_period() -> None:
    decide_a_lot()
    page = browser(*READER).get(f"{INDEX}withdrawals/").content.decode()
    assert str(datetime.now(UTC).date()) in page
    assert CLIENT in page
