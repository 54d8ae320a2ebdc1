"""Whatever comes in, no answer is a 5xx, and what is JSON keeps the shape of the door."""

import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freedom_id.domain.rate_limits import FAILED_CLIENTS
from freedom_id.grants import GRANTS
from freedom_id.models import Allowance
from tests.factories.people import REDIRECT_URI
from tests.freedom_id.api.backend import API, Backend, basic

pytestmark = pytest.mark.django_db
bounded = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
FIELDS = [
    "redirect_uri", "grants", "state", "locale", "code_challenge", "code_challenge_method", "authorization_code",
    "code_verifier", "revoke_uri", "request_id", "created_at", "CLIENT_ID",
]  # fmt: skip
ENDPOINTS = [
    ("POST", "/authorize"), ("POST", "/token"), ("PATCH", "/token"), ("GET", "/user"), ("POST", "/get-profile"),
    ("GET", "/get-profile/status"),
]  # fmt: skip
text = st.text(max_size=60) | st.sampled_from(["\x00", "\ud800", "\u202e", "a" * 3000, REDIRECT_URI, *GRANTS])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text | st.sampled_from([10**400, -(2**63), 2**64])
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4))
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)


def as_json(value: Any) -> bytes:
    """JSON by the standard library: it writes lone surrogates, NaN and numbers of any length, as foreign clients do."""
    return json.dumps(value).encode()


def assert_answered(response: Any) -> None:
    assert response.status_code < 500, response.content
    if response["Content-Type"].startswith("application/json") and response.status_code != 200:
        assert set(orjson.loads(response.content)) == {"error"}


def send(method: str, path: str, data: bytes = b"", **headers: str) -> None:
    headers.setdefault("Content-Type", "application/json")
    kind = headers.pop("Content-Type")
    assert_answered(Client().generic(method, path, data, kind, headers=headers))


@bounded
@given(body=objects, endpoint=st.sampled_from(ENDPOINTS))
def test_any_json_object(backend: Backend, tokens: dict[str, Any], body: dict[str, Any], endpoint: Any) -> None:
    method, path = endpoint
    client = path in ("/authorize", "/token") and method == "POST"
    proof = basic(backend.client_id, backend.secret) if client else f"Bearer {tokens['access_token']}"
    send(method, API + path, as_json(body), Authorization=proof)


@bounded
@given(body=st.binary(max_size=200) | values.map(as_json), endpoint=st.sampled_from(ENDPOINTS))
def test_any_bytes(backend: Backend, tokens: dict[str, Any], body: bytes, endpoint: Any) -> None:
    method, path = endpoint
    for proof in (basic(backend.client_id, backend.secret), f"Bearer {tokens['access_token']}"):
        send(method, API + path, body, Authorization=proof)


header_values = (
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=200)
    | st.binary(max_size=100).map(lambda raw: "Basic " + raw.hex())
    | st.tuples(text, text).map(lambda pair: pair[0].encode("utf-8", "replace")).map(lambda raw: basic(raw.hex(), "x"))
    | st.sampled_from(
        ["Basic " + "A" * 100_000, "Bearer " + "é" * 100_000, "Bearer " + "a.b.c", "Bearer " + "." * 4000]
    )
)


@bounded
@given(
    authorization=header_values,
    content_type=header_values
    | st.sampled_from(["", "text/plain", "multipart/form-data", "application/json; charset=x"]),
    endpoint=st.sampled_from(ENDPOINTS),
)
def test_any_headers(db: None, authorization: str, content_type: str, endpoint: Any) -> None:
    Allowance.objects.filter(key__startswith=FAILED_CLIENTS.name).delete()
    method, path = endpoint
    forwarded = {
        "X-Forwarded-For": authorization[:50],
        "Accept-Language": content_type[:50],
        "Cookie": content_type[:99],
    }
    send(method, API + path, b"{}", **{"Authorization": authorization, "Content-Type": content_type, **forwarded})


@bounded
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]),
    tail=st.text(max_size=40) | st.sampled_from(["", "/", "//", "/../", "/get-profile/status/", "/token%00", "/TOKEN"]),
    query=st.text(max_size=40),
)
def test_any_path(db: None, method: str, tail: str, query: str) -> None:
    for start in (API, "/login"):
        send(method, f"{start}{quote(tail, safe='/%', errors='replace')}?track_id={quote(query, errors='replace')}")
