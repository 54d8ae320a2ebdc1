"""ID tokens (OIDC Core §2, §3.1.3.6)."""

import base64
import hashlib
from typing import Any
from uuid import UUID

from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.devices import amr_of
from freedom_id.domain.signing_keys import claims_of_own, sign
from freedom_id.domain.tokens import TokenSet

ONE_FACTOR, TWO_FACTORS = ACR_VALUES = ("aal1", "aal2")  # NIST SP 800-63B


def sign_id_token(tokens: TokenSet, *, access_token: str) -> str:
    """A signed ID token; `auth_time`, `sid`, `amr` and `acr` are those of the session that gave the code."""
    now = int(timezone.now().timestamp())
    claims: dict[str, Any] = {
        "iss": conf.issuer,
        "sub": str(tokens.freedom_id),
        "aud": tokens.client_id,
        "azp": tokens.client_id,
        "iat": now,
        "exp": now + int(conf.id_token_lifetime.total_seconds()),
        "auth_time": int(tokens.authenticated_at.timestamp()),
        "at_hash": at_hash(access_token),
    }
    if tokens.nonce:
        claims["nonce"] = tokens.nonce
    if tokens.sign_in_id:
        claims["sid"] = str(tokens.sign_in_id)
        if amr := amr_of(tokens.sign_in_id):
            claims |= {"amr": amr, "acr": TWO_FACTORS if "mfa" in amr else ONE_FACTOR}
    return sign(claims, typ="JWT")


def at_hash(access_token: str) -> str:
    """OIDC Core §3.1.3.6: the left half of the hash that belongs to ES256, base64url."""
    left = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(left).rstrip(b"=").decode()


def subject_of_hint(id_token: str) -> UUID | None:
    """`sub` of an ID token of ours, however old, also by a key that signs no more (OIDC Core §3.1.2.1); None for
    everything else."""
    claims = claims_of_own(id_token, typ="JWT")
    try:
        return UUID(claims["sub"])
    except (KeyError, ValueError, TypeError):
        return None
