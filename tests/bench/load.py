"""A load of keep-alive connections from one thread: requests are bytes made beforehand, answers are read to their
end."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

CONNECTIONS = 16
HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


@dataclass
class Result:
    """Seconds of the run, seconds of each answer, and how many answers were not 2xx."""

    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.began = 0.0

    def send(self, request: bytes) -> None:
        self.received = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def complete(self) -> bool:
        """Read what is there; True when the answer is whole."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self.received += chunk
        head, end, body = self.received.partition(HEAD_END)
        if not end:
            return False
        if b"transfer-encoding: chunked" in head.lower():
            return body.endswith(LAST_CHUNK)
        start = head.lower().find(b"content-length:")
        length = int(head[start + 15 :].partition(b"\r\n")[0]) if start >= 0 else 0
        return len(body) >= length


def run(port: int, requests: Iterator[bytes], *, seconds: float) -> Result:
    """Send `requests` over 16 connections until the time is over or they are used up."""
    result = Result()
    selector = selectors.DefaultSelector()
    began = time.perf_counter()
    deadline = began + seconds
    busy = 0
    for request in (next(requests, b"") for _number in range(CONNECTIONS)):
        if request:
            connection = Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
            busy += 1
    while busy:
        for key, _events in selector.select():
            connection = key.data
            if not connection.complete():
                continue
            now = time.perf_counter()
            result.latencies.append(now - connection.began)
            result.failures += connection.received[9:10] != b"2"
            request = next(requests, b"") if now < deadline else b""
            if request:
                connection.send(request)
            else:
                selector.unregister(connection.socket)
                connection.socket.close()
                busy -= 1
    result.seconds = time.perf_counter() - began
    return result


def http(
    method: str, path: str, *, authorization: str = "", body: bytes = b"", content_type: str = "application/json"
) -> bytes:
    """One HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    if body:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join(lines).encode() + HEAD_END + body
