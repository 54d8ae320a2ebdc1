"""Is this receipt ours, and unaltered? Needs the file and the public keys: no database, no network, no clock."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from consents.canonical_json import canonical_json
from consents.errors import ReceiptInvalid

TYP = "consent-receipt+jws"
# Never the file's choice: its `alg` must be this.
ALGORITHM = "ES256"
COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def receipt_file(document: str, jws: str) -> str:
    """The file that a person gets: the document for reading, and the signature over it."""
    return f'{{"receipt":{document},"jws":{json.dumps(jws)}}}'


def verify_receipt(file: bytes, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The signed claims of a receipt file, once one of `keys` (public JWKs with `kid`) proves them.

    Every byte of the JWS counts. The document beside it is compared by value, so that its members may stand in another
    order. Says nothing of the present: a consent once given may be withdrawn since. Raises ReceiptInvalid.
    """
    parsed = _object(file)
    jws = parsed.get("jws")
    if set(parsed) != {"receipt", "jws"} or not isinstance(jws, str):
        raise ReceiptInvalid(_("This is not a receipt file."))
    claims = proven_claims(jws, keys)
    if canonical_json({"receipt": parsed["receipt"]}) != canonical_json({"receipt": claims}):
        raise ReceiptInvalid(_("The document is not the one that was signed."))
    return claims


def claims_of(jws: str) -> dict[str, Any]:
    """The payload of a compact JWS, unverified. Raises ReceiptInvalid when it is no JSON object."""
    return _object(_decoded(jws.split(".")[1]))


def proven_claims(jws: str, keys: Iterable[Mapping[str, Any]], *, typ: str = TYP) -> dict[str, Any]:
    """The payload of a compact JWS of that type, once one of `keys` proves it. Raises ReceiptInvalid."""
    if not COMPACT.fullmatch(jws):
        raise ReceiptInvalid(_("The signature is not a compact JWS."))
    protected, claims, _signature = [_decoded(part) for part in jws.split(".")]
    header = _object(protected)
    if set(header) != {"alg", "typ", "kid"} or (header["alg"], header["typ"]) != (ALGORITHM, typ):
        raise ReceiptInvalid(_("The signature is not that of a receipt."))
    key = next((key for key in keys if key.get("kid") == header["kid"]), None)
    if key is None:
        raise ReceiptInvalid(_("The key that signed is not among the published ones."))
    _require_signature(jws, key)
    return _object(claims)


def _require_signature(jws: str, key: Mapping[str, Any]) -> None:
    signed = JWS()
    signed.allowed_algs = [ALGORITHM]
    try:
        signed.deserialize(jws, JWK(**key))
    except (JWException, ValueError):
        raise ReceiptInvalid(_("The signature does not match."))


def _decoded(part: str) -> bytes:
    """Base64url without the slack: the last letter may carry up to four bits that a decoder does not look at."""
    try:
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        decoded = b""
    if urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise ReceiptInvalid(_("The signature is not a compact JWS."))
    return decoded


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text.decode(), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReceiptInvalid(_("This is not a receipt file."))
    return found


def _without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name would be read differently by different readers."""
    if len({name for name, _value in members}) != len(members):
        raise ValueError
    return dict(members)
