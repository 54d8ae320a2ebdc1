"""The standard door as a partner meets it: the authorization request, the code, the tokens."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from freedom_id.models import Account, PartnerClient
from tests.factories.people import REDIRECT_URI, phone_of
from tests.journeys.walk import FreedomWalk, Page

FORM = "application/x-www-form-urlencoded"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
SCOPE = "openid profile email offline_access"
ISSUER = "http://localhost:8000"


def request_url(client: PartnerClient, **changes: Any) -> str:
    """A good authorization request; None takes a parameter away, a list repeats it."""
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "state": "xyz",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return f"/oauth2/authorize?{urlencode({k: v for k, v in query.items() if v is not None}, doseq=True)}"


def authorize(walk: FreedomWalk, client: PartnerClient, **changes: Any) -> Page:
    return walk.get(request_url(client, **changes))


def obtain_code(walk: FreedomWalk, client: PartnerClient, account: Account, **changes: Any) -> str:
    """Sign in, share everything that is asked, and take the code."""
    page = walk.sign_in(request_url(client, **changes), phone_of(account))
    if not page.location:
        page = walk.consent(page, grants=[*client.grants, *client.scopes])
    return page.returned["code"]


def post_form(path: str, fields: dict[str, Any], *, basic: tuple[str, str] | None = None) -> Any:
    """POST as a partner's backend does: without cookies."""
    headers = {"Authorization": basic_header(*basic)} if basic else {}
    return Client().post(path, urlencode(fields, doseq=True), content_type=FORM, headers=headers)


def basic_header(name: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"


def redeem(client: PartnerClient, secret: str, code: str, /, **changes: Any) -> Any:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    } | changes
    return post_form(
        "/oauth2/token", {k: v for k, v in fields.items() if v is not None}, basic=(client.client_id, secret)
    )


def refresh(client: PartnerClient, secret: str, token: str) -> Any:
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    return post_form("/oauth2/token", fields, basic=(client.client_id, secret))


def userinfo(token: str) -> Any:
    return Client().get("/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"})


def claims_of(jwt: str) -> dict[str, Any]:
    """The payload, not verified."""
    part = jwt.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
