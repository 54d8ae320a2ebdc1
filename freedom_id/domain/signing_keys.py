"""Keys that sign tokens and receipts, kept as rows (RFC 7517). `kid` is the thumbprint of RFC 7638.

A rotation, in order: `publish_next_key` (in the JWKS, unused) → every cache has it → `activate_published_keys` (it
signs, the former is retired and verifies on). A key that leaked leaves at once: `revoke_signing_key`.
"""

import json
import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from jwcrypto.common import JWException, base64url_decode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWSCore

from freedom_id.conf import conf
from freedom_id.domain.restore_journal import note
from freedom_id.enums import JournalKind, KeyState
from freedom_id.models import SigningKey

JWKS_MAX_AGE = timedelta(hours=1)
FRESH = timedelta(seconds=60)
PUBLISHED_BEFORE_USE = JWKS_MAX_AGE + FRESH
KINDS: dict[str, dict[str, Any]] = {"ES256": {"kty": "EC", "crv": "P-256"}, "RS256": {"kty": "RSA", "size": 2048}}
_known: dict[str, Any] = {"read_at": float("-inf"), "signing": {}, "public": []}


def _keys() -> dict[str, Any]:
    """The keys, read from the rows at most once a minute per process, so that discovery costs no statement."""
    if time.monotonic() - _known["read_at"] > FRESH.total_seconds():
        rows = list(SigningKey.objects.exclude(state=KeyState.REVOKED).order_by("-created_at"))
        signing = [row for row in rows if row.state == KeyState.SIGNING]
        _known["signing"] = {row.algorithm: JWK.from_json(row.private_jwk) for row in signing}
        _known["public"] = [row.public_jwk for row in rows]
        _known["read_at"] = time.monotonic()
    return _known


def forget_keys() -> None:
    """Read the rows again at the next use (after a change, and between tests)."""
    _known["read_at"] = float("-inf")


def public_keys() -> list[dict[str, Any]]:
    """The JWKS: public JWKs of every key that will sign, signs or signed. A retired one stays, because receipts are
    kept for years; one that is revoked is gone."""
    keys: list[dict[str, Any]] = _keys()["public"]
    return keys


def public_key(kid: str) -> dict[str, Any] | None:
    """The public JWK of that id. One that is not known yet makes the rows be read again, once a second at most."""
    for _attempt in range(2):
        found = next((key for key in public_keys() if key["kid"] == kid), None)
        if found or time.monotonic() - _known["read_at"] < 1:
            return found
        forget_keys()
    return None


def sign(claims: dict[str, Any], *, typ: str, algorithm: str = "ES256") -> str:
    """A compact JWS over `claims` by the key that signs with `algorithm` (`ES256` or `RS256`), with `typ` and `kid` in
    its header. The first use of an algorithm makes its key."""
    key = _keys()["signing"].get(algorithm)
    if key is None:
        ensure_signing_key(algorithm)
        forget_keys()
        key = _keys()["signing"][algorithm]
        forget_keys()  # the transaction that made the key may be rolled back, and the key with it
    header = json.dumps({"alg": algorithm, "typ": typ, "kid": key["kid"]})
    # Not JWS, which copies the registry of all header parameters for each token: half of what signing costs.
    signed = JWSCore(algorithm, key, header, json.dumps(claims).encode(), algs=[algorithm]).sign()
    return f"{signed['protected']}.{signed['payload'].decode()}.{signed['signature']}"


def claims_of_own(token: str, *, typ: str) -> dict[str, Any]:
    """The claims of a compact JWS of that `typ` which a key of ours signed, revoked ones excepted, with our `iss`; none
    for anything else. Whether it is expired is not asked."""
    header = _header(token)
    if header.get("typ") != typ or set(header) != {"alg", "typ", "kid"} or not isinstance(header["kid"], str):
        return {}
    key = public_key(header["kid"])
    return _verified(token, json.dumps(key)) if key and key["alg"] == header["alg"] else {}


def _header(token: str) -> dict[str, Any]:
    """What the protected header says, unproven."""
    try:
        header = json.loads(base64url_decode(token.partition(".")[0]))
    except (ValueError, RecursionError):
        return {}
    return header if isinstance(header, dict) else {}


@lru_cache(maxsize=4096)
def _verified(token: str, key: str) -> dict[str, Any]:
    """The answer for one token and key never changes, and nobody changes it. Not JWS here either, see `sign`."""
    try:
        header, payload, signature = map(base64url_decode, token.split("."))
        verifier = _verifier(key)
        JWSCore(verifier["alg"], verifier, header.decode(), payload, algs=[*KINDS]).verify(signature)
        claims: dict[str, Any] = json.loads(payload)
    except (JWException, ValueError):
        return {}
    return claims if claims.get("iss") == conf.issuer else {}


@lru_cache(maxsize=64)
def _verifier(key: str) -> JWK:
    return JWK.from_json(key)


def ensure_signing_key(algorithm: str = "ES256") -> SigningKey:
    """The key that signs with `algorithm`; made when there is none. Safe when two processes start at once."""
    return _signing(algorithm) or _made(algorithm, KeyState.SIGNING)


def publish_next_key(algorithm: str = "ES256") -> SigningKey:
    """Begin a rotation: the next key of `algorithm` stands in the JWKS and will sign PUBLISHED_BEFORE_USE from then. A
    rotation that has begun is not begun again."""
    ensure_signing_key(algorithm)
    found = SigningKey.objects.filter(state=KeyState.PUBLISHED, algorithm=algorithm).first()
    return found or _made(algorithm, KeyState.PUBLISHED)


def activate_published_keys() -> list[SigningKey]:
    """End the rotations whose next key every cache of the JWKS has by now: it signs, the former is retired. Returns the
    keys that sign anew. Each process signs with the former for FRESH more at most, and that still verifies."""
    due = SigningKey.objects.filter(
        state=KeyState.PUBLISHED, created_at__lte=timezone.now() - PUBLISHED_BEFORE_USE
    ).values_list("algorithm", flat=True)
    return [key for algorithm in list(due) if (key := _activate(algorithm))]


def rotate_signing_keys() -> None:
    """What the worker does every ten minutes: replace in steps what has signed for `conf.signing_key_lifetime`."""
    activate_published_keys()
    old = SigningKey.objects.filter(
        state=KeyState.SIGNING, activated_at__lte=timezone.now() - conf.signing_key_lifetime
    ).values_list("algorithm", flat=True)
    for algorithm in list(old):
        publish_next_key(algorithm)


def revoke_signing_key(kid: str) -> SigningKey | None:
    """The emergency form: nothing that this key signed is believed any more, in this process at once, in others after
    FRESH, at clients when they read the JWKS again. If it signed, the next key signs now, and is returned. The key's
    private half is erased. Raises SigningKey.DoesNotExist for a kid that is unknown or revoked already."""
    with transaction.atomic():
        key = SigningKey.objects.select_for_update().exclude(state=KeyState.REVOKED).get(kid=kid)
        signed = key.state == KeyState.SIGNING
        key.state, key.retired_at, key.private_jwk = KeyState.REVOKED, timezone.now(), ""
        key.save(update_fields=["state", "retired_at", "private_jwk"])
        note(JournalKind.SIGNING_KEY_REVOKED, kid=kid)
        successor = (_activate(key.algorithm) or _made(key.algorithm, KeyState.SIGNING)) if signed else None
    forget_keys()
    return successor


def _signing(algorithm: str) -> SigningKey | None:
    return SigningKey.objects.filter(state=KeyState.SIGNING, algorithm=algorithm).first()


def _activate(algorithm: str) -> SigningKey | None:
    """Swap in one transaction; None when somebody else did, or there is nothing to swap."""
    now = timezone.now()
    with transaction.atomic():
        following = SigningKey.objects.select_for_update().filter(state=KeyState.PUBLISHED, algorithm=algorithm).first()
        if following is None:
            return None
        SigningKey.objects.filter(state=KeyState.SIGNING, algorithm=algorithm).update(
            state=KeyState.RETIRED, retired_at=now
        )
        following.state, following.activated_at = KeyState.SIGNING, now
        following.save(update_fields=["state", "activated_at"])
    forget_keys()
    return following


def _made(algorithm: str, state: KeyState) -> SigningKey:
    """A new key in `state`, or the one that another process made meanwhile: a constraint allows one."""
    key, now = _drawn(algorithm), timezone.now()
    public = {**key.export_public(as_dict=True), "kid": key.thumbprint(), "alg": algorithm, "use": "sig"}
    try:
        with transaction.atomic():
            row = SigningKey.objects.create(
                kid=key.thumbprint(),
                algorithm=algorithm,
                public_jwk=public,
                private_jwk=json.dumps({**json.loads(key.export_private()), "kid": key.thumbprint()}),
                state=state,
                created_at=now,
                activated_at=now if state == KeyState.SIGNING else None,
            )
    except IntegrityError:
        row = SigningKey.objects.get(state=state, algorithm=algorithm)
    forget_keys()
    return row


def _drawn(algorithm: str) -> JWK:
    """No `kid` begins with a dash: a command line would take it for an option, and that in an emergency."""
    key = JWK.generate(**KINDS[algorithm])
    return _drawn(algorithm) if key.thumbprint().startswith("-") else key


def due_at(key: SigningKey) -> datetime:
    """When a published key may sign."""
    return key.created_at + PUBLISHED_BEFORE_USE
