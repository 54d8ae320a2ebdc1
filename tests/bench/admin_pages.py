"""How long each list of the admin, and the page of one person, takes an administrator; through the real views."""

import statistics
import sys
import time
from typing import NamedTuple

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from freedom_id.domain.audit import ADMINISTRATOR
from tests.bench.admin_rows import House, make_house
from tests.identity_portal.staff.stage import admins, browser_of, member

GOAL_MS = 200
ROUNDS = 5


class Page(NamedTuple):
    name: str
    rows: int
    milliseconds: float
    slowest: float
    queries: int
    status: int


def measured(accounts: int, transactions: int) -> str:
    """Make the rows, ask each page, and tell in a table."""
    print(f"making {accounts:,} accounts and {transactions:,} transactions …", file=sys.stderr)
    began = time.perf_counter()
    house = make_house(accounts, transactions)
    made = time.perf_counter() - began
    browser = browser_of(member(ADMINISTRATOR))
    browser.defaults["HTTP_HOST"] = "localhost"
    pages = [_measure(browser, name, address, rows) for name, address, rows in _addresses(house)]
    return _table(house, pages, made)


def _addresses(house: House) -> list[tuple[str, str, int]]:
    person = house.stage.connection.account
    found = [
        ("home", reverse("admin:index"), 1),
        ("one person", reverse("admin:freedom_id_account_change", args=[person.pk]), 1),
        ("one person's ledger", reverse("admin:consents_subject_change", args=[house.stage.subject.pk]), 1),
    ]
    for owner in admins():
        address = reverse(f"admin:{owner.opts.app_label}_{owner.opts.model_name}_changelist")
        found.append((owner.opts.label_lower, address, _estimate(owner.opts.db_table)))
    searches = [
        *(("freedom_id_accountevent", word) for word in (person.pk, person.freedom_id, "192.0.2.1", "nobody")),
        ("freedom_id_notice", person.pk),
        ("freedom_id_authorization", house.stage.connection.client.name.split()[0]),
        ("consents_consenttransaction", house.stage.subject.pk),
        *(("consents_consenttransaction", word) for word in ("calls", "news", "nothing")),
    ]
    for name, word in searches:
        found.append((f"{name}: {word}", f"{reverse(f'admin:{name}_changelist')}?q={word}", 1))
    return found


def _estimate(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = %s", [table])
        row = cursor.fetchone()
    return max(0, row[0]) if row else 0


def _measure(browser: Client, name: str, address: str, rows: int) -> Page:
    browser.raise_request_exception = False
    with CaptureQueriesContext(connection) as captured:
        status = browser.get(address).status_code
    statements = captured.captured_queries
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        browser.get(address)
        times.append((time.perf_counter() - began) * 1000)
    page = Page(name, rows, statistics.median(times), max(times), len(statements), status)
    print(f"{name}: {page.milliseconds:.0f} ms, {page.queries} queries, {status}", file=sys.stderr)
    if page.milliseconds > GOAL_MS:
        slowest = max(statements, key=lambda statement: float(statement["time"]))
        print(f"    {slowest['time']} s: {slowest['sql']}", file=sys.stderr)
    return page


def _table(house: House, pages: list[Page], seconds: float) -> str:
    lines = [
        f"{house.accounts:,} accounts, {house.transactions:,} transactions, made in {seconds:.0f} s",
        "",
        "| page | rows | median ms | slowest ms | queries | |",
        "|---|---|---|---|---|---|",
    ]
    for page in sorted(pages, key=lambda page: -page.milliseconds):
        verdict = "" if page.milliseconds <= GOAL_MS and page.status == 200 else f"over {GOAL_MS} ms, {page.status}"
        cells = [page.name, f"{page.rows:,}", f"{page.milliseconds:.0f}", f"{page.slowest:.0f}", str(page.queries)]
        lines.append(f"| {' | '.join([*cells, verdict])} |")
    return "\n".join(lines)
