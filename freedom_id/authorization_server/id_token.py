"""ID tokens (OIDC Core §2, §3.1.3.6)."""

import base64
import hashlib
from typing import Any
from uuid import UUID

from django.utils import timezone

from freedom_id.authorization_server.personal_claims import claims_for_id_token
from freedom_id.conf import conf
from freedom_id.domain.devices import amr_of
from freedom_id.domain.rfc9470_step_up import acr_of
from freedom_id.domain.signing_keys import claims_of_own, sign
from freedom_id.domain.tokens import TokenSet


def sign_id_token(tokens: TokenSet, *, access_token: str, ds_hash: str = "") -> str:
    """A signed ID token; `auth_time`, `sid`, `amr` and `acr` are those of the session that gave the code, `ds_hash`
    binds it to a device secret (OpenID Connect Native SSO §3.4)."""
    now = int(timezone.now().timestamp())
    claims: dict[str, Any] = {
        "iss": conf.issuer,
        "sub": tokens.subject,
        "aud": tokens.client_id,
        "azp": tokens.client_id,
        "iat": now,
        "exp": now + int(conf.id_token_lifetime.total_seconds()),
        "auth_time": int(tokens.authenticated_at.timestamp()),
        "at_hash": at_hash(access_token),
    }
    if tokens.nonce:
        claims["nonce"] = tokens.nonce
    if ds_hash:
        claims["ds_hash"] = ds_hash
    if tokens.sign_in_id:
        claims["sid"] = str(tokens.sign_in_id)
        if amr := amr_of(tokens.sign_in_id, at=tokens.authenticated_at):
            claims |= {"amr": amr, "acr": acr_of(amr)}
    return sign(claims_for_id_token(tokens) | claims, typ="JWT", algorithm=tokens.id_token_alg)


def at_hash(access_token: str) -> str:
    """OIDC Core §3.1.3.6: the left half of the hash that belongs to the signature, base64url: SHA-256 for ES256 and
    RS256 alike."""
    left = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(left).rstrip(b"=").decode()


def claims_of_id_token(token: str) -> dict[str, Any]:
    """The claims of an ID token of ours, however old, also by a key that signs no more; none for everything else. A
    signed userinfo answer is no ID token: it has no end."""
    claims = claims_of_own(token, typ="JWT")
    return claims if "exp" in claims else {}


def subject_of_hint(id_token: str) -> UUID | None:
    """`sub` of an ID token of ours (OIDC Core §3.1.2.1); None for everything else."""
    claims = claims_of_id_token(id_token)
    try:
        return UUID(claims["sub"])
    except (KeyError, ValueError, TypeError):
        return None
