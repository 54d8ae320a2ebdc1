"""Firebase Cloud Messaging, HTTP v1: a signed assertion buys an access token (RFC 7523 §2.1), which sends messages."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from freedom_id.conf import conf
from freedom_id.outbound import exchange

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 600
MARGIN_SECONDS = 60
_bought: dict[str, tuple[str, float]] = {}


class FcmRefused(Exception):
    """Google answered with another status than 200, or not in its form."""


class FcmChannel:
    """Pushes by the service account of `FREEDOM_ID["FCM"]`: `project_id`, `client_email`, `private_key` (PEM) and
    `token_uri` as in its key file, and `endpoint`, which is Google's unless stated."""

    def push(self, token: str, *, title: str, text: str, data: Mapping[str, str]) -> None:
        """Hand one message over. Raises FcmRefused, AddressRefused or requests.RequestException."""
        message = {"token": token, "notification": {"title": title, "body": text}, "data": dict(data)}
        url = f"{conf.fcm['endpoint']}/v1/projects/{conf.fcm['project_id']}/messages:send"
        headers = {"Authorization": f"Bearer {_access_token()}", "Content-Type": "application/json"}
        _post(url, body=json.dumps({"message": message}).encode(), headers=headers)


def _access_token() -> str:
    """Bought once an hour per process and service account."""
    account = str(conf.fcm["client_email"])
    token, until = _bought.get(account, ("", 0.0))
    if time.time() < until:
        return token
    form = urlencode({"grant_type": GRANT, "assertion": _assertion()}).encode()
    answer = _post(str(conf.fcm["token_uri"]), body=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    try:
        token, until = str(answer["access_token"]), time.time() + int(answer["expires_in"]) - MARGIN_SECONDS
    except (KeyError, ValueError, TypeError):
        raise FcmRefused("no token") from None
    _bought[account] = token, until
    return token


def _assertion() -> str:
    now = int(time.time())
    claims = {
        "iss": conf.fcm["client_email"],
        "scope": SCOPE,
        "aud": conf.fcm["token_uri"],
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    assertion = JWS(json.dumps(claims))
    key = JWK.from_pem(str(conf.fcm["private_key"]).encode())
    assertion.add_signature(key, protected={"alg": "RS256", "typ": "JWT"})
    return str(assertion.serialize(compact=True))


def _post(url: str, *, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    answer = exchange(url, body=body, headers=headers)
    if answer.status == 401:  # the token was revoked before its time
        _bought.clear()
    if answer.status != 200:
        raise FcmRefused(f"status {answer.status}")
    try:
        found = json.loads(answer.body)
    except ValueError:
        raise FcmRefused("not JSON") from None
    return found if isinstance(found, dict) else {}
