from collections.abc import Mapping
from typing import Any

from freedom_id.conf import conf
from freedom_id.domain.signing_keys import sign


def sign_receipt(claims: Mapping[str, Any], typ: str) -> str:
    """The signer of CONSENTS["SIGNER"]: a compact JWS by the portal's signing key, with `iss` among the claims."""
    return sign({**claims, "iss": conf.issuer}, typ=typ)
