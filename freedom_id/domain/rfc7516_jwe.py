"""JWE (RFC 7516). A profile is encrypted to the key that the partner registered: ECDH-ES or RSA-OAEP-256 with A256GCM.
What a partner encrypts to us is under a key that both have: `dir` with A256GCM."""

import re
from typing import Any

import orjson
from jwcrypto.common import JWException, base64url_decode, base64url_encode
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from freedom_id.domain.signing_keys import sign
from freedom_id.models import PartnerClient

COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{22})")
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


class InvalidJwe(ValueError):
    """Not a JWE that the key opens."""


def decrypt_direct(token: str, key: bytes) -> bytes:
    """The plaintext of a compact JWE with `alg: dir` and `enc: A256GCM` under the 32 bytes of `key`. Raises InvalidJwe
    for everything else: `zip` is not offered, and no extension that `crit` could name is understood (RFC 7516 §4.1.13).
    """
    _require_direct(token)
    jwe = JWE()
    try:
        jwe.deserialize(token, JWK(kty="oct", k=base64url_encode(key)))
    except (JWException, ValueError) as error:
        raise InvalidJwe("altered, or under another key") from error
    plaintext: bytes = jwe.plaintext
    return plaintext


def _require_direct(token: str) -> None:
    """Before anything is decrypted, and with one spelling a token: base64 would allow more."""
    parts = COMPACT.fullmatch(token)
    try:
        if parts is None or any(base64url_encode(base64url_decode(part)) != part for part in parts.groups()):
            raise InvalidJwe("not a compact JWE")
        header = orjson.loads(base64url_decode(parts[1]))
    except ValueError as error:
        raise InvalidJwe("not a compact JWE") from error
    if not isinstance(header, dict) or (header.get("alg"), header.get("enc")) != ("dir", "A256GCM"):
        raise InvalidJwe("another algorithm")
    if not header.keys().isdisjoint({"zip", "crit"}):
        raise InvalidJwe("compressed, or extended")
