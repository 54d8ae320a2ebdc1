"""Rows for the measured requests: people who share with one partner, codes not spent yet, tokens that live."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from freedom_id.domain.tokens import TOKEN_LENGTH
from freedom_id.models import AccessToken, Authorization, Grant, PartnerClient, RefreshToken, TokenFamily
from freedom_id.sealing import token_digest
from tests.factories.people import partner, person

PEOPLE = 500
SHARED = ["read.firstname", "read.lastname", "read.phone", "read.email"]
LONG = timedelta(days=1)


@dataclass
class Rows:
    client: PartnerClient
    secret: str
    authorizations: list[Authorization]


def make_rows(people: int = PEOPLE) -> Rows:
    client, secret = partner()
    entry = {code: {"transaction": str(uuid4()), "until": None} for code in SHARED}
    accounts = [person() for _number in range(people)]
    authorizations = [Authorization(account=account, client=client, grants=entry) for account in accounts]
    return Rows(client, secret, Authorization.objects.bulk_create(authorizations))


def make_codes(rows: Rows, number: int) -> list[str]:
    codes = [secrets.token_urlsafe(48) for _number in range(number)]
    now = timezone.now()
    Grant.objects.bulk_create(
        [
            Grant(
                code=token_digest(code),
                user_id=authorization.account_id,
                application=rows.client,
                authorization=authorization,
                redirect_uri="https://partner.example/callback",
                grants=SHARED,
                authenticated_at=now,
                expires=now + LONG,
            )
            for code, authorization in zip(codes, _cycled(rows, number), strict=True)
        ],
        batch_size=2000,
    )
    return codes


def make_tokens(rows: Rows, number: int, grants: Sequence[str] = SHARED) -> tuple[list[str], list[str]]:
    """Access and refresh tokens for these grants, each pair in a family of its own."""
    now = timezone.now()
    pairs = [(_token(), _token()) for _number in range(number)]
    families = TokenFamily.objects.bulk_create(
        [
            TokenFamily(authorization=authorization, grants=list(grants), authenticated_at=now, expires_at=now + LONG)
            for authorization in _cycled(rows, number)
        ],
        batch_size=2000,
    )
    access = AccessToken.objects.bulk_create(
        [
            _stored(AccessToken, token, family, rows.client)
            for (token, _refresh), family in zip(pairs, families, strict=True)
        ],
        batch_size=2000,
    )
    refresh = [
        _stored(RefreshToken, pair[1], family, rows.client) for pair, family in zip(pairs, families, strict=True)
    ]
    for row, parent in zip(refresh, access, strict=True):
        row.access_token = parent
    RefreshToken.objects.bulk_create(refresh, batch_size=2000)
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _stored(
    model: type[AccessToken] | type[RefreshToken], token: str, family: TokenFamily, client: PartnerClient
) -> AccessToken | RefreshToken:
    return model(
        user_id=family.authorization.account_id,
        token="",
        token_checksum=token_digest(token),
        application=client,
        family=family,
        expires=timezone.now() + LONG,
    )


def _token() -> str:
    return secrets.token_hex(TOKEN_LENGTH // 2)


def _cycled(rows: Rows, number: int) -> list[Authorization]:
    return [rows.authorizations[index % len(rows.authorizations)] for index in range(number)]
