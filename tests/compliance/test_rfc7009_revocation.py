"""Revocation: RFC 7009."""

import pytest
from django.test import Client

from tests.compliance.standard_door import post_form, refresh, userinfo
from tests.factories.people import partner

REVOKE = "/oauth2/revoke"


@pytest.mark.requirement("RFC 7009 §2.1")
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
def test_a_revoked_token_takes_its_family_with_it(client, secret, tokens, name, hint):
    fields = {"token": tokens[name]} | ({"token_type_hint": hint} if hint else {})

    answer = post_form(REVOKE, fields, basic=(client.client_id, secret))

    assert (answer.status_code, answer.content) == (200, b"")
    assert userinfo(tokens["access_token"]).status_code == 401
    assert refresh(client, secret, tokens["refresh_token"]).status_code == 400


@pytest.mark.requirement("RFC 7009 §2.1")
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_foreign_client_changes_nothing(client, secret, tokens, name):
    thief, its_secret = partner(name="Thief")

    answer = post_form(REVOKE, {"token": tokens[name]}, basic=(thief.client_id, its_secret))

    assert answer.status_code == 200
    assert userinfo(tokens["access_token"]).status_code == 200
    assert refresh(client, secret, tokens["refresh_token"]).status_code == 200


@pytest.mark.requirement("RFC 7009 §2.2")
@pytest.mark.parametrize("token", ["unknown", "a.b.c", "x" * 10_000, "é"])
def test_an_unknown_token_answers_200(client, secret, token):
    assert post_form(REVOKE, {"token": token}, basic=(client.client_id, secret)).status_code == 200


@pytest.mark.requirement("RFC 7009 §2.1")
def test_without_a_right_secret_nothing_is_revoked(client, tokens):
    for basic in (None, (client.client_id, "wrong")):
        answer = post_form(REVOKE, {"token": tokens["refresh_token"]}, basic=basic)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    assert userinfo(tokens["access_token"]).status_code == 200


@pytest.mark.requirement("RFC 7009 §2.2.1")
def test_without_a_token_the_request_is_invalid(client, secret):
    answer = post_form(REVOKE, {"token_type_hint": "access_token"}, basic=(client.client_id, secret))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_get_and_json_are_refused(client, tokens):
    assert Client().get(f"{REVOKE}?token={tokens['refresh_token']}").status_code == 405
    assert Client().post(REVOKE, {"token": "x"}, content_type="application/json").status_code == 415
