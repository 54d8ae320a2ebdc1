"""What PostgreSQL itself gives for reads of one row: `pgbench -S`, prepared, over the load's connections."""

import os
import re
import subprocess
from urllib.parse import parse_qs, urlsplit

from tests.bench.load import CONNECTIONS
from tests.servers.postgresql import find_binaries

SCALE = 10  # a million rows
RATE = re.compile(r"tps = ([\d.]+) \(without initial connection time\)")


def prepare_pgbench(url: str) -> None:
    _run(url, "createdb", "pgbench")
    _run(url, "pgbench", "--initialize", "--quiet", f"--scale={SCALE}", "pgbench")


def pgbench_rate(url: str, seconds: float) -> float:
    """Transactions a second."""
    load = [f"--client={CONNECTIONS}", "--jobs=1", f"--time={max(1, round(seconds))}"]
    shown = _run(url, "pgbench", "--select-only", "--protocol=prepared", "--no-vacuum", *load, "pgbench")
    found = RATE.search(shown)
    assert found, shown
    return float(found[1])


def _run(url: str, command: str, *arguments: str) -> str:
    [folder] = parse_qs(urlsplit(url).query)["host"]
    environment = os.environ | {"PGHOST": folder, "PGUSER": "postgres"}
    return subprocess.run(
        [find_binaries() / command, *arguments],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout
