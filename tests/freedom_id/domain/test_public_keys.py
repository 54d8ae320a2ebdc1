"""What may be registered as a client's keys (RFC 7517)."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey
from jwcrypto.jwk import JWK

from freedom_id.domain.rfc7517_public_keys import public_keys_problem
from tests.compliance.client_keys import EC, JWKS, RSA

POINT, MODULUS = EC.as_dict(private=False), RSA.as_dict(private=False)
SMALL = JWK.generate(kty="RSA", size=1024).export_public(as_dict=True)


@pytest.mark.parametrize(
    "keys",
    [
        JWKS["keys"],
        [POINT | {"use": "enc"}],
        [{name: POINT[name] for name in ("kty", "crv", "x", "y")}, {name: MODULUS[name] for name in ("kty", "n", "e")}],
        [ECKey.generate_key("P-384").as_dict(private=False)],
    ],
    ids=["signing", "encryption", "bare", "a larger curve"],
)
def test_public_keys_are_taken(keys: list[dict[str, Any]]) -> None:
    assert public_keys_problem({"keys": keys}) == ""


@pytest.mark.parametrize(
    ("jwks", "said"),
    [
        (None, "A JSON Web Key Set"),
        ([POINT], "A JSON Web Key Set"),
        ({"keys": POINT}, "A JSON Web Key Set"),
        ({"keys": []}, "1 to 10 keys"),
        ({"keys": [POINT] * 11}, "1 to 10 keys"),
        ({"keys": [7]}, "kty must be"),
        ({"keys": [OctKey.generate_key(256).as_dict()]}, "kty must be"),
        ({"keys": [EC.as_dict(private=True)]}, "private part"),
        ({"keys": [MODULUS, RSA.as_dict(private=True)]}, "Key 2: It has a private part"),
        ({"keys": [POINT | {"x": "AA"}]}, "no key"),
        ({"keys": [POINT | {"x": 7}]}, "no key"),
        ({"keys": [{"kty": "EC"}]}, "no key"),
        ({"keys": [{"kty": "RSA", "n": "", "e": "AQAB"}]}, ""),
        ({"keys": [ECKey.generate_key("secp256k1").as_dict(private=False)]}, "crv must be"),
        ({"keys": [SMALL]}, "2048"),
        ({"keys": [MODULUS | {"e": "AQ"}]}, ""),
        ({"keys": [MODULUS | {"e": "Aw"}]}, "65537"),
        ({"keys": [POINT | {"use": "both"}]}, "use must be"),
        ({"keys": [POINT | {"use": ["sig"]}]}, "use must be"),
        ({"keys": [POINT | {"kid": 7}]}, "kid"),
        ({"keys": [POINT | {"kid": ""}]}, "kid"),
        ({"keys": [POINT, MODULUS | {"kid": "ec"}]}, "same kid"),
    ],
    ids=[
        "nothing",
        "a list",
        "one key",
        "none",
        "eleven",
        "a number",
        "a shared secret",
        "private",
        "one private",
        "off the curve",
        "x a number",
        "no point",
        "empty modulus",
        "another curve",
        "small",
        "exponent 1",
        "exponent 3",
        "use",
        "use a list",
        "kid a number",
        "kid empty",
        "kid twice",
    ],
)
def test_what_is_weak_private_or_no_key_is_refused(jwks: Any, said: str) -> None:
    problem = public_keys_problem(jwks)
    assert problem
    assert said in problem
