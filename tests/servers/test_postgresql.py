import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.servers.free_port import free_port
from tests.servers.postgresql import find_binaries, postgresql

HOLD = """
import time
from tests.servers.postgresql import postgresql
with postgresql() as url:
    print(url, flush=True)
    time.sleep(60)
"""


def folder_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def show(connection: psycopg.Connection, setting: str) -> str:
    return connection.execute("SELECT current_setting(%s)", [setting]).fetchone()[0]


def test_it_answers_on_its_socket_and_leaves_nothing():
    with postgresql() as url:
        folder = folder_of(url)
        with psycopg.connect(url) as connection:
            assert show(connection, "listen_addresses") == ""
            assert show(connection, "fsync") == "off"
    assert not folder.exists()


def test_durable_keeps_fsync_and_a_port_opens_the_loopback():
    port = free_port()
    by_port = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    with postgresql(port=port, durable=True), psycopg.connect(by_port) as connection:
        assert show(connection, "fsync") == "on"
        assert show(connection, "listen_addresses") == "127.0.0.1"


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_it_ends_with_the_process_that_started_it(end: str):
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    folder = folder_of(holder.stdout.readline().strip())
    assert folder.exists()
    getattr(holder, end)()
    holder.communicate()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_binaries_in_a_closed_folder_are_copied_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "installation").symlink_to(find_binaries().parent)
    monkeypatch.setenv("PG_BINDIR", str(closed / "installation" / "bin"))
    with postgresql() as url:
        assert (folder_of(url) / "installation").exists()
        psycopg.connect(url).close()
    assert not folder_of(url).exists()


def test_a_missing_installation_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.servers.postgresql.DEBIAN", tmp_path)
    monkeypatch.setattr("tests.servers.postgresql.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="set DATABASE_URL"):
        find_binaries()
