"""The error table as data, and the one shape in which this door fails."""

import json
from typing import Any

import pytest

from freedom_id import errors
from freedom_id.errors import FreedomIdError
from tests.freedom_id.api.backend import Backend, basic

# code: (HTTP status, OAuth name); 100114 belongs to the user management, which this door does not have
CONTRACT_A9: dict[int | None, tuple[int, str]] = {
    None: (422, "invalid_request"),
    100101: (400, "invalid_grant"),
    100102: (403, "access_denied"),
    100103: (410, "invalid_request"),
    100104: (401, "invalid_client"),
    100105: (403, "unauthorized_client"),
    100106: (400, "invalid_request"),
    100107: (401, "invalid_token"),
    100108: (401, "invalid_grant"),
    100109: (401, "invalid_grant"),
    100110: (403, "insufficient_scope"),
    100111: (400, "invalid_grant"),
    100112: (403, "access_denied"),
    100113: (409, "invalid_request"),
    100129: (429, "temporarily_unavailable"),
    100199: (500, "server_error"),
}
ENDPOINTS = {
    "/authorize": {"POST"},
    "/token": {"POST", "PATCH"},
    "/user": {"GET"},
    "/userinfo": {"GET"},
    "/get-profile": {"POST"},
    "/get-profile/status": {"GET"},
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")


def every_error() -> list[type[FreedomIdError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, FreedomIdError)]


def test_codes_are_unique_and_the_table_is_the_contracts() -> None:
    classes = every_error()
    assert len({cls.code for cls in classes}) == len(classes)
    assert {cls.code: (cls.http_status, cls.error) for cls in classes} == CONTRACT_A9


def test_messages_are_sentences_for_everyone_and_details_stay_inside() -> None:
    for cls in every_error():
        assert cls.message.endswith("."), cls
    secret = errors.InvalidClient("client 'x' from 10.0.0.1")
    assert (secret.message, secret.detail) == ("Client authentication failed.", "client 'x' from 10.0.0.1")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ENDPOINTS)
def test_other_methods_are_405_with_allow(backend: Backend, path: str) -> None:
    for method in set(METHODS) - ENDPOINTS[path]:
        answer = backend.call(method, path, authorization=basic(backend.client_id, backend.secret))
        assert answer.status == 405, method
        assert set(answer.headers["allow"].split(", ")) == ENDPOINTS[path]
        assert method == "HEAD" or list(answer.json()) == ["error"]


@pytest.mark.django_db
def test_no_cookie_and_no_session_on_this_door(backend: Backend) -> None:
    for answer in (backend.link(), backend.link(grants=[]), backend.info("x"), backend.token("x")):
        assert "set-cookie" not in answer.headers


@pytest.mark.django_db
def test_secrets_are_in_no_error_and_no_log(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret = "Sesame7Sesame7Sesame7Sesame7"
    answers = [
        Backend(backend.client_id, secret).link(),
        backend.token(secret),
        backend.refresh(secret),
        backend.info(secret),
        backend.link(state=secret + "\n", CLIENT_SECRET=secret),
        backend.token(secret, code_verifier=secret),
    ]
    assert all(answer.status >= 400 for answer in answers)
    assert not any(secret.encode() in answer.body for answer in answers)
    assert secret not in caplog.text


@pytest.mark.django_db
def test_a_body_over_64_kib_is_413(backend: Backend) -> None:
    big: Any = {"authorization_code": "x", "padding": "a" * 70_000}
    answer = backend.token("x", padding=big["padding"])
    assert (answer.status, list(answer.json())) == (413, ["error"])


@pytest.mark.django_db
def test_get_requests_with_more_parameters_than_django_parses_are_4xx(backend: Backend, tokens: dict[str, Any]) -> None:
    query = "&".join(f"a{n}=" for n in range(1000))
    answer = backend.call("GET", f"/get-profile/status?{query}", authorization=f"Bearer {tokens['access_token']}")
    assert 400 <= answer.status < 500
    assert list(json.loads(answer.body)) == ["error"]
