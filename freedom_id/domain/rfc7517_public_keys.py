"""The public keys of a client (RFC 7517), as staff or the client states them."""

from collections.abc import Mapping
from typing import Any

from jwcrypto.common import JWException, base64url_decode
from jwcrypto.jwk import JWK

KEY_TYPES = ("EC", "RSA")
CURVES = ("P-256", "P-384", "P-521")
USES = ("sig", "enc")
PRIVATE_PARTS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
SMALLEST_RSA, LARGEST_RSA = 2048, 4096  # bits; verifying by a larger one would cost us, not who sends it
USUAL_EXPONENT = "AQAB"
MOST_KEYS = 10
LONGEST_KID = 255


def public_keys_problem(jwks: Any) -> str:
    """Why `jwks` is no set of public keys that can be registered, or ""."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        return f"A JSON Web Key Set with 1 to {MOST_KEYS} keys is required."
    for number, key in enumerate(keys, 1):
        if problem := _problem(key):
            return f"Key {number}: {problem}"
    names = [key["kid"] for key in keys if "kid" in key]
    return "" if len({*names}) == len(names) else "Two keys have the same kid."


def _problem(key: Any) -> str:
    if not isinstance(key, Mapping) or key.get("kty") not in KEY_TYPES:
        return "kty must be EC or RSA."
    if PRIVATE_PARTS & {*key}:
        return "It has a private part. Register the public key, and replace this one: it was shown."
    if key.get("use", "sig") not in USES or not _is_name(key.get("kid", "-")):
        return f"use must be sig or enc, kid at most {LONGEST_KID} characters."
    try:
        JWK(**key).export_to_pem()  # only this tries whether the point is on its curve
    except (JWException, ValueError, TypeError):
        return "It is no key."
    return _weakness(key)


def _weakness(key: Mapping[str, Any]) -> str:
    if key["kty"] == "EC":
        return "" if key["crv"] in CURVES else f"crv must be one of {', '.join(CURVES)}."
    bits = int.from_bytes(base64url_decode(key["n"])).bit_length()
    if not SMALLEST_RSA <= bits <= LARGEST_RSA or key["e"] != USUAL_EXPONENT:
        return f"An RSA key must have {SMALLEST_RSA} to {LARGEST_RSA} bits and the exponent 65537."
    return ""


def _is_name(kid: Any) -> bool:
    return isinstance(kid, str) and 1 <= len(kid) <= LONGEST_KID and kid.isprintable()
