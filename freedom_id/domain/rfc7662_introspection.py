"""What a token is worth at this moment (RFC 7662 §2.2), for the client that it was issued to."""

from typing import Any

from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.rfc9068_access_token import claims_of_access_token
from freedom_id.domain.rows import AccessRow
from freedom_id.domain.tokens import live_access
from freedom_id.enums import AccountStatus, ClientStatus
from freedom_id.errors import AccountUnavailable, InvalidToken, UnauthorizedClient
from freedom_id.grants import scope_for_grants
from freedom_id.models import RefreshToken
from freedom_id.sealing import token_digest

OF_THE_JWT = ("aud", "jti", "iat", "auth_time", "act")


def introspect(token: str, *, client_id: str) -> dict[str, Any] | None:
    """The members of an active token, without `active`; None for every other: unknown, foreign, ended, expired, of a
    suspended client or a closed account. One statement for an access token, two for a refresh token.

    A token is the business of the client that it was issued to, an exchanged one of its audience. `scope` is what the
    person still allows.
    """
    try:
        access = live_access(token)
    except InvalidToken:
        return _refresh_token(token, client_id)
    except (AccountUnavailable, UnauthorizedClient):
        return None
    return _access_token(access, token) if access.client_id == client_id else None


def _access_token(access: AccessRow, token: str) -> dict[str, Any]:
    shared = access.live_grants(timezone.now())
    claims = claims_of_access_token(token) if "." in token else {}
    return {
        "scope": scope_for_grants(access.scope, shared) if access.scope else " ".join(shared),
        "client_id": claims.get("client_id", access.client_id),
        "token_type": "Bearer",
        "exp": int(access.expires.timestamp()),
        "sub": access.subject,
        "iss": conf.issuer,
        **{name: claims[name] for name in OF_THE_JWT if name in claims},
    }


def _refresh_token(token: str, client_id: str) -> dict[str, Any] | None:
    now = timezone.now()
    row = (
        RefreshToken.objects.filter(
            token_checksum=token_digest(token),
            rotated_at=None,
            revoked=None,
            expires__gt=now,
            family__ended_at=None,
            family__authorization__ended_at=None,
            family__authorization__account__status=AccountStatus.ACTIVE,
            family__authorization__client__client_id=client_id,
            family__authorization__client__status=ClientStatus.ACTIVE,
        )
        .values_list(
            "expires",
            "created",
            "family__scope",
            "family__authorization__account__freedom_id",
            "family__authorization__client__sector_identifier",
        )
        .first()
    )
    if row is None:
        return None
    expires, created, scope, freedom_id, sector = row
    members = {"exp": int(expires.timestamp()), "iat": int(created.timestamp())}
    return {
        "scope": scope,
        "client_id": client_id,
        "sub": subject_of(freedom_id, sector),
        "iss": conf.issuer,
        **members,
    }
