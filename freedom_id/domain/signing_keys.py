"""Keys that sign tokens, kept as rows (RFC 7517). `kid` is the thumbprint of RFC 7638."""

import json
import time
from typing import Any

from django.db import IntegrityError, transaction
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from freedom_id.enums import KeyState
from freedom_id.models import SigningKey

FRESH_SECONDS = 60
_known: dict[str, Any] = {"read_at": float("-inf"), "signing": None, "public": []}


def _keys() -> dict[str, Any]:
    """The keys, read from the rows at most once a minute per process, so that discovery costs no statement."""
    if time.monotonic() - _known["read_at"] > FRESH_SECONDS:
        rows = list(SigningKey.objects.order_by("-created_at"))
        signing = next((row for row in rows if row.state == KeyState.SIGNING), None)
        _known["signing"] = JWK.from_json(signing.private_jwk) if signing else None
        _known["public"] = [row.public_jwk for row in rows]
        _known["read_at"] = time.monotonic()
    return _known


def forget_keys() -> None:
    """Read the rows again at the next use (after a change, and between tests)."""
    _known["read_at"] = float("-inf")


def ensure_signing_key() -> SigningKey:
    """The ES256 key that signs; made when there is none. Safe when two processes start at once."""
    found = SigningKey.objects.filter(state=KeyState.SIGNING, algorithm="ES256").first()
    if found:
        return found
    key = JWK.generate(kty="EC", crv="P-256")
    public = {**key.export_public(as_dict=True), "kid": key.thumbprint(), "alg": "ES256", "use": "sig"}
    private = json.dumps({**json.loads(key.export_private()), "kid": key.thumbprint()})
    try:
        with transaction.atomic():
            row = SigningKey.objects.create(
                kid=key.thumbprint(), public_jwk=public, private_jwk=private, state=KeyState.SIGNING
            )
    except IntegrityError:
        row = SigningKey.objects.get(state=KeyState.SIGNING, algorithm="ES256")
    forget_keys()
    return row


def public_keys() -> list[dict[str, Any]]:
    """Public JWKs of every key that signs, will sign or still verifies."""
    keys: list[dict[str, Any]] = _keys()["public"]
    return keys


def sign(claims: dict[str, Any], *, typ: str) -> str:
    """A compact JWS over `claims` by the signing key, with `typ` and `kid` in its header."""
    key = _keys()["signing"]
    if key is None:
        ensure_signing_key()
        forget_keys()
        key = _keys()["signing"]
        forget_keys()  # the transaction that made the key may be rolled back, and the key with it
    token = JWS(json.dumps(claims))
    token.add_signature(key, protected={"alg": "ES256", "typ": typ, "kid": key["kid"]})
    return str(token.serialize(compact=True))
