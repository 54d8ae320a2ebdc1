"""Values at rest: AES-256-GCM under a key ring, and keyed digests for look-ups and secrets.

A sealed text is `key_id:base64url(nonce || ciphertext || tag)`, bound to a context (`app.model.field`), so that a value
moved to another column does not open. A digest is HMAC-SHA256 under a key derived for one label, so that digests of
different kinds never meet.
"""

import hashlib
import hmac
import os
import unicodedata
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from freedom_id.conf import conf

NONCE_BYTES = 12


def _bytes(text: str) -> bytes:
    """UTF-8; a lone surrogate, which JSON can carry, digests like any other text instead of failing."""
    return text.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=16)
def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, None, b"freedom-id/seal").derive(b64decode(key)))


@lru_cache(maxsize=32)
def _digest_key(root: str, label: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, f"freedom-id/{label}".encode()).derive(b64decode(root))


def seal(text: str, context: str) -> str:
    """Encrypt `text` under the ring's first key, bound to `context`."""
    key_id, key = next(iter(conf.pii_keys.items()))
    nonce = os.urandom(NONCE_BYTES)
    box = nonce + _cipher(key).encrypt(nonce, text.encode(), context.encode())
    return f"{key_id}:{urlsafe_b64encode(box).decode()}"


def unseal(sealed: str, context: str) -> str:
    """Decrypt what `seal` wrote with the same context. Raises KeyError for an unknown key, InvalidTag if altered."""
    key_id, _, box = sealed.partition(":")
    raw = urlsafe_b64decode(box)
    return _cipher(conf.pii_keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()


def digest(value: str, label: str) -> str:
    """64 hex characters: HMAC-SHA256 of `value` under the key for `label`."""
    return hmac.digest(_digest_key(conf.digest_key, label), _bytes(value), "sha256").hex()


def expand(value: str, label: str, length: int) -> bytes:
    """`length` bytes that only holders of the server key can derive from `value` (HKDF-Expand, RFC 5869)."""
    prk = hmac.digest(_digest_key(conf.digest_key, label), _bytes(value), "sha256")
    out, block, counter = b"", b"", 0
    while len(out) < length:
        counter += 1
        block = hmac.digest(prk, block + bytes([counter]), "sha256")
        out += block
    return out[:length]


def blind_index(value: str, kind: str) -> str:
    """Look-up digest of a personal value: equal for equal values after NFKC and case folding, per kind."""
    return digest(unicodedata.normalize("NFKC", value).strip().casefold(), f"blind-index/{kind}")


def token_digest(token: str) -> str:
    """64 hex characters: SHA-256 of a token of at least 256 random bits, for which no key is needed."""
    return hashlib.sha256(_bytes(token)).hexdigest()
