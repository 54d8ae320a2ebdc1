"""OpenID Connect over a real socket, with a client library of foreign make: Authlib and its joserfc."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from freedom_id.models import PartnerClient
from tests.compliance.client_keys import EC, signing_partner
from tests.compliance.standard_door import VERIFIER, claims_of
from tests.compliance.test_userinfo import header_of
from tests.factories.people import REDIRECT_URI, partner, person, phone_of
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

pytestmark = pytest.mark.postgresql  # the portal is a process of its own, and SQLite's ledger cannot be emptied

FULL = "openid profile email phone offline_access"


@pytest.fixture
def provider(portal: Portal) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{portal.url}/.well-known/openid-configuration", timeout=5).json()
    return found


@pytest.fixture
def relying_party(portal: Portal) -> Iterator[tuple[PartnerClient, Any]]:
    client, secret = partner()
    with OAuth2Session(
        client.client_id, secret, redirect_uri=REDIRECT_URI, code_challenge_method="S256", scope=FULL
    ) as session:
        yield client, session


def come_back(portal: Portal, provider: dict[str, Any], session: Any, scope: str = FULL) -> tuple[str, str]:
    """The person's part: sign in and share everything. Returns the address that the browser is sent to."""
    session.scope = scope
    url, state = session.create_authorization_url(
        provider["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-0S6"
    )
    account = person()
    with requests.Session() as browser:
        walk = FreedomWalk(browser, portal.url)
        page = walk.sign_in(url, phone_of(account))
        assert page.location == "", "the page asks before anything is shared"
        page = walk.consent(page, grants=["read.lastname", "read.email"])
    return page.location, state


@pytest.mark.requirement("OIDC Core §3.1")
def test_from_discovery_to_revocation(portal, provider, relying_party):
    client, session = relying_party
    location, state = come_back(portal, provider, session)
    token = session.fetch_token(
        provider["token_endpoint"], authorization_response=location, state=state, code_verifier=VERIFIER
    )
    assert header_of(token["access_token"])["typ"] == "at+jwt"
    claims = verified(provider, client, token)
    seen = session.get(provider["userinfo_endpoint"]).json()
    assert (seen["sub"], seen["name"]) == (claims["sub"], "Dilnoza Karimova")
    assert "gender" not in seen

    newer = session.refresh_token(provider["token_endpoint"], refresh_token=token["refresh_token"])
    assert newer["refresh_token"] != token["refresh_token"]
    assert verified(provider, client, newer)["auth_time"] == claims["auth_time"]
    assert session.get(provider["userinfo_endpoint"]).status_code == 200

    assert session.revoke_token(provider["revocation_endpoint"], token=newer["refresh_token"]).status_code == 200
    assert session.get(provider["userinfo_endpoint"]).status_code == 401


def verified(provider: dict[str, Any], client: PartnerClient, token: dict[str, Any]) -> dict[str, Any]:
    """The claims of an ID token that passes every check of OIDC Core §3.1.3.7."""
    keys = KeySet.import_key_set(requests.get(provider["jwks_uri"], timeout=5).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["ES256"])
    checks = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": provider["issuer"]},
        aud={"essential": True, "value": client.client_id},
        nonce={"essential": True, "value": "n-0S6"},
        exp={"essential": True},
        iat={"essential": True},
        auth_time={"essential": True},
        sid={"essential": True},
    )
    checks.validate(decoded.claims)
    foreign = CodeIDToken(decoded.claims, decoded.header, params={"access_token": token["access_token"]})
    foreign.validate_at_hash()
    assert decoded.claims["at_hash"]
    return decoded.claims


def test_without_offline_access_there_is_no_refresh_token(portal, provider, relying_party):
    _client, session = relying_party
    location, state = come_back(portal, provider, session, "openid profile")

    token = session.fetch_token(
        provider["token_endpoint"], authorization_response=location, state=state, code_verifier=VERIFIER
    )

    assert "refresh_token" not in token
    jti = claims_of(token["access_token"])["jti"]
    answer = requests.get(provider["userinfo_endpoint"], headers={"Authorization": f"Bearer {jti}"}, timeout=5)
    assert answer.status_code == 401


@pytest.mark.requirement("OIDC Core §9")
def test_a_client_that_signs_gets_a_token_for_itself(portal, provider):
    client = signing_partner(operator_scopes=["clients.manage"], grant_types=["client_credentials"], redirect_uris=[])
    method = "private_key_jwt"
    with OAuth2Session(client.client_id, EC, token_endpoint_auth_method=method) as session:
        for scope, status in (("clients.manage", 200), ("consents.check", 403)):
            ends = {"exp": int(time.time()) + 60}  # Authlib's own is an hour away
            session.register_client_auth_method(PrivateKeyJWT(provider["issuer"], ends, {"kid": "ec"}, "ES256"))
            session.fetch_token(provider["token_endpoint"], grant_type="client_credentials", scope=scope)
            assert session.get(f"{portal.url}/identity/v4/clients").status_code == status
