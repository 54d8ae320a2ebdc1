"""An SMS gateway on a real socket: it takes messages, or hangs, fails, throttles or drops the line."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import orjson

from tests import leaks

TOKEN = "eskiz-token"


@dataclass
class Gateway:
    """`behaviour` of the next requests: a status, `hang`, `drop` (before it takes the message), `lose` (after it) or
    `trickle`; when they are used up it takes messages. `taken` holds their forms, `asked` paths and authorizations."""

    url: str
    behaviour: list[Any] = field(default_factory=list)
    retry_after: str = ""
    taken: list[dict[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


class Server(ThreadingHTTPServer):
    gateway: Gateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no fault of a test's."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        gateway = self.server.gateway
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        gateway.asked.append((self.path, self.headers.get("Authorization", "")))
        if self.path.endswith("/auth/login"):
            self.answer(200, {"message": "token_generated", "data": {"token": TOKEN}})
            return
        leaks.learn_message(unquote_plus(body))
        act = gateway.behaviour.pop(0) if gateway.behaviour else 200
        if act in (200, "lose"):
            gateway.taken.append({name: values[0] for name, values in parse_qs(body).items()})
        if isinstance(act, int):
            self.answer(act, {"id": "1", "status": "waiting"})
        elif act == "trickle":
            self.trickle()
        else:
            if act == "hang":
                gateway.released.wait(30)
            self.connection.close()

    def answer(self, status: int, document: Any) -> None:
        body = orjson.dumps(document)
        self.send_response(status)
        if status == 429 and self.server.gateway.retry_after:
            self.send_header("Retry-After", self.server.gateway.retry_after)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.gateway.released.wait(0.05):
            self.wfile.write(b" ")
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # the line was dropped
            super().finish()


@contextmanager
def gateway() -> Iterator[Gateway]:
    """Serve on 127.0.0.1 until the end of the block."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.gateway = Gateway(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.gateway
        finally:
            server.gateway.released.set()
            server.shutdown()
            thread.join()
