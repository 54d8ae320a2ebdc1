"""Claims of userinfo (OIDC Core §5.1, §5.3.2): what the person still allows, under OpenID's names."""

from typing import Any

from django.utils import timezone

from freedom_id.domain.person import fields_of
from freedom_id.domain.rows import AccessRow
from freedom_id.domain.tokens import live_access
from freedom_id.errors import InsufficientScope
from freedom_id.grants import CLAIMS


def userinfo_claims(access_token: str) -> dict[str, Any]:
    """`sub` and a claim for each live grant; claims without a value are left out (§5.3.2). One statement.

    Raises InvalidToken, AccountUnavailable, UnauthorizedClient, InsufficientScope (no `openid`).
    """
    access = live_access(access_token)
    if "openid" not in access.scope.split():
        raise InsufficientScope
    return {"sub": str(access.freedom_id), **_claims(access)}


def _claims(access: AccessRow) -> dict[str, Any]:
    fields = fields_of(access.live_grants(timezone.now()))
    person = access.load_person(fields)
    claims: dict[str, Any] = {CLAIMS.get(field, field): value for field in fields if (value := person.value(field))}
    if "given_name" in claims:
        claims["name"] = " ".join(filter(None, [claims["given_name"], claims.get("family_name")]))
    for contact in ("email", "phone_number"):
        if contact in claims:
            claims[f"{contact}_verified"] = True
    return claims
