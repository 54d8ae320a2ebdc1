"""UserInfo and the JWT access token: OIDC Core §5.3, RFC 6750, RFC 9068, RFC 8725."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.signing_keys import public_keys
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, PartnerClient, SigningKey
from tests.compliance.standard_door import ISSUER, claims_of, obtain_code, post_form, redeem, userinfo
from tests.factories.people import email_of


def header_of(token: str) -> dict[str, Any]:
    part = token.split(".", maxsplit=1)[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return header


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def encode(data: Any) -> str:
    return base64url(json.dumps(data).encode())


def resigned(token: str, key: Any, **header: Any) -> str:
    """The same claims under another header and key."""
    head = {name: value for name, value in (header_of(token) | header).items() if value is not None}
    return jwt.encode(head, claims_of(token), key, algorithms=[head["alg"]])


@pytest.mark.requirement("OIDC Core §5.3.2")
def test_claims_bear_the_names_of_the_standard(walk, client, secret, account):
    code = obtain_code(walk, client, account, scope="openid profile email phone")

    answer = userinfo(redeem(client, secret, code).json()["access_token"])

    assert answer["Cache-Control"] == "no-store"
    claims = answer.json()
    assert claims["sub"] == str(account.freedom_id)
    assert (claims["given_name"], claims["family_name"], claims["name"]) == ("Dilnoza", "Karimova", "Dilnoza Karimova")
    assert (claims["email"], claims["email_verified"]) == (email_of(account), True)
    assert (claims["birthdate"], claims["phone_number"][:4]) == ("1994-05-17", "+998")


@pytest.mark.requirement("RFC 9068 §2")
def test_the_access_token_is_an_at_jwt(client, account, tokens):
    token = tokens["access_token"]

    assert header_of(token) | {"kid": ""} == {"alg": "ES256", "typ": "at+jwt", "kid": ""}
    claims = claims_of(token)
    assert set(claims) == {"iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp", "auth_time"}
    assert (claims["iss"], claims["sub"], claims["client_id"]) == (ISSUER, str(account.freedom_id), client.client_id)


def test_a_bare_jti_is_no_bearer_token(tokens):
    assert userinfo(claims_of(tokens["access_token"])["jti"]).status_code == 401


def test_the_freedom_id_door_takes_no_bare_jti_either(tokens):
    jti = claims_of(tokens["access_token"])["jti"]

    answer = Client().get("/api/v1/oauth/user", headers={"Authorization": f"Bearer {jti}"})

    assert answer.status_code == 401


@pytest.mark.requirement("RFC 9700 §4.3.2")
def test_a_token_in_the_url_or_the_body_is_not_looked_at(tokens):
    token = tokens["access_token"]

    assert Client().get(f"/oauth2/userinfo?access_token={token}").status_code == 401
    assert post_form("/oauth2/userinfo", {"access_token": token}).status_code == 401


@pytest.mark.requirement("RFC 6750 §3")
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer a b", "Bearer \x00", "Bearer é"])
def test_a_bad_header_is_invalid_token_with_a_challenge(db, header):
    answer = Client().get("/oauth2/userinfo", headers={"Authorization": header})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.requirement("OIDC Core §5.3.1")
def test_post_is_taken_and_other_methods_are_not(tokens):
    header = {"Authorization": f"Bearer {tokens['access_token']}"}

    assert Client().post("/oauth2/userinfo", headers=header).status_code == 200
    assert Client().put("/oauth2/userinfo", headers=header).status_code == 405


@pytest.mark.requirement("OIDC Core §5.3")
def test_a_token_without_openid_is_insufficient_scope(walk, client, secret, account):
    code = obtain_code(walk, client, account, scope="email")

    answer = userinfo(redeem(client, secret, code).json()["access_token"])

    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


def test_a_token_ends_with_its_time(tokens):
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        assert userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.requirement("RFC 9068 §4")
def test_an_id_token_is_no_access_token(tokens):
    assert userinfo(tokens["id_token"]).status_code == 401


@pytest.mark.requirement("RFC 8725 §3.1")
def test_alg_none_is_refused(tokens):
    token = tokens["access_token"]
    for alg in ("none", "None", "NONE", ""):
        head = encode(header_of(token) | {"alg": alg})
        payload = token.split(".")[1]

        assert userinfo(f"{head}.{payload}.").status_code == 401
        assert userinfo(f"{head}.{payload}.{token.split('.')[2]}").status_code == 401


@pytest.mark.requirement("RFC 8725 §2.1")
def test_the_public_key_is_no_hmac_secret(tokens):
    public = ECKey.import_key(public_keys()[0])
    head = header_of(tokens["access_token"]) | {"alg": "HS256"}
    signing_input = f"{encode(head)}.{tokens['access_token'].split('.')[1]}"
    for secret in (public.as_pem(private=False), public.as_der(private=False), json.dumps(public_keys()[0]).encode()):
        mac = hmac.digest(secret, signing_input.encode(), "sha256")

        assert userinfo(f"{signing_input}.{base64url(mac)}").status_code == 401


@pytest.mark.requirement("RFC 8725 §3.10")
@pytest.mark.parametrize(
    "header",
    [
        {},
        {"kid": "foreign"},
        {"kid": None},
        {"kid": "../../etc/passwd"},
        {"jku": "http://127.0.0.1:1/jwks.json"},
        {"x5u": "http://127.0.0.1:1/cert"},
    ],
    ids=str,
)
def test_a_foreign_signature_is_refused_wherever_its_header_points(tokens, header):
    key = ECKey.generate_key("P-256")

    assert userinfo(resigned(tokens["access_token"], key, **header)).status_code == 401


def test_a_key_in_the_header_is_not_believed(tokens):
    key = ECKey.generate_key("P-256")

    forged = resigned(tokens["access_token"], key, jwk=key.as_dict(private=False))

    assert userinfo(forged).status_code == 401


@pytest.mark.requirement("RFC 8725 §3.11")
@pytest.mark.parametrize("change", [{}, {"typ": "JWT"}, {"typ": None}, {"typ": "x+at+jwt"}, {"crit": ["b64"]}], ids=str)
def test_our_own_signature_counts_under_our_own_header_only(tokens, change):
    key = ECKey.import_key(json.loads(SigningKey.objects.get().private_jwk))
    head = {name: value for name, value in (header_of(tokens["access_token"]) | change).items() if value is not None}
    signing_input = f"{encode(head)}.{tokens['access_token'].split('.')[1]}"

    r, s = decode_dss_signature(key.private_key.sign(signing_input.encode(), ECDSA(SHA256())))
    signature = base64url(r.to_bytes(32) + s.to_bytes(32))

    assert userinfo(f"{signing_input}.{signature}").status_code == (401 if change else 200)


@pytest.mark.parametrize(
    "token",
    [
        *("a.b.c", "..", "....", "e30.e30.", "a" * 5000, "e30.e30." + "A" * 4000, '{"payload":"x"}.y.z', "W10.W10.W10"),
        *(base64url(b"[" * 2500) + ".W10.W10", base64url(b"\xff") + ".W10.W10"),
    ],
    ids=range(10),
)
def test_rubbish_is_a_401(db, token):
    assert userinfo(token).status_code == 401


def test_claims_cannot_be_changed(tokens):
    head, payload, signature = tokens["access_token"].split(".")
    claims = claims_of(tokens["access_token"]) | {"sub": "somebody else"}

    assert userinfo(f"{head}.{encode(claims)}.{signature}").status_code == 401
    assert userinfo(f"{head}.{payload}.{signature[:-4]}AAAA").status_code == 401


def block(account: Account, _client: PartnerClient) -> None:
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)


def suspend(_account: Account, client: PartnerClient) -> None:
    suspend_client(client)


@pytest.mark.requirement("RFC 6750 §3.1")
@pytest.mark.parametrize("end", [block, suspend])
def test_the_token_of_a_blocked_account_or_suspended_client_is_invalid(account, client, tokens, end):
    end(account, client)

    refused = userinfo(tokens["access_token"])

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert refused["WWW-Authenticate"] == 'Bearer error="invalid_token"'
