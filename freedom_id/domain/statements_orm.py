"""The ORM twins of `statements`: the same questions, asked through Django, for SQLite."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from freedom_id.domain.person import chosen_values, person_of
from freedom_id.domain.rows import AccessRow, ClientRow, CodeRow, NewRequest, NewTokens, RefreshRow
from freedom_id.enums import Door
from freedom_id.models import (
    AccessToken,
    Authorization,
    AuthorizationRequest,
    BrowserSignIn,
    Grant,
    PartnerClient,
    RefreshToken,
    TokenFamily,
)


def find_client(client_id: str) -> ClientRow | None:
    client = PartnerClient.objects.filter(client_id=client_id).first()
    return _client(client) if client else None


def load_client(client_id: str) -> PartnerClient | None:
    known = PartnerClient.objects.defer("logo", "callback_key", "previous_callback_key")
    return known.filter(client_id=client_id).first()


def read_amr(sign_in_id: UUID, at: datetime) -> list[str]:
    row = BrowserSignIn.objects.filter(pk=sign_in_id).only("amr", "raised_amr", "raised_at").first()
    if row is None:
        return []
    amr: list[str] = row.raised_amr if row.raised_at and row.raised_at <= at else row.amr
    return amr


def insert_link(new: NewRequest) -> None:
    AuthorizationRequest.objects.create(
        id=new.id,
        client_id=new.client_db_id,
        door=Door.FREEDOM_ID,
        redirect_uri=new.redirect_uri,
        grants=new.grants,
        state=new.state,
        code_challenge=new.code_challenge,
        locale=new.locale,
        created_at=new.created_at,
        expires_at=new.expires_at,
    )


def read_code(client_id: str, code_digest: str) -> tuple[ClientRow, CodeRow | None] | None:
    client = PartnerClient.objects.filter(client_id=client_id).first()
    if client is None:
        return None
    code = Grant.objects.select_related("authorization__account").filter(code=code_digest, application=client).first()
    return _client(client), _code(code) if code else None


def spend_code(code: CodeRow, tokens: NewTokens, *, revoke_uri: str, family_expires: datetime) -> bool:
    with transaction.atomic():
        spent = Grant.objects.filter(pk=code.id, spent_at__isnull=True).update(spent_at=tokens.now, updated=tokens.now)
        if not spent:
            return False
        TokenFamily.objects.create(
            pk=tokens.family_id,
            authorization_id=code.authorization_id,
            grants=code.grants,
            scope=tokens.scope,
            nonce=code.nonce,
            sign_in_id=code.sign_in_id,
            authenticated_at=code.authenticated_at,
            revoke_uri=revoke_uri,
            created_at=tokens.now,
            expires_at=family_expires,
        )
        insert_tokens(tokens, source=None)
    return True


def read_refresh(refresh_digest: str, successor_digest: str) -> RefreshRow | None:
    refresh = (
        RefreshToken.objects.select_related("family__authorization__account", "family__authorization__client")
        .filter(token_checksum=refresh_digest)
        .first()
    )
    if refresh is None:
        return None
    family, authorization = refresh.family, refresh.family.authorization
    successor = (
        RefreshToken.objects.select_related("access_token")
        .filter(token_checksum=successor_digest, family=family)
        .first()
    )
    return RefreshRow(
        id=refresh.pk,
        expires=refresh.expires,
        revoked=refresh.revoked,
        rotated_at=refresh.rotated_at,
        family_id=family.pk,
        family_grants=family.grants,
        family_scope=family.scope,
        family_nonce=family.nonce,
        family_expires_at=family.expires_at,
        family_ended_at=family.ended_at,
        sign_in_id=family.sign_in_id,
        authenticated_at=family.authenticated_at,
        authorization_id=authorization.pk,
        authorization_ended_at=authorization.ended_at,
        authorization_grants=authorization.grants,
        account_id=authorization.account_id,
        freedom_id=authorization.account.freedom_id,
        account_status=authorization.account.status,
        client_db_id=authorization.client_id,
        client_id=authorization.client.client_id,
        client_status=authorization.client.status,
        errors_as_200=authorization.client.errors_as_200,
        successor_expires=successor.expires if successor else None,
        successor_access_expires=successor.access_token.expires if successor and successor.access_token else None,
        successor_rotated_at=successor.rotated_at if successor else None,
        sector_identifier=authorization.client.sector_identifier,
        id_token_alg=authorization.client.id_token_signed_response_alg,
    )


def rotate_refresh(refresh_id: int, tokens: NewTokens) -> bool:
    with transaction.atomic():
        rotated = RefreshToken.objects.filter(pk=refresh_id, rotated_at__isnull=True, revoked__isnull=True).update(
            rotated_at=tokens.now, revoked=tokens.now, updated=tokens.now
        )
        if not rotated:
            return False
        insert_tokens(tokens, source=refresh_id)
    return True


def read_access(access_digest: str) -> AccessRow | None:
    token = (
        AccessToken.objects.select_related("family__authorization__account", "family__authorization__client")
        .filter(token_checksum=access_digest)
        .first()
    )
    if token is None:
        return None
    family, authorization = token.family, token.family.authorization
    account = authorization.account
    return AccessRow(
        expires=token.expires,
        scope=token.scope,
        family_grants=family.grants,
        family_ended_at=family.ended_at,
        authorization_id=authorization.pk,
        authorization_ended_at=authorization.ended_at,
        authorization_grants=authorization.grants,
        client_db_id=authorization.client_id,
        client_id=authorization.client.client_id,
        client_status=authorization.client.status,
        errors_as_200=authorization.client.errors_as_200,
        account_id=account.pk,
        freedom_id=account.freedom_id,
        account_status=account.status,
        sector_identifier=authorization.client.sector_identifier,
        userinfo_alg=authorization.client.userinfo_signed_response_alg,
        last_read_at=authorization.last_read_at,
        load_person=lambda _fields: person_of(account, chosen_values(authorization.grants)),
    )


def mark_read(authorization_id: UUID, *, now: datetime, before: datetime) -> None:
    known = Q(last_read_at__isnull=True) | Q(last_read_at__lte=before)
    Authorization.objects.filter(known, pk=authorization_id, ended_at__isnull=True).update(last_read_at=now)


def mark_secret_used(client_id: int, digest: str, *, now: datetime, before: datetime) -> None:
    for secret, used in (("client_secret", "secret_used_at"), ("previous_secret", "previous_secret_used_at")):
        known = Q(**{f"{used}__isnull": True}) | Q(**{f"{used}__lte": before})
        PartnerClient.objects.filter(known, pk=client_id, **{secret: digest}).update(**{used: now})


def insert_tokens(tokens: NewTokens, *, source: int | None) -> None:
    """The access and the refresh token of a family; `source` is the refresh token that they follow."""
    shared = {
        "user_id": tokens.account_id,
        "application_id": tokens.client_db_id,
        "family_id": tokens.family_id,
        "token": "",
    }
    access = AccessToken.objects.create(
        source_refresh_token_id=source,
        token_checksum=tokens.access_digest,
        expires=tokens.access_expires,
        scope=tokens.scope,
        **shared,
    )
    RefreshToken.objects.create(
        token_checksum=tokens.refresh_digest,
        access_token=access,
        token_family=tokens.family_id,
        expires=tokens.refresh_expires,
        **shared,
    )


def _client(client: PartnerClient) -> ClientRow:
    return ClientRow(
        id=client.pk,
        client_id=client.client_id,
        secret=client.client_secret,
        status=client.status,
        client_type=client.client_type,
        native=client.native,
        errors_as_200=client.errors_as_200,
        redirect_uris=client.redirect_uris,
        revoke_uris=client.revoke_uris,
        grants=client.grants,
        previous_secret=client.previous_secret,
        previous_secret_expires_at=client.previous_secret_expires_at,
        sector_identifier=client.sector_identifier,
        id_token_alg=client.id_token_signed_response_alg,
        secret_used_at=client.secret_used_at,
        previous_secret_used_at=client.previous_secret_used_at,
    )


def _code(code: Grant) -> CodeRow:
    account = code.authorization.account
    return CodeRow(
        id=code.pk,
        expires=code.expires,
        spent_at=code.spent_at,
        family_id=code.family_id,
        redirect_uri=code.redirect_uri,
        scope=code.scope,
        grants=code.grants,
        nonce=code.nonce,
        code_challenge=code.code_challenge,
        sign_in_id=code.sign_in_id,
        authenticated_at=code.authenticated_at,
        account_id=account.pk,
        freedom_id=account.freedom_id,
        account_status=account.status,
        authorization_id=code.authorization_id,
        authorization_ended_at=code.authorization.ended_at,
        authorization_grants=code.authorization.grants,
        client_db_id=code.application_id,
        id_token_claims=code.id_token_claims,
        authorization_ends_at=code.authorization.ends_at,
    )
