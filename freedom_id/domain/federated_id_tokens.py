"""ID tokens of other providers (OpenID Connect Core 1.0 §2), verified before anything is believed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils import timezone
from jwcrypto.common import JWException, base64url_decode
from jwcrypto.jws import JWS

from freedom_id.conf import conf
from freedom_id.domain.provider_keys import key_of
from freedom_id.enums import ProofType
from freedom_id.errors import InvalidFields

COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
ALGORITHMS = ["RS256", "ES256"]
SKEW_SECONDS = 60
LONGEST_SUBJECT = 255  # OpenID Connect Core §2: "It MUST NOT exceed 255 ASCII characters in length."
LONGEST_NONCE = 255
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Provider:
    """Whose tokens we take. `client_ids` are our own names there."""

    issuer: str
    jwks_uri: str
    client_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProvenId:
    """Whom an ID token is about, and the nonce that it was asked with."""

    issuer: str
    subject: str = field(repr=False)
    nonce: str = field(repr=False)


def provider_of(kind: ProofType) -> Provider:
    """Raises InvalidFields when the portal knows no provider of this type."""
    given = conf.identity_providers.get(kind.value)
    if given is None:
        raise InvalidFields({"type": [f"No provider of {kind.value} is configured."]})
    return Provider(given["ISSUER"], given["JWKS_URI"], tuple(given["CLIENT_IDS"]))


def verify_id_token(token: str, provider: Provider) -> ProvenId:
    """Whom `token` is about. That the nonce is ours and unused is for the caller to judge.

    Raises InvalidFields with what is wrong, and ProviderUnavailable.
    """
    claims = _signed_claims(token, provider)
    for name, holds in CHECKS.items():
        if not holds(claims, provider):
            raise _refused(f"Its {name} is not accepted.")
    return ProvenId(provider.issuer, claims["sub"], claims["nonce"])


def _signed_claims(token: str, provider: Provider) -> Claims:
    key = key_of(provider.jwks_uri, _header(token)["kid"])
    if key is None:
        raise _refused("Its kid names no key of the provider.")
    jws = JWS()
    jws.allowed_algs = ALGORITHMS
    try:
        jws.deserialize(token, key)
        claims = orjson.loads(jws.payload)
    except (JWException, ValueError):
        raise _refused("Its signature is wrong.") from None
    if not isinstance(claims, dict):
        raise _refused("It has no claims.")
    return claims


def _header(token: str) -> Mapping[str, str]:
    """RFC 8725 §3.1: the algorithm is ours to choose. Extensions (`crit`, `b64`) and keys that the token brings along
    are no texts, and so refused."""
    parts = COMPACT.fullmatch(token)
    try:
        header = orjson.loads(base64url_decode(parts[1])) if parts else None
    except ValueError:
        header = None
    if not isinstance(header, dict) or not all(isinstance(value, str) for value in header.values()):
        raise _refused("It is no signed JWT.")
    if header.get("alg") not in ALGORITHMS or header.get("typ", "JWT").upper() != "JWT" or "kid" not in header:
        raise _refused("Its alg, typ or kid is not accepted.")
    return header


def _refused(reason: str) -> InvalidFields:
    return InvalidFields({"id_token": [reason]})


def _is_of_issuer(claims: Claims, provider: Provider) -> bool:
    """§3.1.3.7 (2): "MUST exactly match the value of the iss (issuer) Claim"."""
    return bool(claims.get("iss") == provider.issuer)


def _is_for_us(claims: Claims, provider: Provider) -> bool:
    """§3.1.3.7 (3): rejected too "if it contains additional audiences not trusted by the Client"."""
    audiences = _audiences(claims)
    return bool(audiences) and all(audience in provider.client_ids for audience in audiences)


def _was_asked_by_us(claims: Claims, provider: Provider) -> bool:
    """§3.1.3.7 (4, 5): present with several audiences; if present, one of our client ids."""
    return claims["azp"] in provider.client_ids if "azp" in claims else len(_audiences(claims)) == 1


def _is_not_over(claims: Claims, _provider: Provider) -> bool:
    """§3.1.3.7 (9)."""
    return _is_time(claims.get("exp")) and _now() < claims["exp"] + SKEW_SECONDS


def _is_not_of_the_future(claims: Claims, _provider: Provider) -> bool:
    """§3.1.3.7 (10). How long ago is bounded by the nonce."""
    return _is_time(claims.get("iat")) and claims["iat"] <= _now() + SKEW_SECONDS


def _has_begun(claims: Claims, _provider: Provider) -> bool:
    """RFC 7519 §4.1.5."""
    return "nbf" not in claims or (_is_time(claims["nbf"]) and claims["nbf"] <= _now() + SKEW_SECONDS)


def _has_nonce(claims: Claims, _provider: Provider) -> bool:
    """§3.1.3.7 (11): "a nonce Claim MUST be present"."""
    return _is_text(claims.get("nonce"), LONGEST_NONCE)


def _has_subject(claims: Claims, _provider: Provider) -> bool:
    return _is_text(claims.get("sub"), LONGEST_SUBJECT)


CHECKS: Mapping[str, Callable[[Claims, Provider], bool]] = {
    "iss": _is_of_issuer,
    "aud": _is_for_us,
    "azp": _was_asked_by_us,
    "exp": _is_not_over,
    "iat": _is_not_of_the_future,
    "nbf": _has_begun,
    "nonce": _has_nonce,
    "sub": _has_subject,
}


def _audiences(claims: Claims) -> list[Any]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= longest and value.isascii() and value.isprintable()


def _now() -> float:
    return timezone.now().timestamp()
