"""A client exchanges a person's token for one that another client may be shown (RFC 8693, row 12 of the Identity door).

The new token hangs on the person's authorization of the audience, and by `TokenFamily.source` on the token that it was
exchanged for: whichever ends first ends it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from consents.domain.check import check_consents
from consents.domain.subjects import find_subject
from freedom_id.conf import conf
from freedom_id.domain.asked_data import allowed_scopes
from freedom_id.domain.events import record_event
from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.queries.clients import clients_named
from freedom_id.domain.rfc9068_access_token import sign_access_token
from freedom_id.domain.rows import AccessRow, ClientRow, live_grants
from freedom_id.domain.tokens import jti_digest, live_access, presented_digest
from freedom_id.enums import AccountStatus, ClientStatus, EventAction
from freedom_id.errors import AccountUnavailable, FreedomIdError, InvalidToken, UnauthorizedClient
from freedom_id.grants import IDENTITY_PROVIDER, grants_for_scopes, scope_for_grants
from freedom_id.models import AccessToken, Authorization, BridgePolicy, PartnerClient, TokenFamily

OFFLINE_ACCESS = "offline_access"
AUDIENCE_FIELDS = ["client_id", "redirect_uris", "scopes", "grants", "first_party", "sector_identifier"]


class SubjectTokenRefused(FreedomIdError):
    """RFC 8693 §2.2.2: a subject token that is "invalid for any reason" is `invalid_request`."""

    error = "invalid_request"
    http_status = 400
    message = "The subject_token is not live, or was not issued to this client."


class TargetRefused(FreedomIdError):
    """RFC 8693 §2.2.2. Unknown, suspended and not allowed are one answer."""

    error = "invalid_target"
    http_status = 400
    message = "This client may not get a token for that audience."


class ConsentRequired(FreedomIdError):
    error = "consent_required"
    http_status = 403
    message = "The person has not agreed to be known to the audience."


class ScopeRefused(FreedomIdError):
    """RFC 6749 §5.2: "invalid, unknown, malformed, or exceeds the scope granted"."""

    error = "invalid_scope"
    http_status = 400
    message = "Nothing that is asked is allowed to this client, to the audience and by the person alike."


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is asked. `audience` is a client's integer or UUID; without `scope` everything that is possible; `hosts` are
    where the audience will use the token, each one of its own."""

    subject_token: str
    audience: str
    scope: str = ""
    hosts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    access_token: str
    expires_in: int
    scope: str


def exchange_token(asked: Exchange, *, caller: ClientRow | PartnerClient) -> ExchangedToken:
    """A token of the audience, narrower than the one that `caller` shows and no longer; without a refresh token.

    `caller` is authenticated and active. Staff has paired it with the audience, and the person has agreed to be known
    there. The token allows what the shown one does, the audience may ask for, and the person lets both have. Raises
    SubjectTokenRefused, TargetRefused, ConsentRequired, ScopeRefused.
    """
    audience = _require_target(asked, caller.client_id)
    subject = _require_subject(asked.subject_token, caller.client_id)
    authorization = _require_consent(subject, audience)
    now = timezone.now()
    scope, grants = _narrowed(asked.scope, subject, audience, authorization, now)
    expires = authorization.no_later(min(subject.expires, now + conf.access_token_lifetime))
    new = TokenFamily(authorization=authorization, grants=grants, scope=scope, created_at=now, expires_at=expires)
    jti = secrets.token_hex(16)
    with transaction.atomic():
        _write(new, _lock_source(asked.subject_token), audience=audience, jti=jti)
        record_event(subject.account_id, EventAction.TOKEN_EXCHANGED, client=audience, actor=caller.id)
    sub = subject_of(subject.freedom_id, audience.sector_identifier)
    token = _sign(new, jti, sub=sub, audience=audience.client_id, actor=caller.client_id)
    return ExchangedToken(token, int(expires.timestamp()) - int(now.timestamp()), scope)


def _require_target(asked: Exchange, caller: str) -> PartnerClient:
    """Judged before the token: a client that was paired with nobody learns nothing about a token."""
    audience = clients_named(asked.audience).filter(status=ClientStatus.ACTIVE).only(*AUDIENCE_FIELDS).first()
    if audience is None or not BridgePolicy.objects.filter(caller__client_id=caller, audience=audience).exists():
        raise TargetRefused
    if not {host.lower() for host in asked.hosts} <= {urlsplit(uri).hostname for uri in audience.redirect_uris.split()}:
        raise TargetRefused("hosts")
    return audience


def _require_subject(token: str, caller: str) -> AccessRow:
    try:
        subject = live_access(token)
    except (InvalidToken, AccountUnavailable, UnauthorizedClient) as error:
        raise SubjectTokenRefused(str(error)) from None
    if subject.client_id != caller:
        raise SubjectTokenRefused("issued to another client")
    return subject


def _require_consent(subject: AccessRow, audience: PartnerClient) -> Authorization:
    """The ledger and the standing decision agree; both are asked, because the token hangs on the second."""
    known = check_consents(find_subject(subject.account_id), names=[IDENTITY_PROVIDER], scope_key=audience.client_id)[
        IDENTITY_PROVIDER
    ]
    live = Authorization.objects.filter(
        account=subject.account_id, client=audience, ended_at__isnull=True, account__status=AccountStatus.ACTIVE
    ).first()
    if not known.allowed or live is None:
        raise ConsentRequired
    return live


def _narrowed(
    asked: str, subject: AccessRow, audience: PartnerClient, authorization: Authorization, now: datetime
) -> tuple[str, list[str]]:
    """RFC 8693 §2.1: never more than the shown token. A Freedom ID token holds its grants as scopes."""
    shared = subject.live_grants(now)
    held = subject.scope.split() or shared
    possible = [word for word in allowed_scopes(audience) if word in held and word != OFFLINE_ACCESS]
    words = list(dict.fromkeys(asked.split())) or possible
    if not words or not set(words) <= set(possible):
        raise ScopeRefused
    given = [grant for grant in grants_for_scopes(words) if grant in shared]
    grants = live_grants(given, authorization.grants, now)
    scope = scope_for_grants(" ".join(words), grants)
    if not scope:
        raise ScopeRefused
    return scope, grants


def _lock_source(token: str) -> TokenFamily:
    """Whoever ends the shown token waits, and then ends what it bought. A token that was exchanged already goes no
    further: nobody agreed to a chain."""
    rows = TokenFamily.objects.select_for_update(of=("self",), no_key=True)
    source = rows.filter(access_tokens__token_checksum=presented_digest(token)).first()
    if source is None or source.ended_at is not None:
        raise SubjectTokenRefused("ended meanwhile")
    if source.source_id is not None:
        raise SubjectTokenRefused("exchanged already")
    return source


def _write(new: TokenFamily, source: TokenFamily, *, audience: PartnerClient, jti: str) -> None:
    new.source, new.sign_in_id, new.authenticated_at = source, source.sign_in_id, source.authenticated_at
    new.save(force_insert=True)
    AccessToken.objects.create(
        family=new,
        user_id=new.authorization.account_id,
        application=audience,
        token="",
        token_checksum=jti_digest(jti),
        expires=new.expires_at,
        scope=new.scope,
    )


def _sign(family: TokenFamily, jti: str, *, sub: str, audience: str, actor: str) -> str:
    """RFC 8693 §4.1 and §4.3: `act` and `client_id` are the client that asked."""
    return sign_access_token(
        sub=sub,
        client_id=actor,
        jti=jti,
        scope=family.scope,
        issued_at=int(family.created_at.timestamp()),
        expires_at=int(family.expires_at.timestamp()),
        auth_time=int(family.authenticated_at.timestamp()),
        aud=audience,
        actor=actor,
    )
