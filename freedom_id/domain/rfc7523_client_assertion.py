"""Client authentication by a signed assertion: `private_key_jwt` (RFC 7523 §2.2 and §3, OIDC Core §9), with the
audience of draft-ietf-oauth-rfc7523bis: our issuer and nothing else."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from jwcrypto.common import JWException, base64url_decode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from freedom_id.conf import conf
from freedom_id.domain.client_secrets import note_keys_used
from freedom_id.enums import ClientAuthentication
from freedom_id.errors import InvalidClient
from freedom_id.models import PartnerClient, SpentAssertion
from freedom_id.sealing import digest

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY_TYPE_OF = {"ES256": "EC", "PS256": "RSA", "RS256": "RSA"}
COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
TYPES = {"jwt", "client-authentication+jwt"}
KEYS_BROUGHT_ALONG = {"jku", "jwk", "x5u", "x5c"}
LONGEST = 4096
LONGEST_ID = 255
LONGEST_LIFE = timedelta(minutes=5)
SKEW = timedelta(seconds=30)
Claims = Mapping[str, Any]


class AssertionRefused(InvalidClient):
    """`reason` may be told to the client."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def claimed_client(assertion: str) -> str:
    """The client id that an assertion names. Nothing is verified; "" when none can be read."""
    parts = COMPACT.fullmatch(assertion) if len(assertion) <= LONGEST else None
    subject = _json_object(parts[2]).get("sub") if parts else None
    return str(subject) if _is_text(subject) else ""


def prove_by_assertion(client: PartnerClient | None, assertion: str) -> None:
    """Accept that `assertion` is of `client`, once. Raises AssertionRefused.

    An unknown client, one that authenticates otherwise, and a wrong signature are refused alike. The assertion is spent
    even if what it was sent with is refused later.
    """
    header = _header(assertion)
    claims = _signed_claims(client, header, assertion)
    if client is None or claims is None:
        raise AssertionRefused("No key of the client made its signature.")
    for name, holds in CHECKS.items():
        if not holds(claims, client):
            raise AssertionRefused(f"Its {name} is not accepted.")
    _spend(client, claims)
    note_keys_used(client)


def _header(assertion: str) -> Mapping[str, Any]:
    """RFC 8725 §3.1: the algorithm is ours to choose. `crit` names what we do not understand (RFC 7515 §4.1.11), and a
    key that the assertion brings along or points to is nobody's: neither is read, or fetched."""
    parts = COMPACT.fullmatch(assertion) if len(assertion) <= LONGEST else None
    header = _json_object(parts[1]) if parts else {}
    if not isinstance(header.get("alg"), str) or header["alg"] not in KEY_TYPE_OF:
        raise AssertionRefused("It is no JWT that is signed by ES256, PS256 or RS256.")
    typ = header.get("typ", "JWT")
    if not isinstance(typ, str) or typ.lower() not in TYPES or "crit" in header or KEYS_BROUGHT_ALONG & {*header}:
        raise AssertionRefused("Its header is not accepted.")
    return header


def _signed_claims(client: PartnerClient | None, header: Mapping[str, Any], assertion: str) -> Claims | None:
    for key in _keys(client, header):
        jws = JWS()
        jws.allowed_algs = list(KEY_TYPE_OF)
        try:
            jws.deserialize(assertion, JWK(**key))
            claims = orjson.loads(jws.payload)
        except (JWException, ValueError, TypeError):
            continue
        return claims if isinstance(claims, dict) else {}
    return None


def _keys(client: PartnerClient | None, header: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Those of the client that `kid` names, without one all that suit the algorithm."""
    if client is None or client.token_endpoint_auth_method != ClientAuthentication.PRIVATE_KEY_JWT:
        return
    for key in (client.jwks or {}).get("keys", []):
        suits = key.get("kty") == KEY_TYPE_OF[header["alg"]] and key.get("alg", header["alg"]) == header["alg"]
        if suits and key.get("use", "sig") == "sig" and header.get("kid", key.get("kid")) == key.get("kid"):
            yield key


def _spend(client: PartnerClient, claims: Claims) -> None:
    """RFC 7523 §3 (7): whoever inserts the row first is the one who uses the assertion."""
    try:
        with transaction.atomic():
            SpentAssertion.objects.create(
                client=client,
                jti_digest=digest(claims["jti"], "client-assertion"),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC) + SKEW,
            )
    except IntegrityError:
        raise AssertionRefused("It was used before.") from None


def _is_of_client(claims: Claims, client: PartnerClient) -> bool:
    """§3 (1, 2): both are the `client_id`."""
    return bool(claims.get("iss") == claims.get("sub") == client.client_id)


def _is_for_us(claims: Claims, _client: PartnerClient) -> bool:
    """draft-ietf-oauth-rfc7523bis §3: the issuer identifier is the sole value, so that nobody to whom it was sent can
    pass it on to us."""
    return bool(claims.get("aud") == conf.issuer)


def _ends_soon(claims: Claims, _client: PartnerClient) -> bool:
    """§3 (4): "MAY reject JWTs with an "exp" claim value that is unreasonably far in the future"."""
    if not _is_time(claims.get("exp")):
        return False
    left, skew = claims["exp"] - _now(), SKEW.total_seconds()
    return bool(-skew < left <= LONGEST_LIFE.total_seconds() + skew)


def _is_not_of_the_future(claims: Claims, _client: PartnerClient) -> bool:
    return "iat" not in claims or _has_come(claims["iat"])


def _has_begun(claims: Claims, _client: PartnerClient) -> bool:
    return "nbf" not in claims or _has_come(claims["nbf"])


def _has_id(claims: Claims, _client: PartnerClient) -> bool:
    """OIDC Core §9: "jti REQUIRED"."""
    return _is_text(claims.get("jti"))


CHECKS: Mapping[str, Callable[[Claims, PartnerClient], bool]] = {
    "iss and sub": _is_of_client,
    "aud": _is_for_us,
    "exp": _ends_soon,
    "iat": _is_not_of_the_future,
    "nbf": _has_begun,
    "jti": _has_id,
}


def _json_object(part: str) -> dict[str, Any]:
    try:
        found = orjson.loads(base64url_decode(part))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _has_come(moment: Any) -> bool:
    return _is_time(moment) and moment <= _now() + SKEW.total_seconds()


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_ID and value.isprintable()


def _now() -> float:
    return timezone.now().timestamp()
