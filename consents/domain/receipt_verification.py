"""Is this receipt ours, and unaltered? Needs the file and the public keys: no database, no network, no clock.

The page `static/consents/verify-receipt.html` answers the same in a browser; tests hold both to the same verdicts.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Never

from django.utils.translation import gettext as _
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from consents.canonical_json import canonical_json, sha256_of
from consents.errors import ReceiptInvalid

TYP = "consent-receipt+jws"
# Never the file's choice: its `alg` must be this.
ALGORITHM = "ES256"
COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
WHITE_SPACE = " \t\r\n"
COORDINATE_BYTES = 32
KEY_MEMBERS = ("kid", "kty", "crv", "x", "y")
GREATEST_INTEGER = 2**53 - 1  # RFC 7493 §2.2: beyond it readers disagree


def receipt_file(document: str, jws: str, key: Mapping[str, Any] | None = None) -> str:
    """The file of a receipt: the document for reading, the signature over it and, if it is given, the public key that
    signed, for who has no other at hand. That key proves nothing unless it is compared with the published one."""
    jwks = "" if key is None else f',"jwks":{canonical_json(_key_set(key))}'
    return f'{{"receipt":{document},"jws":{json.dumps(jws)}{jwks}}}'


def verify_receipt(file: bytes, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The signed claims of a receipt, once one of `keys` (public JWKs with `kid`) proves them. `file` is what
    `receipt_file` makes, or the JWS alone.

    Every byte of the JWS counts. The document beside it is compared by value, so that its members may stand in another
    order; a key in the file must be the one among `keys`. Says nothing of the present: a consent once given may be
    withdrawn since. Raises ReceiptInvalid.
    """
    jws = _text(file).strip(WHITE_SPACE)
    if COMPACT.fullmatch(jws):
        return _proven_claims(jws, _signing_key(jws, keys))
    parsed = _object(file)
    jws = parsed.get("jws", "")
    if set(parsed) - {"jwks"} != {"receipt", "jws"} or not isinstance(jws, str):
        raise ReceiptInvalid(_("This is not a receipt file."))
    key = _signing_key(jws, keys)
    claims = _proven_claims(jws, key)
    if not _same(parsed["receipt"], claims):
        raise ReceiptInvalid(_("The document is not the one that was signed."))
    if "jwks" in parsed and not _same(parsed["jwks"], _key_set(key)):
        raise ReceiptInvalid(_("The key in the file is not the published one."))
    return claims


def words_match(processing: Mapping[str, Any]) -> bool:
    """Whether the words of a decision have the digest that stands beside them, which is the one in the ledger."""
    notice = processing["privacy_notice"]
    words = {
        "locale": processing["language"],
        "title": notice["title"],
        "text": processing.get("purpose", ""),
        "consequence": notice["consequence"],
    }
    if "withdrawal" in notice:
        words["withdrawal"] = notice["withdrawal"]
    return bool(sha256_of(words) == notice["sha256"])


def claims_of(jws: str) -> dict[str, Any]:
    """The payload of a compact JWS, unverified. Raises ReceiptInvalid when it is no JSON object."""
    return _object(_decoded(jws.split(".")[1]))


def proven_claims(jws: str, keys: Iterable[Mapping[str, Any]], *, typ: str = TYP) -> dict[str, Any]:
    """The payload of a compact JWS of that type, once one of `keys` proves it. Raises ReceiptInvalid."""
    return _proven_claims(jws, _signing_key(jws, keys, typ=typ))


def key_id_of(jws: str, *, typ: str = TYP) -> str:
    """The `kid` of a compact JWS of that type, unverified. Raises ReceiptInvalid when it is of no such type."""
    if not COMPACT.fullmatch(jws):
        raise ReceiptInvalid(_("The signature is not a compact JWS."))
    header = _object(_decoded(jws.partition(".")[0]))
    kid = header.pop("kid", None)
    if header != {"alg": ALGORITHM, "typ": typ} or not isinstance(kid, str):
        raise ReceiptInvalid(_("The signature is not that of a receipt."))
    return kid


def _signing_key(jws: str, keys: Iterable[Mapping[str, Any]], *, typ: str = TYP) -> Mapping[str, Any]:
    """The key that the JWS names, if it may sign receipts (RFC 7517 §4). Raises ReceiptInvalid."""
    kid = key_id_of(jws, typ=typ)
    key = next((key for key in keys if isinstance(key, Mapping) and key.get("kid") == kid), {})
    curve, uses = (key.get("kty"), key.get("crv")), (key.get("use", "sig"), key.get("alg", ALGORITHM))
    is_fit = (curve, uses) == (("EC", "P-256"), ("sig", ALGORITHM))
    if not (is_fit and _is_coordinate(key.get("x")) and _is_coordinate(key.get("y"))):
        raise ReceiptInvalid(_("The key that signed is not among the published ones."))
    return key


def _is_coordinate(text: Any) -> bool:
    """RFC 7518 §6.2.1.2: 32 bytes on this curve, and in one spelling only."""
    try:
        return isinstance(text, str) and len(_decoded(text)) == COORDINATE_BYTES
    except ReceiptInvalid:
        return False


def _proven_claims(jws: str, key: Mapping[str, Any]) -> dict[str, Any]:
    for part in jws.split("."):
        _decoded(part)
    signed = JWS()
    signed.allowed_algs = [ALGORITHM]
    try:
        signed.deserialize(jws, JWK(kty="EC", crv="P-256", x=key["x"], y=key["y"]))
    except (JWException, ValueError):
        raise ReceiptInvalid(_("The signature does not match."))
    return claims_of(jws)


def _key_set(key: Mapping[str, Any]) -> dict[str, Any]:
    return {"keys": [{name: key[name] for name in KEY_MEMBERS}]}


def _same(one: Any, other: Any) -> bool:
    """By value as JSON has them: 1 is not true."""
    try:
        return canonical_json({"": one}) == canonical_json({"": other})
    except RecursionError:
        return False


def _decoded(part: str) -> bytes:
    """Base64url without the slack: the last letter may carry up to four bits that a decoder does not look at."""
    try:
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        decoded = b""
    if urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise ReceiptInvalid(_("The signature is not a compact JWS."))
    return decoded


def _text(file: bytes) -> str:
    try:
        return file.decode()
    except ValueError:
        raise ReceiptInvalid(_("This is not a receipt file."))


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(
            _text(text),
            object_pairs_hook=_without_repeats,
            parse_int=_integer,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
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


def _integer(token: str) -> int:
    number = int(token)
    if abs(number) > GREATEST_INTEGER:
        raise ValueError
    return number


def _refuse(_token: str) -> Never:
    """Fractions have many spellings, and no receipt has one; NaN and Infinity are no JSON."""
    raise ValueError
