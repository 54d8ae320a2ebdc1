"""Whatever comes in, no answer is a 5xx, and each is in the envelope."""

import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freedom_id.domain.rate_limits import FAILED_CLIENTS
from freedom_id.models import Allowance
from tests.freedom_id.identity_v4.parties import V4, Party, id_of

pytestmark = pytest.mark.django_db
bounded = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
FIELDS = ["purposes", "PurposeId", "Id", "Version", "withdrawnBy", "client_id"]
text = st.text(max_size=60) | st.sampled_from(["\x00", "\ud800", "\u202e", "a" * 3000, "useracct", "identity-provider"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text | st.sampled_from([10**400, -(2**63), 2**64])
values = st.recursive(
    scalars | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | text, inner, max_size=4),
)
header_values = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=200) | st.sampled_from(
    ["Basic " + "A" * 100_000, "Bearer " + "é" * 5_000, "Bearer a.b.c", "Bearer " + "." * 4000, "x" * 256, ""]
)


@pytest.fixture
def asked(shop: Party) -> tuple[Party, str]:
    """A person's token, which the tests do not end: nothing here names a purpose that there is."""
    return shop, shop.token()


def operations(who: Party) -> list[tuple[str, str]]:
    return [
        ("GET", who.path("consents")),
        ("POST", who.path("consents/transactions/allow")),
        ("PUT", who.path("consents/transactions/withdraw")),
        ("GET", f"{V4}/consents/collectionpoints"),
        ("GET", who.path("apps")),
    ]


def send(method: str, path: str, data: bytes = b"", **headers: str) -> Any:
    kind = headers.pop("Content-Type", "application/json")
    response = Client().generic(method, path, data, kind, headers=headers)
    assert response.status_code < 500, response.content
    body = orjson.loads(response.content)
    assert {"code", "message", "platform_module"} <= set(body)
    assert body["code"] == 10001 or body["code"] // 100 == response.status_code
    return response


@bounded
@given(body=st.dictionaries(st.sampled_from(FIELDS), values, max_size=6))
def test_any_json_object(asked: tuple[Party, str], body: dict[str, Any]) -> None:
    who, token = asked
    for method, path in operations(who):
        send(method, path, json.dumps(body).encode(), Authorization=token)


@bounded
@given(body=st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes(asked: tuple[Party, str], body: bytes) -> None:
    who, token = asked
    for method, path in operations(who)[1:3]:
        send(method, path, body, Authorization=token)


@bounded
@given(headers=st.dictionaries(
    st.sampled_from(["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "Accept-Language", "Cookie"]),
    header_values, max_size=5,
))  # fmt: skip
def test_any_headers(asked: tuple[Party, str], headers: dict[str, str]) -> None:
    who, token = asked
    Allowance.objects.filter(key__startswith=FAILED_CLIENTS.name).delete()
    purpose = str(id_of("identity-provider"))
    body = orjson.dumps({"purposes": [{"Id": purpose}], "PurposeId": "8ffa5c2c-90dc-46af-a6fc-72f7db88b668"})
    for method, path in operations(who):
        send(method, path, body, **({"Authorization": token} | headers))


@bounded
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]),
    account=st.text(max_size=40) | st.integers().map(str) | st.uuids().map(str),
    tail=st.text(max_size=40) | st.sampled_from(["consents", "apps", "consents/transactions/allow"]),
    query=st.dictionaries(st.sampled_from(["names", "client_id", "x"]), st.text(max_size=40), max_size=3),
)
def test_any_path_and_query(
    asked: tuple[Party, str], method: str, account: str, tail: str, query: dict[str, str]
) -> None:
    who, token = asked
    asked_for = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in query.items())
    for of_whom in (account, str(who.account.pk)):
        path = f"{V4}/accounts/{quote(of_whom, safe='', errors='replace')}/{quote(tail, safe='/', errors='replace')}"
        send(method, f"{path}?{asked_for}", b"{}", Authorization=token)
