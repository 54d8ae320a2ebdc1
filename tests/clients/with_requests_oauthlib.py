"""A client as requests-oauthlib's documentation writes it: OAuth 2.0 alone, with a refresh that happens by itself."""

import json
import os

import requests
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # 127.0.0.1 has no certificate
given = json.loads(input())
server = requests.get(given["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
kept = []
client = OAuth2Session(
    given["client_id"],
    scope=given["scope"].split(),
    redirect_uri=given["redirect_uri"],
    pkce="S256",
    auto_refresh_url=server["token_endpoint"],
    auto_refresh_kwargs={"client_id": given["client_id"], "client_secret": given["client_secret"]},
    token_updater=kept.append,
)
url, state = client.authorization_url(server["authorization_endpoint"])
print(json.dumps({"visit": url}), flush=True)
token = client.fetch_token(
    server["token_endpoint"], authorization_response=input(), client_secret=given["client_secret"]
)
person = client.get(server["userinfo_endpoint"]).json()

client.token = token | {"expires_at": 1}
again = client.get(server["userinfo_endpoint"]).json()

leave = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": given["post_logout_redirect_uri"]}
leaving = requests.Request("GET", server["end_session_endpoint"], params=leave).prepare().url
print(json.dumps({"visit": leaving}), flush=True)
print(
    json.dumps(
        {
            "back": input(),
            "sub": person["sub"],
            "userinfo": person,
            "refreshed": [new["access_token"] != token["access_token"] for new in kept] == [True] and again == person,
        }
    ),
    flush=True,
)
