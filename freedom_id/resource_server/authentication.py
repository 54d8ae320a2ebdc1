"""Who asks for consents: `settings.CONSENTS["CALLER"]` of a site with both apps.

A person's access token asks about that person, a client's Basic credentials (or its own token of RFC 6749 §4.4 with the
scope `consents.check`) about the people that share with it now.
The scope key is always the caller's own client id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from uuid import UUID

import psycopg
from django.db import connection
from django.http import HttpRequest

from consents.domain.callers import Caller, Seen, SeenPerson
from consents.errors import CallerRefused
from freedom_id.domain.client_tokens import live_client, read_client_token
from freedom_id.domain.consent_statements import read_asking_token, read_connected_people
from freedom_id.domain.links import require_client
from freedom_id.domain.rows import ClientRow
from freedom_id.domain.tokens import presented_digest, require_live
from freedom_id.errors import FreedomIdError, InsufficientScope, InvalidClient, InvalidToken, RateLimited
from freedom_id.grants import CHECK_CONSENTS
from freedom_id.models import PartnerClient
from freedom_id.rfc6750_bearer import bearer_token
from freedom_id.rfc7617_basic import basic_credentials

Reference = UUID | int | str | None
UUID_LENGTH = 36
SSOID_LENGTH = 15
CHALLENGES = 'Bearer, Basic realm="freedom-id"'


def consent_caller(request: HttpRequest) -> Caller:
    """The caller of a request by its Authorization header. Raises CallerRefused.

    A client is proven here, with one statement; a token is judged by the statement that reads the consents.
    """
    scheme = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[0].lower()
    with _refusals:
        if scheme == "basic":
            return ClientCaller(require_client(basic_credentials(request)))
        if scheme != "bearer":
            raise CallerRefused(
                "unauthorized", "An access token or client credentials are needed.", 401, _challenge(CHALLENGES)
            )
        token = bearer_token(request)
        if token is None:
            raise InvalidToken("malformed")
        own = read_client_token(token)
        if own is not None:
            client = live_client(own)
            if CHECK_CONSENTS not in own.scopes:
                raise InsufficientScope
            return ClientCaller(client)
    return TokenCaller(token)


@dataclass(frozen=True, slots=True)
class TokenCaller:
    """One statement, whatever the number of names."""

    token: str

    def see(self, accounts: Sequence[str], names: Sequence[str]) -> Seen:
        """The token's own person alone, by Freedom ID, SSOID or without a reference."""
        with _refusals:
            found = read_asking_token(presented_digest(self.token), names)
            token = require_live(found[0] if found else None)
        units = found[1] if found else []
        own = {"", token.account_id, token.freedom_id}
        person = SeenPerson(token.account_id, units)
        people = {account: person for account in accounts or [""] if _reference(account) in own}
        return Seen(token.client_id, people)


@dataclass(frozen=True, slots=True)
class ClientCaller:
    """One statement more than the proof of the client, whatever the number of accounts and names; none without any."""

    client: ClientRow | PartnerClient

    def see(self, accounts: Sequence[str], names: Sequence[str]) -> Seen:
        """The active accounts with a live authorization of this client; a client is no person."""
        if not accounts:
            return Seen(self.client.client_id, {})
        references = {account: _reference(account) for account in accounts}
        with _refusals:
            found = read_connected_people(
                self.client,
                names,
                ssoids=[value for value in references.values() if isinstance(value, int)],
                freedom_ids=[value for value in references.values() if isinstance(value, UUID)],
            )
        known: dict[Reference, SeenPerson] = {}
        for (ssoid, freedom_id), units in found.items():
            known[ssoid] = known[freedom_id] = SeenPerson(ssoid, units)
        people = {account: known[value] for account, value in references.items() if value in known}
        return Seen(self.client.client_id, people)


def _reference(account: str) -> Reference:
    """The Freedom ID or SSOID that is meant, "" for nobody named; None for what can be neither."""
    if not account:
        return ""
    if account.isascii() and account.isdigit():
        return int(account) if len(account) <= SSOID_LENGTH else None
    try:
        return UUID(account) if len(account) == UUID_LENGTH else None
    except ValueError:
        return None


class _Refusals:
    """Our refusals in the words of the consents' door, and the driver's errors as Django's. A class, because this is
    entered twice for every check."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, FreedomIdError):
            raise _refused(error) from None
        if isinstance(error, psycopg.Error):
            connection.wrap_database_errors.__exit__(kind, error, trace)


_refusals = _Refusals()


def _refused(error: FreedomIdError) -> CallerRefused:
    headers = {}
    if isinstance(error, RateLimited):
        headers = {"Retry-After": str(error.retry_after)}
    elif error.http_status == 401:
        basic = isinstance(error, InvalidClient)
        headers = _challenge('Basic realm="freedom-id"' if basic else f'Bearer error="{error.error}"')
    elif isinstance(error, InsufficientScope):
        headers = _challenge(f'Bearer error="{error.error}"')
    return CallerRefused(error.error, error.message, error.http_status, headers)


def _challenge(challenge: str) -> dict[str, str]:
    return {"WWW-Authenticate": challenge}
