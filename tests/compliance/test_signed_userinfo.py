"""The userinfo answer as a JWT: OpenID Connect Core §5.3.2."""

import json

import pytest
from django.test import Client
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from tests.compliance.standard_door import ISSUER, authorize, claims_of, obtain_code, redeem, userinfo
from tests.factories.people import partner, phone_of

SCOPE = "openid phone"


def verified(token, algorithm):
    """The claims, by the published key that its header names."""
    jws = JWS()
    jws.deserialize(token)
    assert jws.jose_header["alg"] == algorithm
    keys = {key["kid"]: key for key in Client().get("/.well-known/jwks.json").json()["keys"]}
    jws.allowed_algs = [algorithm]
    jws.verify(JWK.from_json(json.dumps(keys[jws.jose_header["kid"]])))
    return json.loads(jws.payload)


def access_of(walk, account, client, secret):
    return redeem(client, secret, obtain_code(walk, client, account, scope=SCOPE)).json()["access_token"]


@pytest.mark.requirement("OIDC Core §5.3.2")
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
@pytest.mark.parametrize("kind", ["public", "pairwise"])
def test_a_client_that_registered_so_gets_a_jwt_for_itself(walk, account, algorithm, kind):
    client, secret = partner(userinfo_signed_response_alg=algorithm, subject_type=kind)
    access = access_of(walk, account, client, secret)

    answer = userinfo(access)

    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/jwt", "no-store")
    claims = verified(answer.content.decode(), algorithm)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, client.client_id, claims_of(access)["sub"])
    assert (claims["phone_number"], claims["phone_number_verified"]) == (phone_of(account), True)


@pytest.mark.requirement("OIDC Core §5.3.2")
def test_others_get_json(walk, account, client, secret):
    answer = userinfo(access_of(walk, account, client, secret))

    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"sub", "phone_number", "phone_number_verified"}


@pytest.mark.requirement("OIDC Core §5.3.3")
def test_an_error_is_told_in_the_clear(db):
    partner(userinfo_signed_response_alg="ES256")
    answer = userinfo("unknown")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


@pytest.mark.requirement("RFC 8725 §2.8")
def test_it_is_no_id_token(walk, account):
    client, secret = partner(userinfo_signed_response_alg="ES256")
    said = userinfo(access_of(walk, account, client, secret)).content.decode()

    assert authorize(walk, client, id_token_hint=said).returned["error"] == "invalid_request"
    assert walk.get(f"/oauth2/logout?id_token_hint={said}").status == 400
