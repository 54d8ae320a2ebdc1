"""Which clients used a person's data, when, and under which connection: from the rows that each use leaves anyway."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from freedom_id.enums import ProfileState, UseKind
from freedom_id.grants import PROFILE
from freedom_id.models import Account, Authorization, PartnerClient, ProfileRequest, RefreshToken, TokenFamily


@dataclass(frozen=True, slots=True)
class DataUse:
    """`grants` are what the client could read then; after a sign-in it need not have."""

    when: datetime
    kind: UseKind
    client: PartnerClient
    authorization_id: UUID
    grants: tuple[str, ...]


def with_last_tokens(rows: QuerySet[Authorization]) -> QuerySet[Any]:
    """Authorizations with `token_at`, when their client last got tokens; None when those were purged."""
    tokens = RefreshToken.objects.filter(family__authorization=OuterRef("pk")).order_by("-created")
    return rows.annotate(token_at=Subquery(tokens.values("created")[:1]))


def last_used_at(row: Any) -> datetime | None:
    """When the client of a row of `with_last_tokens` last did something with it: got tokens, or read, to the hour."""
    return max(filter(None, (row.token_at, row.last_read_at)), default=None)


def data_uses(account: Account, *, number: int, authorization: Authorization | None = None) -> list[DataUse]:
    """The newest uses, of one connection or of all, ended ones too; three queries.

    A sign-in is there as long as its tokens are kept, of reads the last one of each connection, to the hour, and a
    full profile for the hour in which it is kept.
    """
    only = {"authorization": authorization} if authorization else {"authorization__account": account}
    families = TokenFamily.objects.filter(**only).select_related("authorization__client").order_by("-created_at")
    read = Authorization.objects.filter(account=account, last_read_at__isnull=False).select_related("client")
    if authorization:
        read = read.filter(pk=authorization.pk)
    profiles = ProfileRequest.objects.filter(**only, state=ProfileState.COMPLETED).defer("parcel")
    profiles = profiles.select_related("authorization__client").order_by("-finished_at")
    uses = [_use(row.created_at, UseKind.SIGNED_IN, row.authorization, row.grants) for row in families[:number]]
    uses += [_use(row.last_read_at, UseKind.READ, row, row.grants) for row in read.order_by("-last_read_at")[:number]]
    uses += [_use(row.finished_at, UseKind.PROFILE, row.authorization, [PROFILE]) for row in profiles[:number]]
    return sorted(uses, key=lambda use: use.when, reverse=True)[:number]


def _use(when: datetime | None, kind: UseKind, row: Authorization, grants: Any) -> DataUse:
    assert when is not None  # noqa: S101 -- for the type checker: each query asks for rows that have it
    return DataUse(when, kind, row.client, row.pk, tuple(grants))
