"""Whatever comes in, no answer is a 5xx, and every refusal has the one shape."""

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consents.models import Subject
from tests.consents.api.conftest import Door

pytestmark = pytest.mark.django_db
bounded = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FIELDS = ["subjects", "names", "at", "subject", "action", "resource", "evaluations", "options", "type", "id", "name"]
text = st.text(max_size=40) | st.sampled_from(["account", "use", "purpose", "p", "\x00", "\ud800", "a" * 300])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text | st.sampled_from([10**400, 2**64])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | text, inner, max_size=4),
)


def assert_answered(response: Any) -> None:
    assert response.status_code < 500, response.content
    if response.status_code != 200:
        assert set(response.json()) == {"error"}


@bounded
@given(body=st.dictionaries(st.sampled_from(FIELDS), values).map(json.dumps).map(str.encode) | st.binary(max_size=99))
def test_any_body(subject: Subject, door: Door, body: bytes) -> None:
    for path in ("check", "evaluation", "evaluations"):
        assert_answered(door.post(path, body))


@bounded
@given(
    query=st.dictionaries(
        st.sampled_from(["names", "account", "at", "known_at", "limit", "before", "x"]),
        st.text(st.characters(codec="utf-8"), max_size=40)
        | st.datetimes().map(str)
        | st.just("p")
        | st.integers(-5, 2**70).map(str)
        | st.binary(max_size=12).map(urlsafe_b64encode).map(bytes.decode),
    ),
    raw=st.none() | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n#"), max_size=60),
)
def test_any_query(subject: Subject, door: Door, query: dict[str, str], raw: str | None) -> None:
    options = {"headers": door.headers} | ({} if raw is None else {"QUERY_STRING": raw})
    for path in ("check", "history"):
        assert_answered(Client().get(f"/consents/v1/{path}", query, **options))


@bounded
@given(
    number=st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=50) | st.uuids().map(str),
    accept=st.text(max_size=50),
)
def test_any_receipt_in_any_form(door: Door, number: str, accept: str) -> None:
    assert_answered(door.fetch(f"receipts/{quote(number, safe='')}", accept=accept))
