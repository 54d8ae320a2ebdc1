"""The statement budget of docs/performance.md, counted on the wire: through the views, without middleware."""

import base64
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from freedom_id.api.views import authorize_view, info_view, token_view
from freedom_id.authorization_server.endpoints import discovery, jwks
from freedom_id.domain.signing_keys import ensure_signing_key, forget_keys, public_keys
from freedom_id.models import Credential
from tests.factories.people import REDIRECT_URI
from tests.freedom_id.domain.acts import Pair, pair
from tests.freedom_id.domain.wire import statements_sent

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
MANY = ("read.firstname", "read.phone", "read.emails")


@pytest.fixture(params=[("read.firstname",), MANY], ids=["one grant and contact", "three"])
def a(request: pytest.FixtureRequest) -> Pair:
    known = pair()
    kept = known.account.credentials.order_by("created_at", "pk").values_list("pk", flat=True)[: len(request.param)]
    Credential.objects.exclude(pk__in=list(kept)).delete()
    known.ask()  # the first use of a secret in an hour is kept
    known.grants = request.param  # type: ignore[attr-defined]
    return known


def sent(view: Callable[[HttpRequest], HttpResponse], method: str, auth: str, body: Any = None) -> tuple[Any, int]:
    """The answer and the number of statements."""
    data = orjson.dumps(body) if body is not None else b""
    request = RequestFactory().generic(method, "/", data, "application/json", headers={"Authorization": auth})
    with statements_sent() as statements:
        response = view(request)
    assert response.status_code == 200, response.content
    return orjson.loads(response.content), len(statements)


def basic(a: Pair) -> str:
    return "Basic " + base64.b64encode(f"{a.client.client_id}:{a.secret}".encode()).decode()


def commits(*tables: str) -> set[int]:
    """The transactions that wrote the newest rows of the tables."""
    with connection.cursor() as cursor:
        union = " UNION ".join(f"(SELECT max(xmin::text::bigint) FROM freedom_id_{table})" for table in tables)
        cursor.execute(union)
        return {row[0] for row in cursor.fetchall()}


def test_link_costs_two(a: Any) -> None:
    body = {"redirect_uri": REDIRECT_URI, "grants": list(a.grants)}
    assert sent(authorize_view, "POST", basic(a), body)[1] == 2


def test_token_costs_two_and_one_commit(a: Any) -> None:
    code = a.code(*a.grants)
    answer, cost = sent(token_view, "POST", basic(a), {"authorization_code": code})
    assert (answer["grants"], cost) == (list(a.grants), 2)
    assert len(commits("grant", "tokenfamily", "accesstoken", "refreshtoken")) == 1


def test_refresh_costs_two_and_one_commit(a: Any) -> None:
    tokens = a.tokens(*a.grants)
    answer, cost = sent(token_view, "PATCH", f"Bearer {tokens.refresh_token}")
    assert (answer["grants"], cost) == (list(a.grants), 2)
    assert len(commits("accesstoken", "refreshtoken")) == 1
    assert sent(token_view, "PATCH", f"Bearer {tokens.refresh_token}")[1] == 1, "a retry only reads"


def test_info_costs_one(a: Any) -> None:
    tokens = a.tokens(*a.grants)
    costs = []
    for _read in range(2):
        answer, cost = sent(info_view, "GET", f"Bearer {tokens.access_token}")
        assert len(answer) == 1 + len(a.grants)
        costs.append(cost)
    assert costs == [2, 1], "the first read of an hour is kept"


@pytest.mark.parametrize("view", [discovery, jwks])
def test_discovery_and_keys_cost_nothing(view: Callable[[HttpRequest], HttpResponse]) -> None:
    ensure_signing_key()
    forget_keys()
    public_keys()
    assert sent(view, "GET", "")[1] == 0


def test_the_trace_sees_what_django_sends() -> None:
    with statements_sent() as statements:
        Credential.objects.exists()
    assert len(statements) == 1
