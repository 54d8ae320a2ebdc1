"""Pushed authorization requests: RFC 9126."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.models import AuthorizationRequest
from tests.compliance.standard_door import basic_header, obtain_code, post_form, redeem, request_url
from tests.factories.people import REDIRECT_URI, partner, phone_of

PAR = "/oauth2/par"


@pytest.fixture
def push(client, secret):
    def pushed(**changes: Any) -> Any:
        fields = dict(parse_qsl(urlsplit(request_url(client, **changes)).query))
        return post_form(PAR, fields, basic=(client.client_id, secret))

    return pushed


def opened(client: Any, request_uri: str, **more: Any) -> str:
    return f"/oauth2/authorize?{urlencode({'client_id': client.client_id, 'request_uri': request_uri} | more)}"


@pytest.mark.requirement("RFC 9126 §2.2")
def test_what_was_pushed_is_gone_on_with(walk, client, secret, account, push):
    answer = push(state="of the push")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert answer.json()["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert 5 <= answer.json()["expires_in"] <= 600
    page = walk.sign_in(
        opened(client, answer.json()["request_uri"], state="of the browser", scope="phone"), phone_of(account)
    )
    returned = walk.consent(page, grants=[*client.grants, *client.scopes]).returned
    assert returned["state"] == "of the push"
    tokens = redeem(client, secret, returned["code"])
    assert tokens.status_code == 200
    assert "phone" not in tokens.json()["scope"].split()


@pytest.mark.requirement("RFC 9126 §4")
def test_a_pushed_request_gives_one_code(walk, client, account, push):
    uri = push().json()["request_uri"]
    page = walk.sign_in(opened(client, uri), phone_of(account))
    assert "code" in walk.consent(page, grants=client.grants).returned
    again = walk.get(opened(client, uri))
    assert (again.status, again.location) == (400, "")


@pytest.mark.requirement("RFC 9126 §2.2")
def test_it_works_for_its_time_and_for_its_client(walk, client, push):
    uri = push().json()["request_uri"]
    other, _secret = partner(name="Other")
    assert walk.get(opened(other, uri)).status == 400
    assert walk.get(f"/oauth2/authorize?{urlencode({'request_uri': uri})}").status == 400
    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        assert walk.get(opened(client, uri)).status == 400
    assert walk.get(opened(client, uri[:-1])).status == 400
    assert walk.get(opened(client, uri)).status == 200


def test_a_link_of_the_other_door_is_no_pushed_request(walk, client, push):
    uri = push().json()["request_uri"]
    AuthorizationRequest.objects.update(door="freedom_id")
    assert walk.get(opened(client, uri)).status == 400


def test_a_pushed_request_is_answered_silently(walk, client, secret, account, push):
    obtain_code(walk, client, account)
    returned = walk.get(opened(client, push(prompt="none").json()["request_uri"])).returned
    assert redeem(client, secret, returned["code"]).status_code == 200


@pytest.mark.requirement("RFC 9126 §2.3")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "request_uri_not_supported"),
        ({"request": "a.b.c"}, "request_not_supported"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_would_be_refused_at_the_endpoint_is_refused_at_once(push, changes, error):
    answer = push(**changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.requirement("RFC 9126 §2.1")
def test_who_pushes_authenticates(client, secret):
    fields = dict(parse_qsl(urlsplit(request_url(client)).query))
    for basic in (None, (client.client_id, "wrong")):
        answer = post_form(PAR, fields, basic=basic)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert post_form(PAR, fields | {"client_secret": secret}).status_code == 201
    type(client).objects.update(status="suspended")
    assert post_form(PAR, fields, basic=(client.client_id, secret)).status_code == 401


def test_a_client_without_a_secret_pushes_by_its_name(db):
    app, _none = partner(client_type="public", scopes=["openid"])
    fields = dict(parse_qsl(urlsplit(request_url(app, scope="openid")).query))
    assert post_form(PAR, fields).status_code == 201


def test_a_client_pushes_for_itself_alone(client, secret):
    other, _secret = partner(name="Other", redirect_uris=["https://other.example/cb"])
    fields = dict(parse_qsl(urlsplit(request_url(other, redirect_uri=REDIRECT_URI)).query))
    answer = post_form(PAR, fields, basic=(client.client_id, secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.requirement("RFC 9126 §2.3")
def test_other_methods_and_types_are_refused(client, secret):
    headers = {"Authorization": basic_header(client.client_id, secret)}
    assert Client().get(PAR).status_code == 405
    assert Client().post(PAR, {}, content_type="application/json", headers=headers).status_code == 415
