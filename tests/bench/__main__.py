"""
    ./run bench [tokens|consents] [--seconds 4] [--rounds 3]

`tokens` (the default) are the hot paths of the partner API, `consents` the consent check among 10^4 people.

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
from urllib.request import urlopen

from tests.bench.load import Result, http, run
from tests.servers.free_port import free_port
from tests.servers.postgresql import postgresql
from tests.servers.valkey import valkey

Source = Callable[[], Iterator[bytes]]
GOALS = {
    "Link": 0.25,
    "Token": 0.20,
    "Refresh": 0.20,
    "Info": 0.45,
    "Check of 1 name": 0.50,
    "Check of 5 names": 0.50,
}
PEOPLE_CHECKED = 10_000


def main() -> None:
    options = argparse.ArgumentParser(prog="./run bench")
    options.add_argument("paths", nargs="?", choices=list(SOURCES), default="tokens")
    options.add_argument("--seconds", type=float, default=4)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    _pin({*os.sched_getaffinity(0)} - {0})
    with ExitStack() as stack:
        os.environ |= {
            "DATABASE_URL": stack.enter_context(postgresql(durable=True)),
            "REDIS_URL": stack.enter_context(valkey()),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DEMO": "0",
        }
        empty = stack.enter_context(_served("tests.bench.empty_view:application", "/empty"))
        _migrate()
        sources = SOURCES[chosen.paths](int(chosen.seconds * chosen.rounds * 4000))
        _analyze()
        product = stack.enter_context(_served("identity_portal.wsgi:application", "/livez"))
        measured = _measure(sources, product, empty, chosen.seconds, chosen.rounds)
    _report(measured)


def _migrate() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _tokens(number: int) -> dict[str, Source]:
    """Make rows, and return the requests of each operation: what is spent is given out once over all rounds."""
    from tests.bench.rows import make_codes, make_rows, make_tokens

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


def _consents(_number: int) -> dict[str, Source]:
    """Checks by the tokens of everybody in turn, so that no page of an index is favoured."""
    from tests.bench.consent_rows import CHECKED, make_checkers

    print(f"making {PEOPLE_CHECKED} people with consents …", file=sys.stderr)
    tokens = make_checkers(PEOPLE_CHECKED)

    def checks(names: list[str]) -> Source:
        path = f"/consents/v1/check?names={','.join(names)}"
        requests = cycle([http("GET", path, authorization=f"Bearer {token}") for token in tokens])
        return lambda: requests

    return {"Check of 1 name": checks(CHECKED[:1]), "Check of 5 names": checks(CHECKED)}


SOURCES = {"tokens": _tokens, "consents": _consents}


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()


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
    sources: dict[str, Source], product: int, empty: int, seconds: float, rounds: int
) -> dict[str, list[tuple[Result, float]]]:
    """Per operation and round: its result, and the ratio to the mean of the empty view before and after."""
    nothing = cycle([http("GET", "/empty")])
    measured: dict[str, list[tuple[Result, float]]] = {"empty view": []}
    run(empty, nothing, seconds=1)
    for source in sources.values():
        run(product, source(), seconds=1)
    for number in range(rounds):
        before = run(empty, nothing, seconds=seconds / 2)
        for name, source in sources.items():
            result = run(product, source(), seconds=seconds)
            after = run(empty, nothing, seconds=seconds / 2)
            ratio = result.rate / statistics.mean([before.rate, after.rate])
            measured.setdefault(name, []).append((result, ratio))
            measured["empty view"].append((after, 1.0))
            print(f"round {number + 1}: {name} {result.rate:.0f}/s = {ratio:.2f}", file=sys.stderr)
            before = after
    return measured


def _report(measured: dict[str, list[tuple[Result, float]]]) -> None:
    print(f"\n{platform.system()} {platform.release()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| operation | req/s | × empty view | goal | p50 ms | p99 ms | not 2xx |")
    print("|---|---|---|---|---|---|---|")
    for name, results in measured.items():
        rate = statistics.median(result.rate for result, _ratio in results)
        ratio = statistics.median(ratio for _result, ratio in results)
        p50 = statistics.median(result.percentile(50) for result, _ratio in results)
        p99 = statistics.median(result.percentile(99) for result, _ratio in results)
        goal = f"≥ {GOALS[name]:.2f}" if name in GOALS else "–"
        failures = sum(result.failures for result, _ratio in results)
        print(f"| {name} | {rate:,.0f} | {ratio:.2f} | {goal} | {p50:.2f} | {p99:.2f} | {failures} |")


def _pin(cores: set[int]) -> None:
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    main()
