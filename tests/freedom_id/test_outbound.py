"""Requests to addresses that others chose reach public https servers only – and the networks that are named."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from freedom_id import outbound
from freedom_id.outbound import AddressRefused, AddressUnknown, fetch, judged_address, post
from tests.freedom_id.domain.receiver import Receiver, receiver

PUBLIC = "93.184.215.14"


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set what every name resolves to; nothing is asked outside."""

    def answer(*addresses: str) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda _host, port, **_options: [entry(a, port) for a in addresses])

    return answer


def entry(address: str, port: int) -> Any:
    """As the system's resolver answers; it reads decimal, octal and hexadecimal IPv4 addresses too."""
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (socket.inet_ntoa(socket.inet_aton(address)), port)


@pytest.fixture(autouse=True)
def no_networks_of_our_own(settings: Any) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CALLBACK_NETWORKS": []}


def allow_loopback(settings: Any) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CALLBACK_NETWORKS": ["127.0.0.0/8"]}


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254"),
        *("100.64.0.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "ff0e::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
        *("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "127.1", "0"),
    ],
)
def test_an_address_that_is_not_public_is_refused(resolves: Any, address: str) -> None:
    resolves(address)
    for url in ("https://partner.example/hook", f"https://{f'[{address}]' if ':' in address else address}/hook"):
        with pytest.raises(AddressRefused) as refused:
            judged_address(url)
        assert refused.type is AddressRefused, "judged, not merely unresolved"


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700:4700::1111"])
def test_a_public_address_is_judged_good(resolves: Any, address: str) -> None:
    resolves(address)
    assert judged_address("https://partner.example:8443/hook") == address


@pytest.mark.parametrize("answers", [(PUBLIC, "10.0.0.1"), ("127.0.0.1", PUBLIC), (PUBLIC, "::1")])
def test_one_private_answer_of_two_refuses_the_name(resolves: Any, answers: tuple[str, str]) -> None:
    resolves(*answers)
    with pytest.raises(AddressRefused):
        judged_address("https://partner.example/hook")


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/hook",
        "ftp://partner.example/hook",
        "file:///etc/passwd",
        "gopher://partner.example/",
        "//partner.example/hook",
        "partner.example/hook",
        "https://user:password@partner.example/hook",
        "https://partner.example@127.0.0.1/hook",
        "https://@partner.example/hook",
        "https:///hook",
        "https://partner.example:99999/hook",
        "https://[::1",
        "",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(resolves: Any, url: str) -> None:
    resolves(PUBLIC)
    with pytest.raises(AddressRefused):
        judged_address(url)


def test_plain_http_reaches_only_the_networks_that_are_named(settings: Any, resolves: Any) -> None:
    allow_loopback(settings)
    resolves("127.0.0.1")
    assert judged_address("http://partner.example/hook") == "127.0.0.1"
    resolves("127.0.0.1", "10.0.0.1")
    with pytest.raises(AddressRefused):
        judged_address("http://partner.example/hook")


def test_a_name_that_does_not_resolve_is_refused() -> None:
    with pytest.raises(AddressUnknown):
        judged_address("https://nowhere.invalid/hook")  # the suite lets no name out of this machine


def send(url: str) -> int:
    return post(url, body=b'{"id": "1"}', headers={"X-Signature": "s"})


def names_lead_here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name resolves to this machine; returns the names that are looked up."""
    asked: list[str] = []

    def lookup(host: str, port: int, *_rest: Any, **_options: Any) -> Any:
        asked.append(host)
        return [entry("127.0.0.1", port)]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


def test_the_request_goes_to_the_judged_address_under_its_own_name(settings: Any, monkeypatch: Any) -> None:
    allow_loopback(settings)
    asked = names_lead_here(monkeypatch)
    with receiver("partner.example") as server:
        assert send(server.url) == 200
    [got] = server.requests
    assert got.headers["Host"] == server.url.split("/")[2]
    assert (got.path, got.body, got.headers["Content-Type"]) == ("/hook", b'{"id": "1"}', "application/json")
    assert asked.count("partner.example") == 1, "a second look-up could answer differently"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(settings: Any, status: int) -> None:
    allow_loopback(settings)
    with receiver() as target, receiver() as server:
        server.status, server.location = status, target.url
        assert send(server.url) == status
    assert target.requests == []


def test_a_proxy_of_the_environment_is_not_used(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_loopback(settings)
    with receiver() as proxy, receiver() as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert send(server.url) == 200
    assert (len(server.requests), len(proxy.requests)) == (1, 0)


def held(server: Receiver) -> threading.Event:
    server.held = threading.Event()
    return server.held


def test_a_server_that_does_not_answer_is_left_after_the_timeout(settings: Any, monkeypatch: Any) -> None:
    assert outbound.TIMEOUT_SECONDS == 5
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.3)
    allow_loopback(settings)
    with receiver() as server:
        released, started = held(server), time.monotonic()
        with pytest.raises(requests.Timeout):
            send(server.url)
        assert time.monotonic() - started < 3
        released.set()


def test_a_resolver_that_does_not_answer_is_left_too_where_a_request_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the other servers' way is in tests/freedom_id/identity_v4/test_federated_ids.py."""
    released = threading.Event()
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: released.wait(20) and [])
    started = time.monotonic()
    with pytest.raises(requests.Timeout):
        fetch("https://partner.example/keys")
    assert time.monotonic() - started < 3
    released.set()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody vouches for."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    start = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("partner.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoded = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "pem").write_bytes(encoded + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem")
    return context


def test_tls_asks_for_the_name_and_refuses_a_certificate_without_authority(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    allow_loopback(settings)
    names_lead_here(monkeypatch)
    asked: list[str | None] = []
    context = self_signed(tmp_path)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=shake_hands, args=(listening, context))
        thread.start()
        with pytest.raises(requests.exceptions.SSLError):
            send(f"https://partner.example:{listening.getsockname()[1]}/hook")
        thread.join(5)
    assert asked == ["partner.example"]


def shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    connection, _address = listening.accept()
    with connection, suppress(ssl.SSLError, OSError):
        context.wrap_socket(connection, server_side=True).close()
