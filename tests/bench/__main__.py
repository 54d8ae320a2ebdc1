"""
    ./run bench [tokens|oauth|consents|verify] [--seconds 4] [--rounds 3] [--rows 500000] [--json]
    ./run bench admin [--accounts 20000] [--transactions 200000]

`tokens` (the default) are the hot paths of the partner API, `oauth` those of the standard door with
django-oauth-toolkit as it comes beside it, `consents` the check of consents and the decisions, in a
ledger of `--rows` rows, five of each person; beside them stands `pgbench -S` on the same server. `verify` is the time
that `verify_ledger` takes for `--rows` rows. `admin` seeds people and their ledger, and tells how long each list of the
admin and the page of one person takes, in how many statements: 200 ms at 10^6 and 10^7 is the goal.

PostgreSQL (durable) and Valkey are started for the run. One granian process serves the portal and another the empty
view, both pinned to core 0 where taskset exists; load and servers have the other cores. Each operation is measured
between two measurements of the empty view, in rounds; the table shows medians. Only ratios of one run mean anything.
"""

import argparse
import base64
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from tests.bench.load import Result, http, run
from tests.servers.free_port import free_port
from tests.servers.postgresql import postgresql
from tests.servers.valkey import valkey

Source = Callable[[], Iterator[bytes]]


class Ports(NamedTuple):
    """`stock` is django-oauth-toolkit as it comes, or 0."""

    product: int
    empty: int
    stock: int

    def of(self, name: str) -> int:
        return self.stock if name.startswith(STOCK) else self.product


class Measured(NamedTuple):
    """One round of an operation; `empty` and `database` are the rates of the empty view and of pgbench beside it."""

    name: str
    result: Result
    empty: float
    database: float

    @property
    def ratio(self) -> float:
        return self.result.rate / self.empty


GOALS = {
    "Link": 0.25,
    "Token": 0.20,
    "Refresh": 0.20,
    "Info": 0.45,
    "Code and ID token": 0.20,
    "Refresh and ID token": 0.20,
    "Client credentials": 0.40,
    "Userinfo": 0.45,
    "Introspection": 0.45,
    "Check of 1 name": 0.50,
    "Check of 5 names": 0.50,
    "Allow": 0.15,
    "Withdraw": 0.15,
}
PGBENCH = "pgbench -S"
STOCK = "stock toolkit: "
STOCK_RATE = 300  # codes that it spends in a second, with reserve
STOCK_SERVED = ("tests.bench.stock_toolkit:application", "/ready")


def main() -> None:
    options = argparse.ArgumentParser(prog="./run bench")
    options.add_argument("paths", nargs="?", choices=[*SOURCES, "verify", "admin"], default="tokens")
    options.add_argument("--seconds", type=float, default=4)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--rows", type=int, default=500_000, help="of the ledger, for consents")
    options.add_argument("--accounts", type=int, default=20_000, help="for admin")
    options.add_argument("--transactions", type=int, default=200_000, help="of the ledger, for admin")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    _pin({*os.sched_getaffinity(0)} - {0})
    with ExitStack() as stack:
        os.environ |= {
            "DATABASE_URL": stack.enter_context(postgresql(durable=chosen.paths != "admin")),
            "REDIS_URL": stack.enter_context(valkey()),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DEMO": "0",
        }
        os.environ["STOCK_DATABASE_URL"] = os.environ["DATABASE_URL"].replace("/postgres?", "/stock?")
        _migrate()
        if chosen.paths == "verify":
            print(_verified(chosen.rows))
            return
        if chosen.paths == "admin":
            print(_admin(chosen))
            return
        empty = stack.enter_context(_served("tests.bench.empty_view:application", "/empty"))
        sources = SOURCES[chosen.paths](chosen)
        _vacuum()
        product = stack.enter_context(_served("identity_portal.wsgi:application", "/livez"))
        stock = stack.enter_context(_served(*STOCK_SERVED)) if chosen.paths == "oauth" else 0
        reference = _pgbench() if chosen.paths == "consents" else None
        measured = _measure(sources, Ports(product, empty, stock), chosen, reference)
    print(json.dumps(_figures(measured), indent=1) if chosen.json else _table(_figures(measured)))


def _migrate() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _verified(rows: int) -> str:
    from consents.domain.verification import verify_ledger
    from tests.bench.ledger_rows import make_ledger

    print(f"making a ledger of {rows} rows …", file=sys.stderr)
    make_ledger(rows)
    began = time.perf_counter()
    verify_ledger()
    return f"{rows:,} rows verified in {time.perf_counter() - began:.1f} s"


def _admin(chosen: argparse.Namespace) -> str:
    from tests.bench.admin_pages import measured

    return measured(chosen.accounts, chosen.transactions)


def _tokens(chosen: argparse.Namespace) -> dict[str, Source]:
    """Make rows, and return the requests of each operation: what is spent is given out once over all rounds."""
    from tests.bench.rows import make_codes, make_rows, make_tokens

    number = int(chosen.seconds * chosen.rounds * 4000)
    print(f"making rows for {number} requests of each kind …", file=sys.stderr)
    rows = make_rows()
    basic = "Basic " + base64.b64encode(f"{rows.client.client_id}:{rows.secret}".encode()).decode()
    link = http(
        "POST",
        "/api/v1/oauth/authorize",
        authorization=basic,
        body=json.dumps({"redirect_uri": rows.client.redirect_uris, "grants": ["read.phone", "read.email"]}).encode(),
    )
    access, refresh = make_tokens(rows, number)
    spent_codes = iter(
        http("POST", "/api/v1/oauth/token", authorization=basic, body=json.dumps({"authorization_code": code}).encode())
        for code in make_codes(rows, number)
    )
    spent_refresh = iter(http("PATCH", "/api/v1/oauth/token", authorization=f"Bearer {token}") for token in refresh)
    info = cycle([http("GET", "/api/v1/oauth/user", authorization=f"Bearer {token}") for token in access[:1000]])
    return {
        "Link": lambda: cycle([link]),
        "Token": lambda: spent_codes,
        "Refresh": lambda: spent_refresh,
        "Info": lambda: info,
    }


def _oauth(chosen: argparse.Namespace) -> dict[str, Source]:
    """The standard door, and the toolkit in a database of its own."""
    from django.db import connection

    from tests.bench.oauth_requests import own_sources, stock_sources

    seconds = chosen.seconds * chosen.rounds
    print("making rows …", file=sys.stderr)
    connection.cursor().execute("CREATE DATABASE stock")
    stock = stock_sources(int(seconds * STOCK_RATE))
    return own_sources(int(seconds * 3000)) | {STOCK + name: source for name, source in stock.items()}


def _consents(chosen: argparse.Namespace) -> dict[str, Source]:
    """Checks about everybody in turn, and one decision of each person."""
    from tests.bench.consent_rows import ANSWERED, NAMES, UNANSWERED, make_ledger
    from tests.freedom_id.identity_v4.parties import id_of

    print(f"making a ledger of {chosen.rows} rows …", file=sys.stderr)
    ledger = make_ledger(chosen.rows)
    allowed = json.dumps({"purposes": [{"Id": str(id_of(UNANSWERED[0]))}]}).encode()
    withdrawn = json.dumps({"PurposeId": str(id_of(ANSWERED[0]))}).encode()

    def checks(names: list[str]) -> Source:
        path = f"/consents/v1/check?names={','.join(names)}"
        requests = cycle([http("GET", path, authorization=f"Bearer {asker.token}") for asker in ledger.askers])
        return lambda: requests

    def checks_by_client(names: list[str]) -> Source:
        path = f"/consents/v1/check?names={','.join(names)}&account="
        basic = ledger.party.basic
        requests = cycle([http("GET", f"{path}{asker.ssoid}", authorization=basic) for asker in ledger.askers])
        return lambda: requests

    def decisions(method: str, act: str, body: bytes) -> Source:
        requests = iter(
            http(
                method,
                f"/identity/v4/accounts/{asker.ssoid}/consents/transactions/{act}",
                authorization=f"Bearer {asker.token}",
                body=body,
            )
            for asker in ledger.askers
        )
        return lambda: requests

    return {
        "Check of 1 name": checks(NAMES[:1]),
        "Check of 5 names": checks(NAMES[:5]),
        "Check of 10 names": checks(NAMES),
        "Check of 5 names by the client": checks_by_client(NAMES[:5]),
        "Allow": decisions("POST", "allow", allowed),
        "Withdraw": decisions("PUT", "withdraw", withdrawn),
    }


SOURCES = {"tokens": _tokens, "oauth": _oauth, "consents": _consents}


def _vacuum() -> None:
    from tests.bench.consent_rows import vacuum

    vacuum()


def _pgbench() -> Callable[[float], float]:
    from tests.bench.pgbench import pgbench_rate, prepare_pgbench

    url = os.environ["DATABASE_URL"]
    prepare_pgbench(url)
    return lambda seconds: pgbench_rate(url, seconds)


@contextmanager
def _served(application: str, ready: str) -> Iterator[int]:
    """A granian process, one worker, four blocking threads, on core 0."""
    port = free_port()
    granian = str(Path(sys.executable).with_name("granian"))
    pinned = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "4"]
    server = subprocess.Popen(
        [*pinned, granian, *options, "--no-ws", "--log-level", "error", application], stdin=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}{ready}", timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _measure(
    sources: dict[str, Source], ports: Ports, chosen: argparse.Namespace, reference: Callable[[float], float] | None
) -> list[Measured]:
    """Every operation in every round, with the mean of the empty view before and after it."""
    nothing, measured = cycle([http("GET", "/empty")]), []
    run(ports.empty, nothing, seconds=1)
    for name, source in sources.items():
        run(ports.of(name), source(), seconds=1)
    for number in range(chosen.rounds):
        before = run(ports.empty, nothing, seconds=chosen.seconds / 2)
        database = reference(chosen.seconds) if reference else 0.0
        for name, source in sources.items():
            result = run(ports.of(name), source(), seconds=chosen.seconds)
            after = run(ports.empty, nothing, seconds=chosen.seconds / 2)
            one = Measured(name, result, statistics.mean([before.rate, after.rate]), database)
            measured += [one, Measured("empty view", after, after.rate, database)]
            print(f"round {number + 1}: {name} {result.rate:.0f}/s = {one.ratio:.2f}", file=sys.stderr)
            before = after
    return measured


def _figures(measured: list[Measured]) -> dict[str, dict[str, float]]:
    """The median over the rounds, by operation."""
    found: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(["empty view", *(one.name for one in measured)]):
        rounds = [one for one in measured if one.name == name]
        found[name] = {
            "rate": statistics.median(one.result.rate for one in rounds),
            "ratio": statistics.median(one.ratio for one in rounds),
            "p50": statistics.median(one.result.percentile(50) for one in rounds),
            "p99": statistics.median(one.result.percentile(99) for one in rounds),
            "failures": sum(one.result.failures for one in rounds),
        }
        if rounds[0].database:
            found[name]["of_pgbench"] = statistics.median(one.result.rate / one.database for one in rounds)
    if measured[0].database:
        found[PGBENCH] = {"rate": statistics.median(one.database for one in measured)}
    return found


def _table(figures: dict[str, dict[str, float]]) -> str:
    machine = f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    columns = ["operation", "req/s", "× empty view", "goal", f"× {PGBENCH}", "p50 ms", "p99 ms", "not 2xx"]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name, row in figures.items():
        goal = f"≥ {GOALS[name]:.2f}" if name in GOALS else "–"
        shown = [f"{row[key]:.2f}" if key in row else "–" for key in ("ratio", "of_pgbench", "p50", "p99")]
        cells = [name, f"{row['rate']:,.0f}", shown[0], goal, *shown[1:], f"{row.get('failures', 0):.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(["", machine, "", *lines])


def _pin(cores: set[int]) -> None:
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    main()
