"""Keys of a client and what it signs with them, made by joserfc."""

import time
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from freedom_id.models import PartnerClient
from tests.compliance.standard_door import ISSUER
from tests.factories.people import partner

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EC = ECKey.generate_key("P-256", {"kid": "ec"})
OTHER_EC = ECKey.generate_key("P-256", {"kid": "second"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})
KEY_OF = {"ES256": EC, "RS256": RSA, "PS256": RSA}
JWKS = {"keys": [key.as_dict(private=False) for key in (EC, OTHER_EC, RSA)]}


def signing_partner(**stated: Any) -> PartnerClient:
    """A partner that authenticates by `private_key_jwt` with any of three keys."""
    return partner(**({"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS} | stated))[0]


def claims_for(client: PartnerClient, **changes: Any) -> dict[str, Any]:
    """Good claims; None takes one away."""
    now = int(time.time())
    claims = {"iss": client.client_id, "sub": client.client_id, "aud": ISSUER, "jti": str(uuid4())}
    claims |= {"iat": now, "exp": now + 60} | changes
    return {name: value for name, value in claims.items() if value is not None}


def assertion(
    client: PartnerClient, *, key: Any = EC, header: dict[str, Any] | None = None, **claims: Any
) -> dict[str, str]:
    """The two parameters of RFC 7523 §2.2."""
    head = {name: value for name, value in ({"alg": "ES256", "kid": key.kid} | (header or {})).items() if value}
    return with_assertion(jwt.encode(head, claims_for(client, **claims), key, algorithms=list(KEY_OF)))


def with_assertion(token: str) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
