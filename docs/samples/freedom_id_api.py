"""Sign a person in with Freedom ID and read what she shares: the partner API. Python's standard library only.

    export FREEDOM_ID=https://id.example CLIENT_ID=... SECRET=... REDIRECT_URI=https://shop.example/callback
    python3 freedom_id_api.py

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
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

FREEDOM_ID = os.environ["FREEDOM_ID"]
CLIENT_ID, SECRET = os.environ["CLIENT_ID"], os.environ["SECRET"]
REDIRECT_URI = os.environ["REDIRECT_URI"]
GRANTS = ["read.firstname", "read.phone", "read.profile"]
BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()


class Refused(Exception):
    """Freedom ID said no: `status` is HTTP's, `error` holds `code` and `message`, or `errors` by field."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status}: {error}")
        self.status, self.error = status, error


def call(method: str, path: str, authorization: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{FREEDOM_ID}/api/v1/oauth{path}", data, headers, method=method)
    try:
        with urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))
    except HTTPError as refusal:
        raise Refused(refusal.code, json.load(refusal)["error"]) from None


def begin() -> tuple[str, dict[str, str]]:
    """Link: the address of the sign-in page, and what to keep until the person comes back."""
    kept = {"state": secrets.token_urlsafe(32), "code_verifier": secrets.token_urlsafe(32)}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(kept["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    link = call(
        "POST", "/authorize", BASIC, {"redirect_uri": REDIRECT_URI, "grants": GRANTS, "state": kept["state"], **pkce}
    )
    return link["redirect_uri"], kept


def finish(address: str, kept: dict[str, str]) -> dict[str, Any]:
    """Token: from the address to which the browser came back to `id`, `access_token`, `refresh_token`, `grants`."""
    back = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if not hmac.compare_digest(back.get("state", "").encode(), kept["state"].encode()) or back.get("iss") != FREEDOM_ID:
        raise ValueError("this answer belongs to another visitor, or is not from Freedom ID")
    if "error_code" in back:
        raise Refused(403, {"code": int(back["error_code"]), "message": back["error"]})
    code = {"authorization_code": back["authorization_code"], "code_verifier": kept["code_verifier"]}
    return call("POST", "/token", BASIC, code)


def info(access_token: str) -> dict[str, Any]:
    """What the person shares at this moment. A field without her consent is absent."""
    return call("GET", "/user", f"Bearer {access_token}")


def refresh(refresh_token: str) -> dict[str, Any]:
    """New tokens. Keep them before you use them: the former refresh token is spent."""
    return call("PATCH", "/token", f"Bearer {refresh_token}")


def profile(access_token: str) -> dict[str, Any]:
    """The extended profile: asked for once, fetched when it is ready."""
    bearer, request_id = f"Bearer {access_token}", str(uuid.uuid4())
    answer = call("POST", "/get-profile", bearer, {"request_id": request_id})
    while answer["status"] in ("accepted", "pending"):
        time.sleep(1)
        answer = call("GET", f"/get-profile/status?request_id={request_id}", bearer)
    return answer


def main() -> None:
    address, kept = begin()
    print("Open in a browser:", address)
    tokens = finish(input("Where did it come back to? "), kept)
    print("\nShared:", json.dumps(info(tokens["access_token"])))
    tokens = refresh(tokens["refresh_token"])
    print("Still shared:", json.dumps(info(tokens["access_token"])))
    print("Profile:", json.dumps(profile(tokens["access_token"])))


if __name__ == "__main__":
    main()
