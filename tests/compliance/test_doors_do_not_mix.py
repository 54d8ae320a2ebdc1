"""A code or refresh token of one door is nothing at the other: each door has its own proof of the client (RFC 9700
§2.2.2)."""

import json

import pytest
from django.test import Client

from freedom_id.models import Grant, TokenFamily
from tests.compliance.standard_door import VERIFIER, post_form, redeem
from tests.factories.people import REDIRECT_URI
from tests.freedom_id.api.backend import Backend

LINKED = "/api/v1/oauth/token"


@pytest.fixture
def backend(client, secret) -> Backend:
    return Backend(client.client_id, secret)


@pytest.mark.requirement("RFC 6749 §4.1.3")
def test_a_code_of_the_standard_door_buys_nothing_at_the_other(backend, code):
    answer = backend.token(code, code_verifier=VERIFIER)

    assert answer.refusal == (400, 100101)
    assert not TokenFamily.objects.exists()
    assert not Grant.objects.filter(spent_at__isnull=False).exists()


@pytest.mark.requirement("RFC 6749 §4.1.3")
def test_a_code_of_a_link_buys_nothing_at_the_standard_door(backend, client, secret, account):
    code = backend.code(account)

    answer = redeem(client, secret, code, redirect_uri=REDIRECT_URI, code_verifier=None)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.requirement("RFC 6749 §6")
def test_a_refresh_token_of_the_standard_door_needs_its_client(tokens):
    answer = Client().patch(LINKED, headers={"Authorization": f"Bearer {tokens['refresh_token']}"})

    assert json.loads(answer.content)["error"]["code"] == 100108


@pytest.mark.requirement("RFC 6749 §6")
def test_a_refresh_token_of_a_link_is_nothing_at_the_standard_door(backend, client, secret, account):
    given = backend.tokens(account)

    fields = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    answer = post_form("/oauth2/token", fields, basic=(client.client_id, secret))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert backend.refresh(given["refresh_token"]).status == 200
