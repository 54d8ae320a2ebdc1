"""A relying party as Authlib's documentation writes it: OAuth2Session, and joserfc for the ID token."""

import json

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

given = json.loads(input())
server = OpenIDProviderMetadata(requests.get(get_well_known_url(given["issuer"], external=True), timeout=10).json())
for check in (server.validate_issuer, server.validate_response_types_supported, server.validate_grant_types_supported):
    check()
client = OAuth2Session(
    given["client_id"],
    given["client_secret"],
    scope=given["scope"],
    redirect_uri=given["redirect_uri"],
    code_challenge_method="S256",
)


def id_token_of(token, nonce):
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=10).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=server["id_token_signing_alg_values_supported"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {
            "iss": {"essential": True, "value": given["issuer"]},
            "aud": {"essential": True, "value": given["client_id"]},
        },
        {"nonce": nonce, "access_token": token["access_token"], "client_id": given["client_id"]},
    )
    claims.validate(leeway=5)
    return claims


verifier, nonce = generate_token(48), generate_token()
url, state = client.create_authorization_url(server["authorization_endpoint"], nonce=nonce, code_verifier=verifier)
print(json.dumps({"visit": url}), flush=True)
token = client.fetch_token(
    server["token_endpoint"], authorization_response=input(), state=state, code_verifier=verifier
)
claims = id_token_of(token, nonce)
person = client.get(server["userinfo_endpoint"]).json()

newer = client.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"])
id_token_of(newer, nonce)
again = client.get(server["userinfo_endpoint"]).json()
active = client.introspect_token(server["introspection_endpoint"], token=newer["access_token"]).json()["active"]
revoked = client.revoke_token(server["revocation_endpoint"], token=newer["refresh_token"])
ended = client.introspect_token(server["introspection_endpoint"], token=newer["access_token"]).json()

leave = {
    "id_token_hint": newer["id_token"],
    "post_logout_redirect_uri": given["post_logout_redirect_uri"],
    "state": "signed-out",
}
leaving = requests.Request("GET", server["end_session_endpoint"], params=leave).prepare().url
print(json.dumps({"visit": leaving}), flush=True)
print(
    json.dumps(
        {
            "back": input(),
            "sub": claims["sub"],
            "userinfo": person,
            "refreshed": newer["access_token"] != token["access_token"] and again == person,
            "introspected": [active, ended["active"]],
            "revoked": revoked.status_code,
        }
    ),
    flush=True,
)
