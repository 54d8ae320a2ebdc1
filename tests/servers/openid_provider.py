"""An OpenID provider on a real socket: its keys at an address, ID tokens by them; it hangs, fails or talks rubbish."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

ISSUER, CLIENT_ID = "https://accounts.provider.example", "portal.apps.provider.example"
SUBJECT = "110169484474386276334"
# Drawn once: an RSA key takes a second now and then.
RSA = {name: RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("first", "second")}
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})


@dataclass
class Provider:
    """`published` is what its address answers: a document, or bytes. `behaviour` of the next requests: a status,
    `hang`, `headers` (they trickle in), `trickle` (the body does) or `drop`; when it is used up, it answers. `asked`
    counts requests."""

    url: str
    published: Any = None
    behaviour: list[Any] = field(default_factory=list)
    asked: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def publish(self, *keys: Key) -> None:
        self.published = {"keys": [key.as_dict(private=False) for key in keys]}

    @property
    def setting(self) -> dict[str, Any]:
        return {"ISSUER": ISSUER, "JWKS_URI": self.url, "CLIENT_IDS": [CLIENT_ID, "ios.apps.provider.example"]}


def id_token(nonce: str, /, *, key: Key = RSA["first"], header: Any = None, **told: Any) -> str:
    """Signed by `key`; `told` changes the claims, None leaves one out."""
    now = int(timezone.now().timestamp())
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "sub": SUBJECT, "nonce": nonce, "iat": now, "exp": now + 3600}
    algorithm = "ES256" if key.key_type == "EC" else "RS256"
    protected = {"alg": algorithm, "typ": "JWT", "kid": key.kid} | (header or {})
    claims = {name: value for name, value in (claims | told).items() if value is not None}
    return jwt.encode(protected, claims, key, algorithms=[protected["alg"]])


class Server(ThreadingHTTPServer):
    provider: Provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no fault of a test's."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        provider = self.server.provider
        provider.asked += 1
        act = provider.behaviour.pop(0) if provider.behaviour else 200
        if isinstance(act, int):
            self.answer(act)
        elif act in ("headers", "trickle"):
            self.trickle(act)
        else:
            if act == "hang":
                provider.released.wait(30)
            self.connection.close()

    def answer(self, status: int) -> None:
        published = self.server.provider.published
        body = published if isinstance(published, bytes) else orjson.dumps(published)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def trickle(self, what: str) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\n" + (b"X: " if what == "headers" else b"Content-Length: 9999\r\n\r\n"))
        while not self.server.provider.released.wait(0.05):
            self.wfile.write(b" ")
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # the line was dropped
            super().finish()


@contextmanager
def openid_provider() -> Iterator[Provider]:
    """Serve on 127.0.0.1 until the end of the block."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.provider = Provider(f"http://127.0.0.1:{server.server_port}/certs")
        server.provider.publish(RSA["first"], CURVE)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.provider
        finally:
            server.provider.released.set()
            server.shutdown()
            thread.join()
