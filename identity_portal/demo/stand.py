"""Where the demo stands: which settings it accepts, which port and folder it takes, and one demo per folder."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files import locks
from django.core.management.base import CommandError

from identity_portal.demo.broker import broker_url, choose_broker

LOCK = "demo.lock"
LOCALHOST = ("127.0.0.1", "::1")  # browsers try either for the name


def is_local() -> bool:
    """Whether these are the settings of a development checkout: DEBUG on, SQLite."""
    return bool(settings.DEBUG) and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")


def refuse_elsewhere() -> None:
    """Raise CommandError unless `is_local`."""
    if not settings.DEBUG:
        raise CommandError("The demo shows every code and password; it does not run with DEBUG off.")
    if not is_local():
        raise CommandError("The demo fills its own SQLite file; it does not touch the database of DATABASE_URL.")


def become_demo(port: int, *, check: bool) -> None:
    """Replace this process by the demo proper, whose settings know the port, the folder and the broker.

    A check takes a free port when `port` is taken, and a temporary folder when a demo runs on `VAR_DIR`.
    """
    if not is_free(port):
        if not check:
            raise CommandError(f"Port {port} is taken. Choose another one: --port N")
        port = free_port()
    environment = os.environ | {"DEBUG": "1", "DEMO": "1", "PUBLIC_URL": f"http://localhost:{port}"}
    command = [sys.executable, sys.argv[0], "demo", "--port", str(port), *(["--check"] if check else [])]
    folder = Path(settings.VAR_DIR)
    if is_held(folder):
        if not check:
            raise CommandError(f"A demo runs on {folder} already. Stop it, or name another folder in VAR_DIR.")
        folder = Path(tempfile.mkdtemp(prefix="demo-check-"))
        environment.pop("DATABASE_URL", None)
        command.append("--temporary")
    broker = choose_broker()
    environment |= {"VAR_DIR": str(folder), "REDIS_URL": broker_url(broker, free_port)}
    sys.stdout.flush()
    os.execve(sys.executable, [*command, "--broker", broker], environment)  # noqa: S606 -- our own command


@contextmanager
def held(folder: Path, *, temporary: bool) -> Iterator[None]:
    """Hold `folder` for one demo; the system lets go when the process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        if not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            raise CommandError(f"A demo runs on {folder} already. Stop it, or name another folder in VAR_DIR.")
        try:
            yield
        finally:
            if temporary:
                shutil.rmtree(folder, ignore_errors=True)


def is_held(folder: Path) -> bool:
    """Whether a demo runs on `folder` now."""
    if not (folder / LOCK).exists():
        return False
    with (folder / LOCK).open("w") as file:
        return not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB)


def is_free(port: int) -> bool:
    """Whether nobody answers on `port` of this machine, by either protocol."""
    return not any(_answers(host, port) for host in LOCALHOST)


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
