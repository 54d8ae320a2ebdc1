"""A signer of receipts that owes nothing to ours."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

ISSUER = "https://id.example"
KEY = ECKey.generate_key("P-256")


def sign(claims: Mapping[str, Any], typ: str, *, key: ECKey = KEY, alg: str = "ES256") -> str:
    header = {"alg": alg, "typ": typ, "kid": key.thumbprint()}
    return jws.serialize_compact(header, json.dumps({**claims, "iss": ISSUER}), key, algorithms=[alg])


def no_keys() -> list[dict[str, Any]]:
    return []


def public_keys() -> list[dict[str, Any]]:
    return [{**KEY.as_dict(private=False), "kid": KEY.thumbprint(), "alg": "ES256", "use": "sig"}]
