"""What no client library sends, byte for byte over a real socket: no answer is a 5xx, and the portal goes on."""

import contextlib
import socket
from typing import Any

import pytest

from tests.factories.people import partner, person
from tests.freedom_id.api.backend import Backend
from tests.freedom_id.api.odd_requests import odd_requests
from tests.servers.portal import Portal

# The rows are committed, and the flush afterwards meets the append-only triggers of SQLite.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def exchange(port: int, request: bytes, patience: float) -> int:
    """The status of the first answer; 0 when the server hangs up without one.

    A request that is not complete is cut off after `patience` seconds: waiting for its rest is no mistake.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        with contextlib.suppress(ConnectionError):  # it may answer and hang up before it has read everything
            connection.sendall(request)
        try:
            answer = first_bytes(connection)
        except TimeoutError:
            connection.settimeout(10)
            connection.shutdown(socket.SHUT_WR)
            answer = first_bytes(connection)
    return int(answer.split()[1]) if answer.startswith(b"HTTP/") else 0


def first_bytes(connection: socket.socket) -> bytes:
    with contextlib.suppress(ConnectionError):
        return connection.recv(4096)
    return b""


def test_no_raw_request_is_a_5xx_and_the_portal_goes_on(portal: Portal) -> None:
    client, secret = partner()
    backend = Backend(client.client_id, secret, portal.url)
    token = backend.tokens(person())["access_token"]
    wrong: dict[str, Any] = {}
    for name, sent, right in odd_requests(backend, token):
        status = exchange(portal.port, sent, patience=10 if right else 0.5)
        if status >= 500 or (right is not None and status not in right):
            wrong[name] = status
    assert wrong == {}, portal.log("web")
    assert backend.info(token).status == 200
    assert "Traceback" not in portal.log("web")
