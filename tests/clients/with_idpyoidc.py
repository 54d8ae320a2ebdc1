"""A relying party as idpyoidc's documentation writes it: RPHandler, configured once, checks everything itself."""

import json
from urllib.parse import parse_qsl, urlsplit

from idpyoidc.client.rp_handler import RPHandler

given = json.loads(input())
issuer = given["issuer"]
OIDC, OAUTH = "idpyoidc.client.oidc", "idpyoidc.client.oauth2"
handler = RPHandler(
    base_url=given["redirect_uri"].rpartition("/")[0],
    client_configs={
        issuer: {
            "issuer": issuer,
            "client_id": given["client_id"],
            "client_secret": given["client_secret"],
            "client_type": "oidc",
            "redirect_uris": [given["redirect_uri"]],
            "post_logout_redirect_uris": [given["post_logout_redirect_uri"]],
            "response_types_supported": ["code"],
            "scopes_supported": given["scope"].split(),
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "client_authn_methods": ["client_secret_basic"],
            "add_ons": {
                "pkce": {
                    "function": f"{OAUTH}.add_on.pkce.add_support",
                    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                },
            },
        }
    },
    services={
        "discovery": {"class": f"{OIDC}.provider_info_discovery.ProviderInfoDiscovery"},
        "registration": {"class": f"{OIDC}.registration.Registration"},
        "authorization": {"class": f"{OIDC}.authorization.Authorization"},
        "access_token": {"class": f"{OIDC}.access_token.AccessToken"},
        "refresh_access_token": {"class": f"{OIDC}.refresh_access_token.RefreshAccessToken"},
        "userinfo": {"class": f"{OIDC}.userinfo.UserInfo"},
        "end_session": {"class": f"{OIDC}.end_session.EndSession"},
    },
)
print(json.dumps({"visit": handler.begin(issuer)}), flush=True)
signed_in = handler.finalize(issuer, dict(parse_qsl(urlsplit(input()).query)))
if "error" in signed_in:
    raise SystemExit(signed_in["error"])
session = signed_in["state"]
client = handler.get_client_from_session_key(session)
newer = handler.refresh_access_token(session, client)
again = handler.get_user_info(session, client)

leave = handler.logout(session, client, post_logout_redirect_uri=given["post_logout_redirect_uri"])
print(json.dumps({"visit": leave["url"]}), flush=True)
print(
    json.dumps(
        {
            "back": input(),
            "sub": signed_in["id_token"]["sub"],
            "userinfo": signed_in["userinfo"].to_dict(),
            "refreshed": newer["access_token"] != signed_in["token"]
            and again.to_dict() == signed_in["userinfo"].to_dict(),
        }
    ),
    flush=True,
)
