"""Rows for the measured requests: people who share with one partner, codes not spent yet, tokens that live."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from freedom_id.domain.rfc9068_access_token import sign_access_token
from freedom_id.domain.tokens import TOKEN_LENGTH, access_digest, jti_of
from freedom_id.models import (
    AccessToken,
    Authorization,
    BrowserSignIn,
    Device,
    Grant,
    PartnerClient,
    RefreshToken,
    TokenFamily,
)
from freedom_id.sealing import token_digest
from tests.compliance.standard_door import CHALLENGE
from tests.factories.people import REDIRECT_URI, partner, person

PEOPLE = 500
SHARED = ["read.firstname", "read.lastname", "read.phone", "read.email"]
LONG = timedelta(days=1)
STANDARD = {
    "scope": "openid profile email phone offline_access",
    "redirect_uri": REDIRECT_URI,
    "nonce": "n-0S6_WzA2Mj",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@dataclass
class Rows:
    client: PartnerClient
    secret: str
    authorizations: list[Authorization]


def make_rows(people: int = PEOPLE) -> Rows:
    client, secret = partner(grant_types=["authorization_code", "refresh_token", "client_credentials"])
    entry = {code: {"transaction": str(uuid4()), "until": None} for code in SHARED}
    accounts = [person() for _number in range(people)]
    authorizations = [Authorization(account=account, client=client, grants=entry) for account in accounts]
    return Rows(client, secret, Authorization.objects.bulk_create(authorizations))


def sign_ins_of(rows: Rows) -> dict[int, UUID]:
    """One sign-in of each person, by password, at a browser: what an ID token tells of."""
    devices = Device.objects.bulk_create(
        [Device(account_id=one.account_id, key=secrets.token_hex(32)) for one in rows.authorizations]
    )
    sign_ins = BrowserSignIn.objects.bulk_create(
        [BrowserSignIn(id=uuid4(), device=device, amr=["pwd"]) for device in devices]
    )
    return {sign_in.device.account_id: sign_in.pk for sign_in in sign_ins}


def make_codes(rows: Rows, number: int, *, standard: bool = False) -> list[str]:
    """Codes of links, or of the standard door."""
    asked = STANDARD if standard else {"redirect_uri": "https://partner.example/callback"}
    signed_in = sign_ins_of(rows) if standard else {}
    codes = [secrets.token_urlsafe(48) for _number in range(number)]
    now = timezone.now()
    Grant.objects.bulk_create(
        [
            Grant(
                code=token_digest(code),
                user_id=authorization.account_id,
                application=rows.client,
                authorization=authorization,
                sign_in_id=signed_in.get(authorization.account_id),
                grants=SHARED,
                authenticated_at=now,
                expires=now + LONG,
                **asked,
            )
            for code, authorization in zip(codes, _cycled(rows, number), strict=True)
        ],
        batch_size=2000,
    )
    return codes


def make_tokens(
    rows: Rows, number: int, grants: Sequence[str] = SHARED, *, standard: bool = False
) -> tuple[list[str], list[str]]:
    """Access and refresh tokens for these grants, each pair in a family of its own; of links, or of the standard
    door (the access tokens as JWTs)."""
    scope = STANDARD["scope"] if standard else ""
    signed_in = sign_ins_of(rows) if standard else {}
    now = timezone.now()
    pairs = [(_token(), _token()) for _number in range(number)]
    families = TokenFamily.objects.bulk_create(
        [
            TokenFamily(
                authorization=authorization,
                grants=list(grants),
                scope=scope,
                sign_in_id=signed_in.get(authorization.account_id),
                authenticated_at=now,
                expires_at=now + LONG,
            )
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
    shown = [_jwt(pair[0], family) if scope else pair[0] for pair, family in zip(pairs, families, strict=True)]
    return shown, [pair[1] for pair in pairs]


def _jwt(token: str, family: TokenFamily) -> str:
    now = int(family.authenticated_at.timestamp())
    return sign_access_token(
        sub=str(family.authorization.account.freedom_id),
        client_id=family.authorization.client.client_id,
        jti=jti_of(token),
        scope=family.scope,
        issued_at=now,
        expires_at=now + int(LONG.total_seconds()),
        auth_time=now,
    )


def _stored(
    model: type[AccessToken] | type[RefreshToken], token: str, family: TokenFamily, client: PartnerClient
) -> AccessToken | RefreshToken:
    scope = {"scope": family.scope} if model is AccessToken else {}
    return model(
        user_id=family.authorization.account_id,
        token="",
        token_checksum=access_digest(token, family.scope) if model is AccessToken else token_digest(token),
        application=client,
        family=family,
        expires=timezone.now() + LONG,
        **scope,
    )


def _token() -> str:
    return secrets.token_hex(TOKEN_LENGTH // 2)


def _cycled(rows: Rows, number: int) -> list[Authorization]:
    return [rows.authorizations[index % len(rows.authorizations)] for index in range(number)]
