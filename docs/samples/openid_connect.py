"""Sign a person in by OpenID Connect: authorization code with PKCE. Python's standard library only.

    export FREEDOM_ID=https://id.example CLIENT_ID=... SECRET=... REDIRECT_URI=https://shop.example/callback
    python3 openid_connect.py

It prints an address for the browser and asks for the one to which the browser came back. On a site these are two
requests, and what `begin` returns is kept in the visitor's session in between.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

ISSUER = os.environ["FREEDOM_ID"]
CLIENT_ID, SECRET = os.environ["CLIENT_ID"], os.environ["SECRET"]
REDIRECT_URI = os.environ["REDIRECT_URI"]
SCOPE = "openid profile phone offline_access"
BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()


def fetch(url: str, authorization: str = "", **form: str) -> dict[str, Any]:
    """GET, or POST when there is a form. A refusal is an HTTPError; its body has `error`."""
    headers = {"Authorization": authorization} if authorization else {}
    with urlopen(Request(url, urlencode(form).encode() or None, headers), timeout=10) as answer:
        return dict(json.load(answer))


PROVIDER = fetch(f"{ISSUER}/.well-known/openid-configuration")


def begin() -> tuple[str, dict[str, str]]:
    """The address of the sign-in page, and what to keep until the person comes back."""
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "code_verifier")}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{PROVIDER['authorization_endpoint']}?{urlencode(query)}", kept


def finish(address: str, kept: dict[str, str]) -> dict[str, Any]:
    """From the address to which the browser came back to the tokens, with the claims of the ID token as `claims`."""
    back = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if not hmac.compare_digest(back.get("state", "").encode(), kept["state"].encode()) or back.get("iss") != ISSUER:
        raise ValueError("this answer belongs to another visitor, or is not from Freedom ID")
    if "error" in back:
        raise ValueError(back["error"])
    code = {"code": back["code"], "redirect_uri": REDIRECT_URI, "code_verifier": kept["code_verifier"]}
    tokens = fetch(PROVIDER["token_endpoint"], BASIC, grant_type="authorization_code", **code)
    return tokens | {"claims": claims_of(tokens["id_token"], kept["nonce"])}


def claims_of(id_token: str, nonce: str) -> dict[str, Any]:
    """It came from the token endpoint itself, so TLS stands for its signature (OpenID Connect Core 3.1.3.7, point 6).
    One that came any other way has to be verified with a JOSE library and the keys at `jwks_uri`."""
    body = id_token.split(".")[1]
    claims = dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    expected = {"iss": ISSUER, "aud": CLIENT_ID, "nonce": nonce}
    if any(claims.get(name) != value for name, value in expected.items()) or claims["exp"] < time.time():
        raise ValueError("the ID token is not for this sign-in")
    return claims


def userinfo(access_token: str) -> dict[str, Any]:
    """What the person shares at this moment. A claim without her consent is absent."""
    return fetch(PROVIDER["userinfo_endpoint"], f"Bearer {access_token}")


def refresh(refresh_token: str) -> dict[str, Any]:
    """New tokens. Keep them before you use them: the former refresh token is spent."""
    return fetch(PROVIDER["token_endpoint"], BASIC, grant_type="refresh_token", refresh_token=refresh_token)


def main() -> None:
    address, kept = begin()
    print("Open in a browser:", address)
    tokens = finish(input("Where did it come back to? "), kept)
    print("\nSigned in:", json.dumps(tokens["claims"]))
    print("Shared:", json.dumps(userinfo(tokens["access_token"])))
    tokens = refresh(tokens["refresh_token"])
    print("Still shared:", json.dumps(userinfo(tokens["access_token"])))


if __name__ == "__main__":
    main()
