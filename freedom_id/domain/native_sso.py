"""One sign-in for the group's native apps on a device (OpenID Connect Native SSO for Mobile Apps 1.0, draft 07).

The first app gets a device secret with its tokens. Another app of the group that shows it, with an ID token that it is
bound to, is signed in without a page. What it gets hangs on the person's authorization of its own client and, by
`TokenFamily.source`, on the first app's sign-in: whatever ends that ends the secret and both apps' tokens.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consents.errors import CollectionPointClosed
from freedom_id.conf import conf
from freedom_id.domain.asked_data import allowed_scopes
from freedom_id.domain.client_tokens import ScopeNotAllowed
from freedom_id.domain.consent_requests import is_settled
from freedom_id.domain.devices import hold_account, make_room
from freedom_id.domain.events import record_event
from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.person import chosen_values
from freedom_id.domain.rows import NewTokens, live_grants
from freedom_id.domain.signing_keys import claims_of_own
from freedom_id.domain.statements_orm import insert_tokens
from freedom_id.domain.tokens import TokenSet, access_digest, draw_tokens, jti_of, token_ends
from freedom_id.enums import AccountStatus, ClientStatus, EventAction
from freedom_id.errors import FreedomIdError, UnauthorizedClient
from freedom_id.grants import DEVICE_SSO, OPENID, grants_for_scopes
from freedom_id.models import Account, Authorization, AuthorizationRequest, DeviceSecret, PartnerClient, TokenFamily
from freedom_id.sealing import token_digest

HASHED_BYTES = 16


class SharedSignInRefused(FreedomIdError):
    """§4.3: secret and ID token are not of one another, or the session that they are of is over."""

    error = "invalid_grant"
    http_status = 400
    message = "The device_secret or the ID token is not live, or they do not belong together."


class InteractionRequired(FreedomIdError):
    """§4.3: the person has to be asked, and here she cannot be."""

    error = "interaction_required"
    http_status = 400
    message = "The person has to agree first: send her to the authorization endpoint."


@dataclass(frozen=True, slots=True)
class SharedSignIn:
    """What an app found in the storage that it shares with others, and what it asks for; `openid` if nothing."""

    id_token: str = field(repr=False)
    device_secret: str = field(repr=False)
    scope: str = ""


def draw_device_secret(tokens: TokenSet, *, replaces: str = "") -> str:
    """§3.4: the device secret that goes with the tokens which a code just bought, in clear, once; "" without the scope
    `device_sso`, at no cost. It takes the place of `replaces` if that is one of the same person; whatever else stands
    there is as good as nothing."""
    if DEVICE_SSO not in tokens.scope.split():
        return ""
    secret, now = secrets.token_urlsafe(32), timezone.now()
    hers = Q(family__authorization__account=tokens.account_id, ended_at__isnull=True)
    with transaction.atomic():
        if replaces:
            DeviceSecret.objects.filter(hers, digest=token_digest(replaces)).update(ended_at=now)
        DeviceSecret.objects.create(
            digest=token_digest(secret),
            family_id=tokens.id,
            created_at=now,
            expires_at=now + conf.refresh_token_absolute,
        )
    return secret


def ds_hash(device_secret: str) -> str:
    """§3.4: binds an ID token to the device secret, as `at_hash` does to an access token."""
    return _ds_hash(token_digest(device_secret))


def ds_hash_of(tokens: TokenSet) -> str:
    """That of the secret which the tokens' sign-in goes by, for the ID tokens of a refresh; "" when there is none, or
    without the scope `device_sso`, then at no cost."""
    if DEVICE_SSO not in tokens.scope.split():
        return ""
    of_sign_in = Q(family=tokens.id) | Q(family__exchanged=tokens.id)
    digest = DeviceSecret.objects.filter(of_sign_in, ended_at__isnull=True).values_list("digest", flat=True).first()
    return _ds_hash(digest) if digest else ""


def share_sign_in(asked: SharedSignIn, *, client: PartnerClient) -> TokenSet:
    """Sign the person in at `client`, which is authenticated and active, by what another app of the group left on the
    device (§4.3). The ID token may have expired; the secret stays as it is, so that the next app can use it.

    Consent is never invented: all that is asked must stand already. Raises UnauthorizedClient for a client that is no
    native app of the group with the scope `device_sso`, ScopeNotAllowed, SharedSignInRefused, InteractionRequired.
    """
    words = _require_allowed(client, asked.scope)
    claims = _require_bound(asked)
    now = timezone.now()
    with transaction.atomic():
        source = _hold_source(asked.device_secret, now)
        if claims.get("sid") != str(source.sign_in_id) or not _is_of_the_group(claims.get("aud")):
            raise SharedSignInRefused("sid or aud")
        authorization = _require_settled(client, source.authorization.account, grants_for_scopes(words), now)
        if client.max_devices and source.sign_in_id:
            make_room(authorization, limit=client.max_devices, sign_in_id=source.sign_in_id)
        tokens = _issue(_new_family(authorization, source, scope=" ".join(words), now=now))
        actor = source.authorization.client_id
        record_event(authorization.account_id, EventAction.TOKEN_EXCHANGED, client=client, actor=actor)
    return tokens


def shares_sign_ins(client: PartnerClient) -> bool:
    """Whether it is one of the group's native apps that sign in together on a device."""
    return DEVICE_SSO in client.scopes


def _ds_hash(digest: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digest)[:HASHED_BYTES]).rstrip(b"=").decode()


def _require_allowed(client: PartnerClient, scope: str) -> list[str]:
    if not shares_sign_ins(client):
        raise UnauthorizedClient("no device_sso")
    words = list(dict.fromkeys(scope.split())) or [OPENID]
    if not set(words) <= set(allowed_scopes(client)):
        raise ScopeNotAllowed
    return words


def _require_bound(asked: SharedSignIn) -> dict[str, Any]:
    """The claims of an ID token of ours that is bound to the secret."""
    claims = claims_of_own(asked.id_token, typ="JWT")
    if not hmac.compare_digest(str(claims.get("ds_hash")).encode(), ds_hash(asked.device_secret).encode()):
        raise SharedSignInRefused("ds_hash")
    return claims


def _hold_source(device_secret: str, now: datetime) -> TokenFamily:
    """The sign-in behind a live secret. Whoever ends it waits, and then ends what it gave; who was first is seen here,
    for a row that was waited for is judged anew."""
    digest = token_digest(device_secret)
    known = DeviceSecret.objects.select_related("family__authorization").filter(digest=digest).first()
    if known is None:
        raise SharedSignInRefused("unknown")
    hold_account(known.family.authorization.account_id)
    live = (
        TokenFamily.objects.select_for_update(of=("self",), no_key=True)
        .select_related("authorization__account")
        .filter(
            device_secrets__digest=digest,
            device_secrets__ended_at__isnull=True,
            device_secrets__expires_at__gt=now,
            expires_at__gt=now,
            ended_at__isnull=True,
            authorization__ended_at__isnull=True,
            authorization__client__status=ClientStatus.ACTIVE,
            authorization__account__status=AccountStatus.ACTIVE,
        )
        .first()
    )
    if live is None:
        raise SharedSignInRefused("secret")
    return live


def _is_of_the_group(audience: object) -> bool:
    """§4.3: the ID token is one of an app that shares, now."""
    client = PartnerClient.objects.filter(client_id=str(audience), status=ClientStatus.ACTIVE).only("scopes").first()
    return client is not None and shares_sign_ins(client)


def _require_settled(client: PartnerClient, account: Account, grants: Sequence[str], now: datetime) -> Authorization:
    """The rule of `prompt=none`: the connection and all that is asked stand in the ledger, and may be released."""
    try:
        settled = is_settled(AuthorizationRequest(client=client, grants=list(grants)), account)
    except CollectionPointClosed:
        settled = False
    known = Authorization.objects.select_related("account", "client")
    live = known.filter(account=account, client=client, ended_at__isnull=True).first()
    if not settled or live is None or live_grants(list(grants), live.grants, now) != grants:
        raise InteractionRequired
    return live


def _new_family(authorization: Authorization, source: TokenFamily, *, scope: str, now: datetime) -> TokenFamily:
    return TokenFamily.objects.create(
        authorization=authorization,
        grants=grants_for_scopes(scope.split()),
        scope=scope,
        sign_in_id=source.sign_in_id,
        authenticated_at=source.authenticated_at,
        revoke_uri=next(iter(authorization.client.revoke_uris.split()), ""),
        created_at=now,
        expires_at=authorization.no_later(source.expires_at),
        source=source,
    )


def _issue(family: TokenFamily) -> TokenSet:
    authorization, now, end = family.authorization, family.created_at, family.expires_at
    access, refresh = draw_tokens()
    access_expires, refresh_expires = token_ends(now, end)
    new = NewTokens(
        family_id=family.pk,
        account_id=authorization.account_id,
        client_db_id=authorization.client_id,
        access_digest=access_digest(access, family.scope),
        access_expires=access_expires,
        refresh_digest=token_digest(refresh),
        refresh_expires=refresh_expires,
        scope=family.scope,
        now=now,
    )
    insert_tokens(new, source=None)
    return TokenSet(
        id=family.pk,
        access_token=access,
        jti=jti_of(access),
        refresh_token=refresh,
        access_expires=new.access_expires,
        refresh_expires=new.refresh_expires,
        grants=family.grants,
        scope=family.scope,
        nonce="",
        subject=subject_of(authorization.account.freedom_id, authorization.client.sector_identifier),
        client_id=authorization.client.client_id,
        id_token_alg=authorization.client.id_token_signed_response_alg,
        authenticated_at=family.authenticated_at,
        sign_in_id=family.sign_in_id,
        account_id=authorization.account_id,
        chosen=chosen_values(authorization.grants),
    )
