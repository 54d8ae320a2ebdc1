import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.valkey import valkey

SUITE = """
import os, pytest
@pytest.mark.postgresql
def test_needs_postgresql(): raise AssertionError("must not run")
@pytest.mark.parametrize("turn", range(4))
def test_has_servers(turn): assert os.environ["DATABASE_URL"].startswith("sqlite:////"), os.environ["DATABASE_URL"]
def test_has_its_own_redis_database(worker_id): assert os.environ["REDIS_URL"].endswith(f"/{int(worker_id[2:]) + 1}")
"""


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_no_connection_leaves_the_machine(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(PermissionError, match=address[0]):
        connection.connect(address)


def test_no_name_is_looked_up():
    with pytest.raises(PermissionError, match=r"id\.example\.com"):
        socket.getaddrinfo("id.example.com", 443)


def test_this_machine_is_reachable():
    with valkey() as url:
        socket.create_connection(("localhost", int(url.rpartition(":")[2]))).close()


def test_a_parallel_run_on_sqlite_skips_postgresql_and_separates_redis(tmp_path: Path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_collection_modifyitems  # noqa: F401\n")
    given = {**os.environ, "DATABASE_URL": "sqlite", "REDIS_URL": "redis://127.0.0.1:1/0"}
    given = {name: value for name, value in given.items() if not name.startswith("PYTEST_")}
    options = [f"--rootdir={tmp_path}", "-c", "pyproject.toml", "-n", "2"]
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    run = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    assert "servers: SQLite file, Redis of REDIS_URL" in run.stdout
    assert "5 passed, 1 skipped" in run.stdout, run.stdout
