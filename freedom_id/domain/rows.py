"""What the lean statements return: plain values, the same from PostgreSQL and from the ORM."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.person import Person, chosen_values
from freedom_id.enums import AccountStatus, ClientStatus
from freedom_id.models.partner_client import live_secrets


@dataclass(frozen=True, slots=True)
class ClientRow:
    id: int
    client_id: str
    secret: str
    status: str
    client_type: str
    native: bool
    errors_as_200: bool
    redirect_uris: str
    revoke_uris: str
    grants: list[str]
    previous_secret: str
    previous_secret_expires_at: datetime | None
    sector_identifier: str
    id_token_alg: str
    secret_used_at: datetime | None
    previous_secret_used_at: datetime | None

    @property
    def is_active(self) -> bool:
        return self.status == ClientStatus.ACTIVE

    def live_secrets(self, now: datetime) -> list[str]:
        """The digests of the secrets that authenticate it at `now`."""
        return live_secrets(self.secret, self.previous_secret, self.previous_secret_expires_at, now)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """An authorization code with the state of everything that it hangs on."""

    id: int
    expires: datetime
    spent_at: datetime | None
    family_id: UUID
    redirect_uri: str
    scope: str
    grants: list[str]
    nonce: str
    code_challenge: str
    sign_in_id: UUID | None
    authenticated_at: datetime
    account_id: int
    freedom_id: UUID
    account_status: str
    authorization_id: UUID
    authorization_ended_at: datetime | None
    authorization_grants: dict[str, dict[str, Any]]
    client_db_id: int
    id_token_claims: str
    authorization_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefreshRow:
    """A refresh token, its family, and the successor that was derived from it, if it was rotated."""

    id: int
    expires: datetime
    revoked: datetime | None
    rotated_at: datetime | None
    family_id: UUID
    family_grants: list[str]
    family_scope: str
    family_nonce: str
    family_expires_at: datetime
    family_ended_at: datetime | None
    sign_in_id: UUID | None
    authenticated_at: datetime
    authorization_id: UUID
    authorization_ended_at: datetime | None
    authorization_grants: dict[str, dict[str, Any]]
    account_id: int
    freedom_id: UUID
    account_status: str
    client_db_id: int
    client_id: str
    client_status: str
    errors_as_200: bool
    successor_expires: datetime | None
    successor_access_expires: datetime | None
    successor_rotated_at: datetime | None
    sector_identifier: str
    id_token_alg: str

    @property
    def is_ended(self) -> bool:
        return self.family_ended_at is not None or self.authorization_ended_at is not None


@dataclass(frozen=True, slots=True)
class AccessRow:
    """An access token with the live decision that it hangs on; `load_person(fields)` unseals these
    fields of the person it is about, and no others."""

    expires: datetime
    scope: str
    family_grants: list[str]
    family_ended_at: datetime | None
    authorization_id: UUID
    authorization_ended_at: datetime | None
    authorization_grants: dict[str, dict[str, Any]]
    client_db_id: int
    client_id: str
    client_status: str
    errors_as_200: bool
    account_id: int
    freedom_id: UUID
    account_status: str
    sector_identifier: str
    userinfo_alg: str
    last_read_at: datetime | None
    load_person: Callable[[Collection[str]], Person]

    @property
    def chosen(self) -> dict[str, int | None]:
        """Which number and address the person chose for this client, by field."""
        return chosen_values(self.authorization_grants)

    def live_grants(self, now: datetime) -> list[str]:
        """The grants that the token was given and that the person still allows at `now`."""
        return live_grants(self.family_grants, self.authorization_grants, now)

    @property
    def is_live(self) -> bool:
        return self.family_ended_at is None and self.authorization_ended_at is None

    @property
    def subject(self) -> str:
        """`sub` for the client."""
        return subject_of(self.freedom_id, self.sector_identifier)

    @property
    def account_is_active(self) -> bool:
        return self.account_status == AccountStatus.ACTIVE


class AskingToken(NamedTuple):
    """An access token that asks what its person consented to: the columns of AccessRow that decide whether it lives."""

    expires: datetime
    family_ended_at: datetime | None
    authorization_ended_at: datetime | None
    client_id: str
    client_status: str
    account_id: int
    freedom_id: UUID
    account_status: str

    @property
    def is_live(self) -> bool:
        return self.family_ended_at is None and self.authorization_ended_at is None


def live_grants(given: list[str], allowed: dict[str, dict[str, Any]], now: datetime) -> list[str]:
    """`given` in its order, without what was withdrawn or whose consent ran out (half-open: [from, until))."""
    moment = now.timestamp()
    return [
        code for code in given if (entry := allowed.get(code)) and (entry["until"] is None or moment < entry["until"])
    ]


@dataclass(frozen=True, slots=True)
class NewTokens:
    """Rows to write for one issue: digests only."""

    family_id: UUID
    account_id: int
    client_db_id: int
    access_digest: str
    access_expires: datetime
    refresh_digest: str
    refresh_expires: datetime
    scope: str
    now: datetime


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A Link to keep: an AuthorizationRequest before it is a row."""

    id: UUID
    client_db_id: int
    redirect_uri: str
    grants: list[str]
    state: str
    code_challenge: str
    locale: str
    created_at: datetime
    expires_at: datetime
