"""Introspection: RFC 7662, and its signed answer: RFC 9701."""

from typing import Any

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey

from freedom_id.domain.authorizations import end_authorization
from freedom_id.domain.signing_keys import public_keys
from freedom_id.enums import EndReason
from freedom_id.models import Account, Authorization, PartnerClient
from tests.compliance.standard_door import FORM, ISSUER, basic_header, claims_of, post_form, refresh
from tests.factories.people import partner

INTROSPECT = "/oauth2/introspect"


@pytest.fixture
def ask(client, secret):
    def asked(token: str, **more: Any) -> Any:
        return post_form(INTROSPECT, {"token": token} | more, basic=(client.client_id, secret))

    return asked


@pytest.mark.requirement("RFC 7662 §2.2")
def test_an_access_token_says_what_it_is(ask, tokens, account, client):
    answer = ask(tokens["access_token"])
    claims = claims_of(tokens["access_token"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "active": True,
        "client_id": client.client_id,
        "token_type": "Bearer",
        "sub": str(account.freedom_id),
        "iss": ISSUER,
        "aud": ISSUER,
        "scope": tokens["scope"],
        **{name: claims[name] for name in ("exp", "iat", "jti", "auth_time")},
    }


@pytest.mark.requirement("RFC 7662 §2.1")
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token"])
def test_the_hint_changes_no_answer(ask, tokens, hint):
    more = {"token_type_hint": hint} if hint else {}
    for name in ("access_token", "refresh_token"):
        assert ask(tokens[name], **more).json()["active"] is True


@pytest.mark.requirement("RFC 7662 §2.2")
def test_a_refresh_token_is_active_until_it_is_rotated(ask, tokens, client, secret, account):
    found = ask(tokens["refresh_token"]).json()
    assert (found["sub"], found["scope"]) == (str(account.freedom_id), tokens["scope"])
    assert "token_type" not in found
    newer = refresh(client, secret, tokens["refresh_token"]).json()
    assert ask(tokens["refresh_token"]).json() == {"active": False}
    assert ask(newer["refresh_token"]).json()["active"] is True


@pytest.mark.requirement("RFC 7662 §2.2")
@pytest.mark.parametrize("token", ["unknown", "a.b.c", "x" * 10_000, "é", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_inactive(ask, token):
    answer = ask(token)
    assert (answer.status_code, answer.json()) == (200, {"active": False})


@pytest.mark.requirement("RFC 7662 §4")
@pytest.mark.parametrize("name", ["access_token", "refresh_token", "id_token"])
def test_a_foreign_token_answers_as_an_unknown_one(tokens, name):
    other, its_secret = partner(name="Curious")
    answer = post_form(INTROSPECT, {"token": tokens[name]}, basic=(other.client_id, its_secret))
    assert (answer.status_code, answer.json()) == (200, {"active": False})


def test_an_id_token_is_no_access_token(ask, tokens):
    assert ask(tokens["id_token"]).json() == {"active": False}


@pytest.mark.parametrize("end", ["withdrawn", "blocked", "suspended"])
def test_what_ended_is_inactive_at_once(ask, tokens, client, account, end):
    if end == "withdrawn":
        end_authorization(Authorization.objects.get(), reason=EndReason.WITHDRAWN)
    if end == "blocked":
        Account.objects.update(status="blocked")
    if end == "suspended":
        PartnerClient.objects.update(status="suspended")
    answers = [ask(tokens[name]).json() for name in ("access_token", "refresh_token")]
    assert [answer.get("active", False) for answer in answers] == [False, False]


@pytest.mark.requirement("RFC 7662 §2.1")
def test_who_asks_authenticates(tokens, client):
    fields = {"token": tokens["access_token"]}
    for basic in (None, (client.client_id, "wrong")):
        answer = post_form(INTROSPECT, fields, basic=basic)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert Client().get(f"{INTROSPECT}?token=x").status_code == 405
    app, _none = partner(client_type="public")
    assert post_form(INTROSPECT, fields | {"client_id": app.client_id}).json() == {"active": False}


@pytest.mark.requirement("RFC 9701 §5")
def test_the_answer_is_signed_for_who_accepts_it(client, secret, tokens):
    headers = {
        "Authorization": basic_header(client.client_id, secret),
        "Accept": "application/token-introspection+jwt",
    }
    answer = Client().post(INTROSPECT, f"token={tokens['access_token']}", content_type=FORM, headers=headers)
    assert answer.headers["Content-Type"] == "application/token-introspection+jwt"
    signed = jwt.decode(answer.content.decode(), ECKey.import_key(public_keys()[0]), algorithms=["ES256"])
    assert signed.header["typ"] == "token-introspection+jwt"
    assert (signed.claims["iss"], signed.claims["aud"]) == (ISSUER, client.client_id)
    assert signed.claims["token_introspection"]["active"] is True
