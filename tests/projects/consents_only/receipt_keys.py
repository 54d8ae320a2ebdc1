"""The key of this site's receipts. A real site keeps it in a safe place, and every former one beside it."""

import json

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

KEY = JWK.generate(kty="EC", crv="P-256", kid="2026-11")


def sign(claims, typ):
    signed = JWS(json.dumps({**claims, "iss": "https://bookshop.example"}))
    signed.add_signature(KEY, protected=json.dumps({"alg": "ES256", "typ": typ, "kid": KEY["kid"]}))
    return signed.serialize(compact=True)


def public_keys():
    return [KEY.export_public(as_dict=True)]
