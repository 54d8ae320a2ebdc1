from collections.abc import Mapping
from datetime import datetime
from typing import Any

from freedom_id.conf import conf
from freedom_id.domain.signing_keys import sign
from freedom_id.enums import KeyState
from freedom_id.models import SigningKey


def sign_receipt(claims: Mapping[str, Any], typ: str) -> str:
    """The signer of CONSENTS["SIGNER"]: a compact JWS by the portal's signing key, with `iss` among the claims."""
    return sign({**claims, "iss": conf.issuer}, typ=typ)


def revoked_keys() -> list[tuple[Mapping[str, Any], datetime]]:
    """The keys of CONSENTS["REVOKED_KEYS"]: public JWKs that no JWKS has any more, and when that was."""
    rows = SigningKey.objects.filter(state=KeyState.REVOKED)
    return [(row.public_jwk, row.retired_at) for row in rows.defer("private_jwk") if row.retired_at]
