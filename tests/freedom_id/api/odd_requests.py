"""Requests that no client library sends: name, bytes, and the right statuses (None: any below 500, or none)."""

from collections.abc import Iterator

from tests.freedom_id.api.backend import API, Backend, basic

Odd = tuple[str, bytes, set[int] | None]
MEGABYTE = b"a" * 1_048_576
CHARSETS = ["utf-16", "base64", "rot13", "undefined", "idna", "utf-7", "x" * 5000, '"']
JSON, CHUNKED = "Content-Type: application/json", "Transfer-Encoding: chunked"
LINK, STATUS, INFO = f"POST {API}/authorize", f"GET {API}/get-profile/status", f"GET {API}/user"
ASKED = b'{"redirect_uri":"https://partner.example/callback?from=freedom","grants":["read.firstname"]}'
REQUEST = b'{"request_id":"7f0c6a52-2f3b-4a8b-9d0e-6a1b2c3d4e5f"}'


def odd_requests(backend: Backend, access_token: str) -> Iterator[Odd]:
    client = f"Authorization: {basic(backend.client_id, backend.secret)}"
    bearer = f"Authorization: Bearer {access_token}"
    yield "as it should be", request(LINK, JSON, client, body=ASKED), {200}
    yield "get with a body", request(STATUS, JSON, bearer, body=REQUEST), {200}
    yield from bodies(client, bearer)
    yield from headers(client, bearer)
    yield from hosts_and_protocols(client, bearer)
    yield from addresses(client, bearer)
    yield from charsets(bearer)
    yield "no request", b"\r\n\r\n", None
    yield "TLS", bytes.fromhex("160301020001000001fc0303") + b"\x00" * 500, None
    yield "binary", bytes(range(256)) * 4, None


def bodies(client: str, bearer: str) -> Iterator[Odd]:
    yield "megabyte", request(LINK, JSON, client, body=MEGABYTE), {413}
    yield "megabyte on get", request(STATUS, JSON, bearer, body=MEGABYTE), {413}
    yield "megabyte to info", request(INFO, JSON, bearer, body=MEGABYTE), {200, 413}
    yield "body shorter than said", request(LINK, JSON, client, body=ASKED, length="5000"), None
    yield "body longer than said", request(LINK, JSON, client, body=ASKED, length="5"), {422}
    yield "no length", request(LINK, JSON, client, body=ASKED, length=None), {411, 422}
    for length in ("-1", "x", "+5", "1e3", "9" * 30, "5, 6"):
        yield f"length {length}", request(LINK, JSON, client, body=ASKED, length=length), None
    yield "two lengths", request(LINK, JSON, client, "Content-Length: 3", body=ASKED), {0, 400}
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(ASKED), ASKED)
    yield "chunks", request(LINK, JSON, client, CHUNKED, body=chunks, length=None), None
    yield "broken chunks", request(LINK, JSON, client, CHUNKED, body=b"zz\r\n", length=None), None
    yield "length and chunks", request(LINK, JSON, client, CHUNKED, body=chunks), None
    yield "encoded body", request(LINK, JSON, client, "Content-Encoding: gzip", body=ASKED), None


def headers(client: str, bearer: str) -> Iterator[Odd]:
    yield "no content type", request(LINK, client, body=ASKED), {200}
    yield "odd content type", request(LINK, client, "Content-Type: ;;;=\xff", body=ASKED), {200}
    yield "two authorizations", request(LINK, JSON, client, bearer, body=ASKED), None
    yield "long header", request(LINK, JSON, client, "X: " + "a" * 100_000, body=ASKED), None
    yield "long credentials", request(LINK, JSON, "Authorization: Basic " + "A" * 100_000), {400, 401, 431}
    yield "many headers", request(LINK, JSON, client, *[f"X-{n}: 1" for n in range(500)], body=ASKED), None
    yield "bad UTF-8", request(STATUS, JSON, "Authorization: Bearer \xff\xfe", "X: \xff", body=REQUEST), {401}
    yield "NUL", request(STATUS, JSON, "Authorization: Bearer \x00", body=REQUEST), None
    yield "bare line feeds", request(STATUS, bearer, body=REQUEST).replace(b"\r\n", b"\n"), None
    yield "expect", request(LINK, JSON, client, "Expect: 100-continue", body=ASKED), None
    yield "expect nonsense", request(LINK, JSON, client, "Expect: mercy", body=ASKED), None
    yield "upgrade", request(STATUS, bearer, "Upgrade: websocket", "Connection: upgrade", body=REQUEST), None


def hosts_and_protocols(client: str, bearer: str) -> Iterator[Odd]:
    whole = request(LINK, JSON, client, body=ASKED)
    yield "two hosts", request(LINK, "Host: evil.example", JSON, client, body=ASKED), None
    yield "foreign host", whole.replace(b"localhost", b"evil.example"), None
    yield "no host", whole.replace(b"Host: localhost\r\n", b""), None
    yield "old protocol", whole.replace(b"HTTP/1.1", b"HTTP/1.0"), {200}
    yield "new protocol", whole.replace(b"HTTP/1.1", b"HTTP/9.9"), None
    yield "absolute address", request(f"POST http://evil.example{API}/authorize", JSON, client, body=ASKED), None
    for method in ("BREW", "CONNECT", "TRACE", "post", "A" * 5000):
        yield f"method {method[:9]}", request(f"{method} {API}/token", JSON, client, bearer), None


def addresses(client: str, bearer: str) -> Iterator[Odd]:
    for target in ("*", "//", "/%", "/%00", "/%ff%fe", "/\xff", "/..%2f..%2fetc/passwd", f"{API}/user%0d%0aX:y"):
        yield f"target {target}", request(f"GET {target}"), None
    yield "long address", request(f"{INFO}?" + "a" * 70_000, bearer), None
    many = "&".join(f"a{n}" for n in range(300))
    for line in (STATUS, LINK, INFO, "GET /login", "GET /livez"):
        yield f"many parameters {line}", request(f"{line}?{many}", JSON, bearer), None
        yield f"many parameters and a charset {line}", request(f"{line}?{many}", f"{JSON}; charset=utf-8", client), None


def charsets(bearer: str) -> Iterator[Odd]:
    """Codecs that Python knows and that are no text encodings break Django before it can answer."""
    for charset in CHARSETS:
        for line in (STATUS, LINK, INFO, "POST /login", "GET /login", "POST /oauth2/token"):
            sent = request(f"{line}?request_id=x", f"{JSON}; charset={charset}", bearer)
            yield f"charset {charset[:9]} {line}", sent, None
    for line in (LINK, INFO, "POST /login", "POST /oauth2/token", "GET /livez"):
        yield f"odd parameter {line}", request(line, "Content-Type: text/plain; a*=nosuch''%41", bearer), None


def request(line: str, *headers: str, body: bytes = b"", length: str | None = "") -> bytes:
    """`length` "" is the true one, None sends no Content-Length."""
    lines = [f"{line} HTTP/1.1", "Host: localhost", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length or len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
