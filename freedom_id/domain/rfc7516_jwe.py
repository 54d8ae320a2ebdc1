"""Encrypt a profile to the key that the partner registered (RFC 7516): ECDH-ES or RSA-OAEP-256 with A256GCM."""

from typing import Any

from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from freedom_id.domain.signing_keys import sign
from freedom_id.models import PartnerClient

ALGORITHMS = {"EC": "ECDH-ES", "RSA": "RSA-OAEP-256"}


def encrypt_for_client(profile: dict[str, Any], client: PartnerClient) -> dict[str, Any]:
    """`{"payload": "<compact JWE>"}` around a JWS by us when the client has a key for encryption, else the profile."""
    key = encryption_key(client)
    if key is None:
        return profile
    algorithm = ALGORITHMS[key["kty"]]
    protected = {"alg": algorithm, "enc": "A256GCM", "cty": "JWT"} | ({"kid": key["kid"]} if "kid" in key else {})
    jwe = JWE(sign(profile, typ="profile+jwt").encode(), protected=protected)
    jwe.add_recipient(JWK(**key))
    return {"payload": str(jwe.serialize(compact=True))}


def encryption_key(client: PartnerClient) -> dict[str, Any] | None:
    """The first key of the client's JWKS with `"use": "enc"` and a type that we can encrypt to."""
    keys: list[dict[str, Any]] = (client.jwks or {}).get("keys", [])
    return next((key for key in keys if key.get("use") == "enc" and key.get("kty") in ALGORITHMS), None)
