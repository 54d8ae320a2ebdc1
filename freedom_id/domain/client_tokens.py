"""Access tokens that a client gets for itself (RFC 6749 §4.4). They have no row: who may do what is read from the
client at each call, so that a suspension or a narrower scope holds at once."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.rfc9068_access_token import claims_of_access_token, sign_access_token
from freedom_id.domain.sandbox_rule import operator_scopes_of
from freedom_id.enums import ClientStatus
from freedom_id.errors import FreedomIdError, InvalidToken, UnauthorizedClient
from freedom_id.grants import CHECK_CONSENTS, OPERATOR_SCOPES
from freedom_id.models import PartnerClient

GRANT_TYPE = "client_credentials"
UNREAD = ("logo", "callback_key", "previous_callback_key")  # large, or sealed


class ScopeNotAllowed(FreedomIdError):
    """RFC 6749 §5.2."""

    error = "invalid_scope"
    http_status = 400
    message = "This client may not ask for this."


@dataclass(frozen=True, slots=True)
class IssuedToken:
    access_token: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True)
class ClientToken:
    """What a token says, once it is sure that we signed it and that it is not over."""

    client_id: str
    scopes: frozenset[str]
    jti: str
    issued_at: int
    expires_at: int


def issue_client_token(client: PartnerClient, *, scope: str) -> IssuedToken:
    """A token for `client`, which is authenticated and active and has the grant type. Without `scope` it allows all
    that the client may do by itself. Writes nothing. Raises UnauthorizedClient (a public client), ScopeNotAllowed."""
    if client.client_type != PartnerClient.CLIENT_CONFIDENTIAL:
        raise UnauthorizedClient("public")
    allowed = own_scopes(client)
    words = list(dict.fromkeys(scope.split())) or allowed
    if not set(words) <= {*allowed}:
        raise ScopeNotAllowed
    now, lives = int(timezone.now().timestamp()), int(conf.access_token_lifetime.total_seconds())
    token = sign_access_token(
        sub=client.client_id,
        client_id=client.client_id,
        jti=secrets.token_hex(16),
        scope=" ".join(words),
        issued_at=now,
        expires_at=now + lives,
    )
    return IssuedToken(token, lives, " ".join(words))


def own_scopes(client: PartnerClient) -> list[str]:
    """What the client may do by itself now. Every confidential one may check the consents of the people that it is
    connected with."""
    allowed = {CHECK_CONSENTS, *operator_scopes_of(client)}
    return [scope for scope in OPERATOR_SCOPES if scope in allowed]


def read_client_token(token: str) -> ClientToken | None:
    """What a token says that a client got for itself; None for every other, and for one that is over. Asks the database
    for nothing. RFC 9068 §2.2: without a person `sub` is the client."""
    claims = claims_of_access_token(token) if "." in token else {}
    own = claims and claims["sub"] == claims["client_id"] and claims["aud"] == conf.issuer
    if not own or claims["exp"] <= timezone.now().timestamp():
        return None
    scopes = frozenset(claims["scope"].split())
    return ClientToken(claims["client_id"], scopes, claims["jti"], claims["iat"], claims["exp"])


def live_client(token: ClientToken) -> PartnerClient:
    """The client that shows the token, as it is now. One statement. Raises InvalidToken, UnauthorizedClient (suspended,
    closed, or without the grant type since)."""
    client = PartnerClient.objects.defer(*UNREAD).filter(client_id=token.client_id).first()
    if client is None:
        raise InvalidToken
    if client.status != ClientStatus.ACTIVE or GRANT_TYPE not in client.grant_types:
        raise UnauthorizedClient(client.status)
    return client


def introspect_client_token(token: ClientToken, *, asked_by: PartnerClient) -> dict[str, Any] | None:
    """The members of an active token (RFC 7662 §2.2), without `active`; None for another client than its own, which has
    authenticated and is active."""
    if token.client_id != asked_by.client_id or GRANT_TYPE not in asked_by.grant_types:
        return None
    return {
        "scope": " ".join(scope for scope in own_scopes(asked_by) if scope in token.scopes),
        "client_id": token.client_id,
        "token_type": "Bearer",
        "sub": token.client_id,
        "iss": conf.issuer,
        "aud": conf.issuer,
        "jti": token.jti,
        "iat": token.issued_at,
        "exp": token.expires_at,
    }
