"""Who asks, and about whom: the one rule of authorization of this door."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from freedom_id.domain.client_tokens import live_client, read_client_token
from freedom_id.domain.links import require_client
from freedom_id.domain.queries.clients import clients_named
from freedom_id.domain.rows import AccessRow
from freedom_id.domain.sandbox_rule import operator_scopes_of
from freedom_id.domain.sign_ups import just_opened_by
from freedom_id.domain.tokens import live_access, presented_digest
from freedom_id.enums import AccountStatus
from freedom_id.errors import InvalidToken
from freedom_id.grants import ACCOUNT, CONSENTS, CREATE_ACCOUNTS, OPENID, OPERATE_ACCOUNTS
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.models import Account, Authorization, PartnerClient, TokenFamily
from freedom_id.rfc6750_bearer import bearer_token
from freedom_id.rfc7617_basic import basic_credentials

KNOWN_CALLER = "freedom_id.caller"
SSOID_LENGTH = 15
UUID_LENGTH = 36
CLIENT_FIELDS = ["client_id", "name", "first_party", "scopes", "operator_scopes", "required_grants", "status", "stage"]
PERSON_FIELDS = ["freedom_id", "status"]
INSUFFICIENT_SCOPE = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
FAMILY_FIELDS = ["authorization", "sign_in_id", "authenticated_at"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A client, and the person whose access token it shows, if it shows one instead of its own credentials. `scopes`
    are what may be done now, not what a token once said; `grants` the data that the person still shares, `chosen` which
    number and address she chose for the client; `by_token` also a client that shows the token it got for itself
    (RFC 6749 §4.4)."""

    client: PartnerClient
    scopes: frozenset[str]
    person: Account | None = None
    family: TokenFamily | None = None
    grants: frozenset[str] = frozenset()
    by_token: bool = False
    chosen: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def authorization_id(self) -> UUID | None:
        return self.family.authorization_id if self.family else None


def caller_of(request: HttpRequest) -> Caller:
    """Who asks, by the Authorization header alone. Raises IdentityError and what the domain refuses."""
    caller = _caller(request)
    request.META[KNOWN_CALLER] = caller.client.client_id
    return caller


def known_caller(request: HttpRequest) -> str:
    """The client id of who asks, once `caller_of` knew; "" before."""
    return str(request.META.get(KNOWN_CALLER, ""))


def _caller(request: HttpRequest) -> Caller:
    scheme = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[0].lower()
    if scheme == "basic":
        proven = require_client(basic_credentials(request))
        client = PartnerClient.objects.only(*CLIENT_FIELDS).get(pk=proven.id)
        return Caller(client, frozenset(operator_scopes_of(client)))
    if scheme != "bearer":
        raise IdentityError(40100)
    token = bearer_token(request)
    if token is None:
        raise InvalidToken("malformed")
    own = read_client_token(token)
    if own is not None:
        client = live_client(own)
        return Caller(client, own.scopes & {*operator_scopes_of(client)}, by_token=True)
    return _person_caller(token, live_access(token))


def require_account(caller: Caller, reference: str, scopes: Collection[str]) -> Account:
    """The account that the path names. A person's token opens her own, a client with an operator scope those that are
    active, or active and connected to it, or just opened by it. Every other account is answered as one that there is
    not."""
    require_scope(caller, scopes)
    account = _own(caller.person, reference) if caller.person else _found(caller, reference, scopes)
    if account is None:
        raise IdentityError(40400)
    return account


def require_person(caller: Caller, scopes: Collection[str]) -> Account:
    """The person whose token it is, where the path names no account."""
    require_scope(caller, scopes)
    if caller.person is None:
        raise IdentityError(40300)
    return caller.person


def require_client_alone(caller: Caller, scopes: Collection[str]) -> None:
    """A client with its own credentials and one of these scopes; a person's token does not speak for the client."""
    if caller.person is not None:
        raise IdentityError(40300, headers=INSUFFICIENT_SCOPE)
    require_scope(caller, scopes)


def require_scope(caller: Caller, scopes: Collection[str]) -> None:
    if caller.scopes.isdisjoint(scopes):
        raise IdentityError(40300, headers=INSUFFICIENT_SCOPE if caller.by_token else {})


def _person_caller(token: str, access: AccessRow) -> Caller:
    """`consents` is a permission that the person can take back, `account` a scope that staff can."""
    columns = [f"authorization__client__{field}" for field in CLIENT_FIELDS]
    columns += [f"authorization__account__{field}" for field in PERSON_FIELDS]
    rows = TokenFamily.objects.select_related("authorization__client", "authorization__account")
    rows = rows.only(*FAMILY_FIELDS, "authorization__client", "authorization__account", *columns)
    family = rows.get(access_tokens__token_checksum=presented_digest(token))
    authorization = family.authorization
    client = authorization.client
    grants, asked = frozenset(access.live_grants(timezone.now())), access.scope.split()
    scopes = ({CONSENTS} & grants) | ({OPENID} & {*asked})
    if client.first_party and ACCOUNT in asked and ACCOUNT in client.scopes:
        scopes.add(ACCOUNT)
    return Caller(client, frozenset(scopes), authorization.account, family, grants, by_token=True, chosen=access.chosen)


def _own(person: Account, reference: str) -> Account | None:
    return person if reference in {str(person.pk), str(person.freedom_id)} else None


def _found(caller: Caller, reference: str, scopes: Collection[str]) -> Account | None:
    accounts = _seen_by(caller.client, caller.scopes & {*scopes}).only(*PERSON_FIELDS)
    if reference.isascii() and reference.isdigit():
        return accounts.filter(pk=int(reference)).first() if len(reference) <= SSOID_LENGTH else None
    try:
        return accounts.filter(freedom_id=UUID(reference)).first() if len(reference) == UUID_LENGTH else None
    except ValueError:
        return None


def _seen_by(client: PartnerClient, opened_by: Collection[str]) -> QuerySet[Account]:
    if CREATE_ACCOUNTS in opened_by:
        return just_opened_by(client)
    active = Account.objects.filter(status=AccountStatus.ACTIVE)
    if OPERATE_ACCOUNTS in opened_by:
        return active
    connected = Authorization.objects.filter(client=client, ended_at__isnull=True)
    return active.filter(pk__in=connected.values("account"))


def requested_client(
    caller: Caller, reference: str | None, scopes: Collection[str], *, field: str = "client_id"
) -> PartnerClient:
    """The client that is meant: the caller itself, or with one of `scopes` the client of this integer or
    UUID. To a caller without, every other client is the same refusal, known or not."""
    if reference is None or reference in {str(caller.client.pk), caller.client.client_id}:
        return caller.client
    require_scope(caller, scopes)
    found = clients_named(reference).only(*CLIENT_FIELDS).first()
    if found is None:
        raise IdentityError(40001, errors={field: ["There is no such client."]})
    return found
