"""True receipts and forgeries, for every verifier: each makes of a receipt a file, and the keys to check it with."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from consents.domain.receipt_verification import TYP, claims_of, receipt_file
from consents.models import Receipt
from tests.consents.signing import KEY, public_keys, sign

KID = KEY.thumbprint()
OTHER = ECKey.generate_key("P-256")


@dataclass(frozen=True)
class Vector:
    file: bytes
    keys: list[Any]


Make = Callable[[Receipt], Vector]


def file_of(receipt: Receipt, jws: str | None = None) -> bytes:
    return receipt_file(receipt.document, jws or receipt.jws).encode()


def bundle_of(receipt: Receipt) -> bytes:
    return receipt_file(receipt.document, receipt.jws, public_keys()[0]).encode()


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def compact(header: Any, payload: bytes, key: ECKey = KEY) -> str:
    """A compact JWS with any header, signed as ES256 whatever it says."""
    signing_input = f"{base64url(json.dumps(header).encode())}.{base64url(payload)}"
    r, s = decode_dss_signature(key.private_key.sign(signing_input.encode(), ECDSA(SHA256())))
    return f"{signing_input}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def with_header(**members: Any) -> Make:
    """Signed by the right key under another header; None takes a member out."""
    header = {"alg": "ES256", "typ": TYP, "kid": KID} | members
    kept = {name: value for name, value in header.items() if value is not None}
    return lambda receipt: Vector(file_of(receipt, compact(kept, receipt.document.encode())), public_keys())


def with_signature(change: Callable[[Receipt], str]) -> Make:
    """The third part of the JWS is another."""
    return lambda receipt: Vector(
        file_of(receipt, receipt.jws.rpartition(".")[0] + "." + change(receipt)), public_keys()
    )


def with_key(**members: Any) -> Make:
    """Checked with the right key, described otherwise."""
    return lambda receipt: Vector(file_of(receipt), [public_keys()[0] | members])


def replaced(old: bytes, new: bytes, of: Callable[[Receipt], bytes] = file_of) -> Make:
    def vector(receipt: Receipt) -> Vector:
        file = of(receipt)
        assert old in file
        return Vector(file.replace(old, new, 1), public_keys())

    return vector


def plain(make: Callable[[Receipt], bytes]) -> Make:
    return lambda receipt: Vector(make(receipt), public_keys())


def signed_payload(payload: Callable[[Receipt], bytes]) -> Make:
    """Another payload, truly signed; the document beside it says the same."""

    def vector(receipt: Receipt) -> Vector:
        content = payload(receipt)
        jws = compact({"alg": "ES256", "typ": TYP, "kid": KID}, content)
        return Vector(b'{"receipt":' + content + b',"jws":"' + jws.encode() + b'"}', public_keys())

    return vector


def reversed_members(receipt: Receipt) -> bytes:
    document = json.loads(receipt.document, object_pairs_hook=lambda members: dict(reversed(members)))
    assert json.dumps(document) != json.dumps(json.loads(receipt.document))
    return json.dumps({"jws": receipt.jws, "receipt": document}, indent=2, ensure_ascii=True).encode()


def by_public_key(receipt: Receipt) -> str:
    """HS256 with what everybody knows as the secret: the algorithm confusion of RFC 8725 §2.1."""
    header = base64url(json.dumps({"alg": "HS256", "typ": TYP, "kid": KID}).encode())
    signing_input = f"{header}.{base64url(receipt.document.encode())}"
    secret = json.dumps(public_keys()[0]).encode()
    return f"{signing_input}.{base64url(hmac.digest(secret, signing_input.encode(), 'sha256'))}"


def unsigned(receipt: Receipt, signature: str) -> bytes:
    header = base64url(json.dumps({"alg": "none", "typ": TYP, "kid": KID}).encode())
    return file_of(receipt, f"{header}.{base64url(receipt.document.encode())}.{signature}")


def slack(text: str) -> str:
    """32 bytes leave two bits of the last letter unused."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + letters[letters.index(text[-1]) + 1]


def flattened(receipt: Receipt) -> bytes:
    """RFC 7515 §7.2.2: true, but not compact."""
    protected, payload, signature = receipt.jws.split(".")
    jws: Mapping[str, str] = {"protected": protected, "payload": payload, "signature": signature}
    return b'{"receipt":' + receipt.document.encode() + b',"jws":' + json.dumps(jws).encode() + b"}"


ACCEPTED: dict[str, Make] = {
    "as it was made": plain(file_of),
    "the JWS alone": plain(lambda receipt: receipt.jws.encode()),
    "the JWS alone in a file with an end of line": plain(lambda receipt: receipt.jws.encode() + b"\r\n"),
    "with the key": plain(bundle_of),
    "members in another order and apart, letters escaped": plain(reversed_members),
    "white space around": plain(lambda receipt: b" \n" + file_of(receipt) + b"\n"),
    "a key among others": lambda receipt: Vector(
        file_of(receipt), ["?", None, {}, {"kid": OTHER.thumbprint()}, *public_keys()]
    ),
    "a key with a certificate": with_key(x5c=["…"]),
    "a key that says no more than what it is": lambda receipt: Vector(
        file_of(receipt), [{name: public_keys()[0][name] for name in ("kid", "kty", "crv", "x", "y")}]
    ),
}

REFUSED: dict[str, Make] = {
    "nothing": plain(lambda receipt: b""),
    "no text": plain(lambda receipt: b"\xff"),
    "no object": plain(lambda receipt: b"[]"),
    "a string": plain(lambda receipt: json.dumps(receipt.jws).encode()),
    "a prototype": plain(lambda receipt: b'{"__proto__":{"receipt":1},"jws":"a.b.c"}'),
    "nested without end": plain(lambda receipt: b"[" * 100_000),
    "one member less": plain(lambda receipt: json.dumps({"jws": receipt.jws}).encode()),
    "one member more": plain(lambda receipt: file_of(receipt)[:-1] + b',"status":"active"}'),
    "a member twice": plain(lambda receipt: file_of(receipt)[:-1] + b',"jws":"a.b.c"}'),
    "a member of the document twice": replaced(b'"language":"en"', b'"language":"en","language":"en"'),
    "a member more in the document": replaced(b'"language":"en"', b'"language":"en","status":"active"'),
    "a document of other words": replaced(b"To call you.", b"To sell it. "),
    "a version as a fraction": replaced(b'"version":1', b'"version":1.0'),
    "a version with an exponent": replaced(b'"version":1', b'"version":1e0'),
    "a version with a zero before": replaced(b'"version":1', b'"version":01'),
    "a version as text": replaced(b'"version":1', b'"version":"1"'),
    "a version that is true": replaced(b'"version":1', b'"version":true'),
    "a version that is no number": replaced(b'"version":1', b'"version":NaN'),
    "a version without end": replaced(b'"version":1', b'"version":Infinity'),
    "a version that is null": replaced(b'"version":1', b'"version":null'),
    "a version too great": replaced(b'"version":1', b'"version":' + b"9" * 5000),
    "a comma at the end": plain(lambda receipt: file_of(receipt)[:-1] + b",}"),
    "something after the end": plain(lambda receipt: file_of(receipt) + b"{}"),
    "a mark of byte order": plain(lambda receipt: b"\xef\xbb\xbf" + file_of(receipt)),
    "a raw end of line in a string": replaced(b"To call you.", b"To call\nyou."),
    "an unknown escape": replaced(b"To call you.", b"\\To call you."),
    "half of a letter": replaced(b"To call you.", b"To call you.\xc3"),
    "half of a pair": replaced(b"To call you.", b"To call you.\\ud800"),
    "other quotes": plain(lambda receipt: file_of(receipt).replace(b'"', b"'")),
    "the flattened form": plain(flattened),
    "padding": with_signature(lambda receipt: receipt.jws.rpartition(".")[2] + "="),
    "white space in the JWS": with_signature(lambda receipt: " " + receipt.jws.rpartition(".")[2]),
    "a part more": with_signature(lambda receipt: receipt.jws.rpartition(".")[2] + ".AA"),
    "the slack of base64url": with_signature(lambda receipt: receipt.jws.rpartition(".")[2][:-1] + "B"),
    "a signature of zeros": with_signature(lambda receipt: "A" * 86),
    "a signature cut": with_signature(lambda receipt: receipt.jws.rpartition(".")[2][:-2]),
    "a signature in DER": with_signature(
        lambda receipt: base64url(KEY.private_key.sign(receipt.jws.rpartition(".")[0].encode(), ECDSA(SHA256())))
    ),
    "alg none without signature": plain(lambda receipt: unsigned(receipt, "")),
    "alg none with something as signature": plain(lambda receipt: unsigned(receipt, "AA")),
    "alg none over a true signature": with_header(alg="none"),
    "HS256 by the public key": plain(lambda receipt: file_of(receipt, by_public_key(receipt))),
    "HS256 over a true signature": with_header(alg="HS256"),
    "alg in small letters": with_header(alg="es256"),
    "alg missing": with_header(alg=None),
    "another algorithm": lambda receipt: Vector(
        file_of(receipt, sign(claims_of(receipt.jws), TYP, key=ECKey.generate_key("P-384"), alg="ES384")), public_keys()
    ),
    "another typ": with_header(typ="JWT"),
    "typ with its prefix": with_header(typ=f"application/{TYP}"),
    "typ missing": with_header(typ=None),
    "another kid": with_header(kid="another"),
    "kid missing": with_header(kid=None),
    "kid as a number": lambda receipt: Vector(
        file_of(receipt, compact({"alg": "ES256", "typ": TYP, "kid": 1}, receipt.document.encode())),
        [public_keys()[0] | {"kid": 1}],
    ),
    "a key in the header": with_header(jwk=OTHER.as_dict(private=False)),
    "a header that must be understood": with_header(crit=["exp"], exp=1),
    "a header that is no object": plain(lambda receipt: file_of(receipt, compact([], receipt.document.encode()))),
    "no key": lambda receipt: Vector(file_of(receipt), []),
    "keys of another issuer": lambda receipt: Vector(
        file_of(receipt), [OTHER.as_dict(private=False) | {"kid": OTHER.thumbprint()}]
    ),
    "the key of another issuer under this kid": lambda receipt: Vector(
        file_of(receipt), [OTHER.as_dict(private=False) | {"kid": KID}]
    ),
    "another issuer under this kid": plain(
        lambda receipt: file_of(receipt, sign(claims_of(receipt.jws), TYP, key=OTHER).strip())
    ),
    "a key to encrypt with": with_key(use="enc"),
    "a key of another algorithm": with_key(alg="ES384"),
    "a key of another kind": with_key(kty="RSA"),
    "a key of another curve": with_key(crv="P-384"),
    "a point that is not on the curve": with_key(x="A" * 43),
    "a key cut": with_key(x="AA"),
    "a key in another spelling": with_key(x=public_keys()[0]["x"] + "="),
    "a key with slack": lambda receipt: Vector(
        file_of(receipt), [public_keys()[0] | {"y": slack(public_keys()[0]["y"])}]
    ),
    "a key of numbers": with_key(x=1, y=2),
    "a key without a point": with_key(x=None, y=None),
    "a foreign key in the file": plain(
        lambda receipt: receipt_file(
            receipt.document, receipt.jws, OTHER.as_dict(private=False) | {"kid": KID}
        ).encode()
    ),
    "two keys in the file": plain(lambda receipt: bundle_of(receipt).replace(b'"keys":[', b'"keys":[{},')),
    "a key in the file that says more": replaced(b'"kty":"EC"', b'"kty":"EC","use":"sig"', bundle_of),
    "something else in place of the key": plain(lambda receipt: file_of(receipt)[:-1] + b',"jwks":null}'),
    "the document of another receipt": plain(lambda receipt: file_of(receipt).replace(str(receipt.pk).encode(), b"x")),
    "a signed fraction": signed_payload(
        lambda receipt: receipt.document.replace('"version":1', '"version":1.5').encode()
    ),
    "a signed integer that readers round": signed_payload(lambda receipt: b'{"a":9007199254740993}'),
    "signed brackets that do not match": signed_payload(lambda receipt: b'{"a":[1}}'),
    "a signed list": signed_payload(lambda receipt: b"[]"),
    "a signed member twice": signed_payload(lambda receipt: b'{"a":1,"a":1}'),
    "signed bytes that are no text": signed_payload(lambda receipt: b'{"a":"\xff"}'),
}
VECTORS = ACCEPTED | REFUSED
