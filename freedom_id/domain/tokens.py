"""Codes become tokens, refresh tokens become their successors, access tokens are judged. Both OAuth doors call
these."""

import base64
import hashlib
import hmac
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.authorizations import end_family
from freedom_id.domain.events import record_event
from freedom_id.domain.links import ClientCredentials, prove_client
from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.person import chosen_values
from freedom_id.domain.rfc9068_access_token import read_jti
from freedom_id.domain.rows import AccessRow, AskingToken, ClientRow, CodeRow, NewTokens, RefreshRow, live_grants
from freedom_id.domain.sandbox_values import raise_at_code, raise_at_token
from freedom_id.domain.statements import read_access, read_code, read_refresh, rotate_refresh, spend_code
from freedom_id.enums import AccountStatus, ClientStatus, EndReason, EventAction
from freedom_id.errors import (
    AccountUnavailable,
    InvalidCode,
    InvalidFields,
    InvalidRefreshToken,
    InvalidToken,
    PkceFailed,
    RefreshTokenReused,
    UnauthorizedClient,
)
from freedom_id.grants import scope_for_grants
from freedom_id.models import TokenFamily
from freedom_id.sealing import expand, token_digest

TOKEN_LENGTH = 128
OPAQUE = "at-"
GRACE = timedelta(seconds=10)
_ALPHABET = (string.ascii_letters + string.digits).encode()
Bearer = TypeVar("Bearer", AccessRow, AskingToken)
# 256 byte values onto 62 letters: 5.95 bits a character, 760 bits a token
_TO_LETTERS = bytes(_ALPHABET[value % len(_ALPHABET)] for value in range(256))


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a client receives: the family's id, both tokens in clear, their ends, and what they allow now (`grants`, and
    of the scopes that were asked those that still name something). `subject` is who the person is to this client,
    `chosen` which number and address she chose for it, `id_token_claims` what it asked to have in the ID token that the
    code buys."""

    id: UUID
    access_token: str
    jti: str
    refresh_token: str
    access_expires: datetime
    refresh_expires: datetime
    grants: list[str]
    scope: str
    nonce: str
    subject: str
    client_id: str
    id_token_alg: str
    authenticated_at: datetime
    sign_in_id: UUID | None
    account_id: int
    chosen: Mapping[str, int | None]
    id_token_claims: str = ""

    @property
    def is_refreshable(self) -> bool:
        return self.refresh_expires > self.access_expires


def exchange_code(
    credentials: ClientCredentials,
    *,
    code: str,
    code_verifier: str = "",
    revoke_uri: str = "",
    redirect_uri: str | None = None,
    proven: bool = False,
) -> TokenSet:
    """Exchange an authorization code (RFC 6749 §4.1.3): two statements, one commit.

    `redirect_uri` is what the standard door received; the Freedom ID door sends none, and neither takes the other's
    codes. `proven` says that the toolkit authenticated the client already. Exactly one of many racers succeeds; the
    code's second use ends every token that it bought. Raises InvalidClient, RateLimited, UnauthorizedClient,
    InvalidCode, PkceFailed, AccountUnavailable, InvalidFields (a revoke_uri that is not registered).
    """
    found = read_code(credentials.client_id, token_digest(code))
    client = found[0] if found and proven else prove_client(found[0] if found else None, credentials)
    row = found[1] if found else None
    now = timezone.now()
    if row is None:
        raise_at_code(client.client_id, code)
    if row is None or (row.expires <= now and row.spent_at is None) or row.authorization_ended_at is not None:
        raise InvalidCode
    if row.spent_at is not None:
        raise _replayed(row)
    if redirect_uri not in (None, row.redirect_uri) or (redirect_uri is None) == bool(row.scope):
        raise InvalidCode("redirect_uri differs, or the other door's code")
    _verify_pkce(row.code_challenge, code_verifier)
    _require_account(row.account_status)
    revoke_uri = _registered_revoke_uri(client, revoke_uri)
    tokens, new = _draw_tokens(row, now)
    if not spend_code(row, new, revoke_uri=revoke_uri, family_expires=_family_end(row, now)):
        raise _replayed_meanwhile(credentials.client_id, code)
    return _token_set(tokens, new, row, client)


def rotate_refresh_token(refresh_token: str, *, client_id: str | None = None) -> TokenSet:
    """Rotate a refresh token (RFC 9700 §4.14): two statements, one commit.

    The successor is derived from the presented token under a server key, so every racer and every retry within 10 s
    gets the same one, though no token is stored. Later reuse ends the family. `client_id` is the client that the
    standard door authenticated; neither door takes the other's tokens. Raises InvalidRefreshToken, RefreshTokenReused,
    UnauthorizedClient, AccountUnavailable.
    """
    access, refresh = successors(refresh_token)
    row = read_refresh(token_digest(refresh_token), token_digest(refresh))
    now = timezone.now()
    if row is None:
        raise_at_token(refresh_token)
    _require_usable(row, client_id)
    assert row is not None  # noqa: S101 -- for the type checker: _require_usable refused None
    if row.rotated_at is None:
        if row.expires <= now:
            raise InvalidRefreshToken("expired")
        new = _successor_rows(row, access, refresh, now)
        if rotate_refresh(row.id, new):
            return _successor_set((access, refresh), new.access_expires, new.refresh_expires, row, now)
        row = read_refresh(token_digest(refresh_token), token_digest(refresh))
        _require_usable(row, client_id)
    return _retry(row, (access, refresh), now)


def live_access(access_token: str) -> AccessRow:
    """The live access token behind a bearer string, in one statement. Raises InvalidToken, AccountUnavailable,
    UnauthorizedClient. What the person withdrew, a sign-out or a suspension shows at the very next call."""
    row = read_access(presented_digest(access_token))
    if row is None:
        raise_at_token(access_token)
    return require_live(row)


def opaque_access_token(tokens: TokenSet) -> str:
    """The access token of the standard door for a client that is to read nothing in it. Its row is the one of the JWT;
    the dash, which no drawn token has, tells it from a token of the Freedom ID door."""
    return f"{OPAQUE}{tokens.access_token}"


def presented_digest(access_token: str) -> str:
    """Under which digest a presented bearer string is stored, be it opaque or a JWT of ours."""
    if access_token.startswith(OPAQUE):
        return jti_digest(jti_of(access_token.removeprefix(OPAQUE)))
    jti = read_jti(access_token) if "." in access_token else None
    return jti_digest(jti) if jti else token_digest(access_token)


def require_live(row: Bearer | None) -> Bearer:
    """The row, once it is sure that token, family, authorization, client and account are all live. Raises as
    `live_access`."""
    if row is None or row.expires <= timezone.now() or not row.is_live:
        raise InvalidToken
    if row.client_status != ClientStatus.ACTIVE:
        raise UnauthorizedClient(row.client_status)
    _require_account(row.account_status)
    return row


def access_digest(token: str, scope: str) -> str:
    """The digest under which an access token is stored. The standard door (it alone has scopes) wraps the token into a
    JWT that shows `jti`; a jti is no secret, so it must not be a bearer token by itself."""
    return jti_digest(jti_of(token)) if scope else token_digest(token)


def jti_of(token: str) -> str:
    return token_digest(token)[:32]


def jti_digest(jti: str) -> str:
    return token_digest(f"jti:{jti}")


def draw_tokens() -> tuple[str, str]:
    """A new access token and its refresh token."""
    letters = secrets.token_bytes(2 * TOKEN_LENGTH).translate(_TO_LETTERS).decode()
    return letters[:TOKEN_LENGTH], letters[TOKEN_LENGTH:]


def successors(refresh_token: str) -> tuple[str, str]:
    """The access and refresh token that follow `refresh_token`: only holders of the server key can derive them."""
    letters = expand(refresh_token, "successor", 2 * TOKEN_LENGTH).translate(_TO_LETTERS).decode()
    return letters[:TOKEN_LENGTH], letters[TOKEN_LENGTH:]


def token_ends(now: datetime, family_expires: datetime) -> tuple[datetime, datetime]:
    """Until when a new access and refresh token are good. Neither outlives its sign-in, and a refresh token that could
    buy no more than what the access token has left is over at once: what was shared once is refreshed never."""
    access = min(now + conf.access_token_lifetime, family_expires)
    refresh = min(now + conf.refresh_token_idle, family_expires)
    return access, refresh if refresh > access + conf.code_lifetime else now


def _family_end(row: CodeRow, now: datetime) -> datetime:
    end = now + conf.refresh_token_absolute
    return min(end, row.authorization_ends_at) if row.authorization_ends_at else end


def revoke_token(token: str, *, client_id: str) -> None:
    """RFC 7009: the client gives a token back; its whole family ends. Unknown and foreign tokens change nothing. An
    exchanged token is of the client that got it, and of the one that it is for."""
    access = presented_digest(token)
    with transaction.atomic():
        family = (
            TokenFamily.objects.filter(refresh_tokens__token_checksum=token_digest(token)).first()
            or TokenFamily.objects.filter(access_tokens__token_checksum=access).first()
        )
        if family and client_id in _owners(family):
            end_family(family, reason=EndReason.REVOKED)


def _owners(family: TokenFamily) -> set[str]:
    families = [family, family.source] if family.source else [family]
    return {owned.authorization.client.client_id for owned in families}


def _draw_tokens(row: CodeRow, now: datetime) -> tuple[tuple[str, str], NewTokens]:
    access, refresh = draw_tokens()
    access_expires, refresh_expires = token_ends(now, _family_end(row, now))
    new = NewTokens(
        family_id=row.family_id,
        account_id=row.account_id,
        client_db_id=row.client_db_id,
        access_digest=access_digest(access, row.scope),
        access_expires=access_expires,
        refresh_digest=token_digest(refresh),
        refresh_expires=refresh_expires,
        scope=row.scope,
        now=now,
    )
    return (access, refresh), new


def _successor_rows(row: RefreshRow, access: str, refresh: str, now: datetime) -> NewTokens:
    access_expires, refresh_expires = token_ends(now, row.family_expires_at)
    return NewTokens(
        family_id=row.family_id,
        account_id=row.account_id,
        client_db_id=row.client_db_id,
        access_digest=access_digest(access, row.family_scope),
        access_expires=access_expires,
        refresh_digest=token_digest(refresh),
        refresh_expires=refresh_expires,
        scope=row.family_scope,
        now=now,
    )


def _token_set(tokens: tuple[str, str], new: NewTokens, row: CodeRow, client: ClientRow) -> TokenSet:
    grants = live_grants(row.grants, row.authorization_grants, new.now)
    return TokenSet(
        id=new.family_id,
        access_token=tokens[0],
        jti=jti_of(tokens[0]),
        refresh_token=tokens[1],
        access_expires=new.access_expires,
        refresh_expires=new.refresh_expires,
        grants=grants,
        scope=scope_for_grants(row.scope, grants),
        nonce=row.nonce,
        subject=subject_of(row.freedom_id, client.sector_identifier),
        client_id=client.client_id,
        id_token_alg=client.id_token_alg,
        authenticated_at=row.authenticated_at,
        sign_in_id=row.sign_in_id,
        account_id=row.account_id,
        chosen=chosen_values(row.authorization_grants),
        id_token_claims=row.id_token_claims,
    )


def _successor_set(
    tokens: tuple[str, str], access_expires: datetime, refresh_expires: datetime, row: RefreshRow, now: datetime
) -> TokenSet:
    grants = live_grants(row.family_grants, row.authorization_grants, now)
    return TokenSet(
        id=row.family_id,
        access_token=tokens[0],
        jti=jti_of(tokens[0]),
        refresh_token=tokens[1],
        access_expires=access_expires,
        refresh_expires=refresh_expires,
        grants=grants,
        scope=scope_for_grants(row.family_scope, grants),
        nonce=row.family_nonce,
        subject=subject_of(row.freedom_id, row.sector_identifier),
        client_id=row.client_id,
        id_token_alg=row.id_token_alg,
        authenticated_at=row.authenticated_at,
        sign_in_id=row.sign_in_id,
        account_id=row.account_id,
        chosen=chosen_values(row.authorization_grants),
    )


def _require_usable(row: RefreshRow | None, client_id: str | None) -> None:
    if row is None or row.is_ended or client_id not in (None, row.client_id):
        raise InvalidRefreshToken
    if (client_id is None) == bool(row.family_scope):
        raise InvalidRefreshToken("the other door's token")
    if row.client_status != ClientStatus.ACTIVE:
        raise UnauthorizedClient(row.client_status)
    _require_account(row.account_status)


def _retry(row: Any, tokens: tuple[str, str], now: datetime) -> TokenSet:
    """A rotated token came back: the same successor for the direct predecessor within the grace, else the family
    ends."""
    fresh = row.rotated_at is not None and now - row.rotated_at <= GRACE
    if fresh and row.successor_expires and row.successor_access_expires and row.successor_rotated_at is None:
        return _successor_set(tokens, row.successor_access_expires, row.successor_expires, row, now)
    with transaction.atomic():
        end_family(TokenFamily.objects.get(pk=row.family_id), reason=EndReason.TOKEN_REUSED)
        record_event(row.account_id, EventAction.TOKEN_REUSED, client=row.client_db_id)
    raise RefreshTokenReused


def _replayed(row: CodeRow) -> InvalidCode:
    """RFC 6749 §4.1.2: "SHOULD revoke (when possible) all tokens previously issued based on that code"."""
    bought = TokenFamily.objects.filter(pk=row.family_id).first()
    if bought is not None:
        with transaction.atomic():
            end_family(bought, reason=EndReason.CODE_REPLAYED)
            record_event(row.account_id, EventAction.CODE_REPLAYED, client=row.client_db_id)
    return InvalidCode("replayed")


def _replayed_meanwhile(client_id: str, code: str) -> InvalidCode:
    found = read_code(client_id, token_digest(code))
    return _replayed(found[1]) if found and found[1] else InvalidCode()


def _verify_pkce(challenge: str, verifier: str) -> None:
    """RFC 7636 §4.6, S256 only; a verifier for a code without a challenge is refused too (RFC 9700 §4.8.2)."""
    if not challenge and not verifier:
        return
    computed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not hmac.compare_digest(computed.encode(), challenge.encode()):
        raise PkceFailed


def _registered_revoke_uri(client: ClientRow, asked: str) -> str:
    registered = client.revoke_uris.split()
    if asked and asked not in registered:
        raise InvalidFields({"revoke_uri": ["The Revoke uri is not registered."]})
    return asked or (registered[0] if registered else "")


def _require_account(status: str) -> None:
    if status != AccountStatus.ACTIVE:
        raise AccountUnavailable(status)
