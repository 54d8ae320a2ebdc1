"""Requests to addresses that others chose. Each goes to a public address only, judged after the name is resolved and
pinned for the connection (a second resolution could answer differently), without redirects, 5 s, over https.
`FREEDOM_ID["CALLBACK_NETWORKS"]` adds networks of one's own, where plain http is allowed too."""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from freedom_id.conf import conf

TIMEOUT_SECONDS = 5


class AddressRefused(Exception):
    """The address is not https, does not resolve, or lies in a network that must not be reached."""


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


def post(url: str, *, body: bytes, headers: dict[str, str]) -> int:
    """POST JSON to a partner's address and return the status. Raises AddressRefused or requests.RequestException."""
    parts = urlsplit(url)
    ip = judged_address(url)
    with requests.Session() as session:
        session.trust_env = False
        session.mount(f"{parts.scheme}://", PinnedAdapter(ip, parts.hostname or ""))
        with session.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            return answer.status_code


def judged_address(url: str) -> str:
    """The IP address to connect to for `url`. Raises AddressRefused."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError) as error:
        raise AddressRefused(f"{parts.hostname} does not resolve") from error
    own = [ipaddress.ip_network(network) for network in conf.callback_networks]
    for *_rest, address in found:
        ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
        if any(ip in network for network in own) and parts.scheme in ("http", "https"):
            continue
        if not ip.is_global or ip.is_multicast or parts.scheme != "https":
            raise AddressRefused(f"{parts.hostname} is not a public https address")
    return str(found[0][4][0])
