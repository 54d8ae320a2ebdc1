"""What stands where the outside world stands: sources of profiles, channels, a partner's endpoint."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from freedom_id.models import Account
from tests import leaks

SECONDS_OF_WORK = 0.15
sent: list[tuple[str, str]] = []
during_collection: list[Callable[[], object]] = []


def slow_source(_account: Account, _chosen: Any) -> dict[str, Any]:
    time.sleep(SECONDS_OF_WORK)
    return {"analytics": {"segments": []}}


def interrupted_source(_account: Account, _chosen: Any) -> dict[str, Any]:
    """While the worker collects, something else happens."""
    for act in during_collection:
        act()
    return {}


class CountingChannel:
    """Keeps every message in `sent`."""

    def send(self, address: str, *, subject: str, text: str) -> None:
        time.sleep(0.05)
        leaks.learn_message(text)
        sent.append((address, text))


class BrokenChannel:
    def send(self, address: str, *, subject: str, text: str) -> None:
        raise ConnectionError("the gateway is away")


@contextmanager
def partner_endpoint() -> Iterator[tuple[str, list[str]]]:
    """An address for revoke callbacks and the bodies that arrive there."""
    bodies: list[str] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            time.sleep(0.05)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/revoked", bodies
        finally:
            server.shutdown()
            thread.join()
