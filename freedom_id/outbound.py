"""Requests to addresses that others chose. Each goes to a public address only, judged after the name is resolved and
pinned for the connection (a second resolution could answer differently), without redirects, 5 s, over https.
`FREEDOM_ID["CALLBACK_NETWORKS"]` adds networks of one's own, where plain http is allowed too."""

import ipaddress
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from freedom_id.conf import conf

TIMEOUT_SECONDS = 5
LONGEST_ANSWER = 16 * 1024
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")


class AddressRefused(Exception):
    """The address is not https, or lies in a network that must not be reached."""


class AddressUnknown(AddressRefused):
    """The name does not resolve."""


class PinnedAdapter(HTTPAdapter):
    """Connects to the address that was judged, while TLS and Host keep the name."""

    def __init__(self, ip: str, host: str) -> None:
        self.ip, self.host = ip, host
        super().__init__(max_retries=0)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(request, verify, cert)
        names = {"server_hostname": self.host, "assert_hostname": self.host} if host_params["scheme"] == "https" else {}
        return {**host_params, "host": self.ip}, {**pool_kwargs, **names}


@dataclass(frozen=True, slots=True)
class Answer:
    """At most the first 16 KiB of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, *, body: bytes, headers: dict[str, str]) -> int:
    """POST to a partner's address and return the status; `body` is JSON unless `headers` say otherwise. Raises
    AddressRefused or requests.RequestException."""
    with _requested("POST", url, body, {"Content-Type": "application/json", **headers}) as answer:
        return answer.status_code


def exchange(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST and read the answer. Raises as `post` does; a body that trickles in is a timeout too."""
    return _exchanged("POST", url, body, headers)


def fetch(url: str) -> Answer:
    """GET, for a request of ours that waits: no longer than 5 s, even if the resolver hangs or headers trickle in.
    Raises as `post` does."""
    answer: Future[Answer] = Future()
    Thread(target=_answer_into, args=(answer, url), daemon=True).start()
    try:
        return answer.result(timeout=TIMEOUT_SECONDS)
    except TimeoutError:
        raise requests.Timeout from None


def _answer_into(answer: Future[Answer], url: str) -> None:
    try:
        answer.set_result(_exchanged("GET", url, b"", {}))
    except Exception as error:  # noqa: BLE001 -- raised where the answer is awaited
        answer.set_exception(error)


def _exchanged(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with _requested(method, url, body, headers) as answer:
        read = b""
        for piece in answer.iter_content(1):  # a larger one would be waited for
            read += piece
            if len(read) >= LONGEST_ANSWER:
                break
            if time.monotonic() > deadline:
                raise requests.Timeout
        return Answer(answer.status_code, answer.headers, read[:LONGEST_ANSWER])


@contextmanager
def _requested(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Iterator[requests.Response]:
    ip = judged_address(url)
    parts = urlsplit(url)
    with requests.Session() as session:
        session.trust_env = False
        session.mount(f"{parts.scheme}://", PinnedAdapter(ip, parts.hostname or ""))
        with session.request(
            method,
            url,
            data=body,
            headers={"Host": parts.netloc, **headers},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            yield answer


def judged_address(url: str) -> str:
    """The IP address to connect to for `url`. Raises AddressRefused, or AddressUnknown when the name does not resolve
    now, which may pass."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused("not an address") from error
    if not parts.hostname or "@" in parts.netloc:
        raise AddressRefused("an address has a host and no user name")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressUnknown(f"{parts.hostname} does not resolve") from error
    own = [ipaddress.ip_network(network) for network in conf.callback_networks]
    for *_rest, address in found:
        ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
        if any(ip in network for network in own) and parts.scheme in ("http", "https"):
            continue
        if not _is_public(ip) or parts.scheme != "https":
            raise AddressRefused(f"{parts.hostname} is not a public https address")
    return str(found[0][4][0])


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Of IPv6 only the global unicast block, without 6to4: the other forms carry an IPv4 address (NAT64, mapped)."""
    if ip.version == 6 and (ip not in GLOBAL_UNICAST or ip in SIX_TO_FOUR):
        return False
    return ip.is_global and not ip.is_multicast
