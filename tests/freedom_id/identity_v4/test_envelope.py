"""One envelope around everything that this door answers, whatever was asked."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import Client, override_settings

from freedom_id.identity_v4.errors import MESSAGES, IdentityError
from tests.freedom_id.identity_v4.parties import V4, Party, call, id_of, payload, publish, refusal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "tail",
    ["", "nonsense", "account", "accounts/", "accounts/1/x", "accounts/1/consents/", "accounts/1/2/consents", "a//b",
     "accounts//consents", "CONSENTS/COLLECTIONPOINTS", "consents/collectionpoints/", "%00", "%FF", "a\nb"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_an_unknown_path_is_not_found(tail: str, method: str) -> None:
    assert refusal(call(method, f"{V4}/{tail}")) == (404, 40400)


def test_a_body_that_is_too_large(shop: Party) -> None:
    body = {"purposes": [], "padding": "a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    for method, tail in (("POST", "allow"), ("PUT", "withdraw")):
        answer = call(method, shop.path(f"consents/transactions/{tail}"), shop.token(), body)
        assert refusal(answer) == (413, 41300)


def test_a_query_that_is_too_long(shop: Party) -> None:
    query = "?" + "&".join(f"a{number}" for number in range(300))
    assert refusal(call("GET", shop.path("consents") + query, shop.token())) == (400, 40000)


def test_headers_of_every_answer(shop: Party) -> None:
    for answer in (call("GET", shop.path("consents"), shop.token()), call("GET", f"{V4}/nonsense")):
        assert answer["Content-Type"] == "application/json"
        assert answer["Content-Length"] == str(len(answer.content))
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["consents", "nonsense"])
def test_a_request_id_comes_back_as_it_came(shop: Party, path: str) -> None:
    token = shop.token()
    assert call("GET", shop.path(path), token, X_Request_ID="a b~1")["X-Request-ID"] == "a b~1"
    for odd in ("", "é", "a\tb", "x" * 201):
        assert "X-Request-ID" not in call("GET", shop.path(path), token, X_Request_ID=odd).headers


def test_refusals_of_purposes_speak_the_callers_language(shop: Party) -> None:
    path, token = shop.path("consents/transactions/allow"), shop.token()
    body = {"purposes": [{"Id": str(publish("elsewhere"))}]}
    english, russian = (call("POST", path, token, body, Accept_Language=language) for language in ("en", "ru"))
    assert english.json()["errors"] != russian.json()["errors"]
    assert english.json()["message"] == russian.json()["message"] == MESSAGES[42202]


def test_every_code_is_its_status_times_a_hundred_and_documented() -> None:
    page = Path(settings.BASE_DIR, "docs", "identity-v4-api.md").read_text()
    rows = {int(code): int(status) for code, status in re.findall(r"^\| (\d{5}) \| (\d{3}) \|", page, re.MULTILINE)}
    assert rows == {code: code // 100 for code in MESSAGES}
    assert {IdentityError(code).http_status for code in MESSAGES} == {code // 100 for code in MESSAGES}


def test_what_nobody_foresaw_is_a_500_in_the_envelope(shop: Party) -> None:
    token = shop.token()
    with override_settings(CONSENTS={**settings.CONSENTS, "SIGNER": "nonsense.nowhere"}):
        answer = call("PUT", shop.path("consents/transactions/withdraw"), token, {"PurposeId": str(id_of("consents"))})
    assert refusal(answer) == (500, 50000)
    assert shop.status("consents") == "active"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_a_503_that_may_be_repeated(shop: Party) -> None:
    token = shop.token()
    holder = connections.create_connection(DEFAULT_DB_ALIAS)
    holder.set_autocommit(False)
    try:
        with holder.cursor() as cursor, connection.cursor() as own:
            cursor.execute("LOCK TABLE consents_consentstate")
            own.execute("SET lock_timeout = 100")
            answer = call("GET", shop.path("consents"), token)
    finally:
        holder.close()
        connection.close()
    assert refusal(answer) == (503, 50300)
    assert answer["Retry-After"] == "1"
    payload(call("GET", shop.path("consents"), token), "content")


def test_no_cookie_and_no_csrf_token_is_asked_for(shop: Party) -> None:
    browser: Any = Client(enforce_csrf_checks=True)
    answer = browser.put(shop.path("consents/transactions/withdraw"), b"{}", content_type="application/json")
    assert refusal(answer) == (401, 40100)
