"""Link: a partner's backend deposits what it asks for and gets the address of the login page
(RFC 9126)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.client_registration import LOOPBACK
from freedom_id.domain.client_secrets import prove_secret, refuse_client
from freedom_id.domain.rows import ClientRow, NewRequest
from freedom_id.domain.sandbox_values import asks_at_browser, raise_at_link
from freedom_id.domain.statements import find_client, insert_link
from freedom_id.errors import InvalidFields, InvalidLink, InvalidRedirectUri, UnauthorizedClient
from freedom_id.models import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What came in the Basic header, and the address it came from."""

    client_id: str
    secret: str
    ip: str


@dataclass(frozen=True, slots=True)
class LinkInput:
    redirect_uri: str
    grants: Sequence[str]
    state: str = ""
    code_challenge: str = ""
    locale: str = ""


def create_link(credentials: ClientCredentials, link: LinkInput) -> str:
    """Keep the request for 10 minutes and return the login address for the person's browser.

    Raises InvalidClient, RateLimited, UnauthorizedClient (disabled, or a grant that it may not ask for),
    InvalidRedirectUri, InvalidFields (a native client without `code_challenge`); in the sandbox what `state` asks for.
    """
    client = require_client(credentials)
    raise_at_link(client.client_id, link.state)
    if not redirect_uri_registered(link.redirect_uri, client.redirect_uris, native=client.native):
        raise InvalidRedirectUri
    if not set(link.grants) <= set(client.grants):
        raise UnauthorizedClient("grant not registered")
    if client.native and not link.code_challenge:
        raise InvalidFields({"code_challenge": ["The Code challenge field is required."]})
    now = timezone.now()
    new = NewRequest(
        id=uuid4(),
        client_db_id=client.id,
        redirect_uri=link.redirect_uri,
        grants=list(dict.fromkeys(link.grants)),
        state=link.state,
        code_challenge=link.code_challenge,
        locale=link.locale,
        created_at=now,
        expires_at=now + conf.link_lifetime,
    )
    insert_link(new)
    return login_url(new.id, new.expires_at)


def login_url(track_id: UUID, expires_at: datetime) -> str:
    """`expire_at` (Unix seconds) is for display; the server trusts its own row."""
    return f"{conf.issuer}/login?{urlencode({'track_id': str(track_id), 'expire_at': int(expires_at.timestamp())})}"


def require_client(credentials: ClientCredentials) -> ClientRow:
    """The active client that the credentials prove. Raises InvalidClient, RateLimited, UnauthorizedClient."""
    client = find_client(credentials.client_id)
    return prove_client(client, credentials)


def prove_client(client: ClientRow | None, credentials: ClientCredentials) -> ClientRow:
    if client is None or not prove_secret(client, credentials.secret):
        raise refuse_client(credentials.client_id, credentials.ip)
    if not client.is_active:
        raise UnauthorizedClient(client.status)
    return client


def redirect_uri_registered(uri: str, registered: str, *, native: bool) -> bool:
    """Exact string comparison (RFC 9700 §4.1.3); a native client's loopback port is free (RFC 8252 §7.3)."""
    known = registered.split()
    if uri in known:
        return True
    return native and _without_port(uri) is not None and _without_port(uri) in {_without_port(item) for item in known}


def _without_port(uri: str) -> str | None:
    try:
        parts = urlsplit(uri)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.username is not None:
            return None
        _port = parts.port
    except ValueError:
        return None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts._replace(netloc=str(host)).geturl()


def open_request(track_id: str, *, lock: bool = False) -> AuthorizationRequest:
    """The request of a login link while it can still be decided. Raises InvalidLink for every other case alike."""
    requests = AuthorizationRequest.objects.select_related("client")
    if lock and connection.features.has_select_for_update:
        requests = requests.select_for_update(of=("self",))
    try:
        request = requests.get(pk=UUID(track_id))
    except (ValueError, AuthorizationRequest.DoesNotExist) as error:
        raise InvalidLink("unknown") from error
    if not request.is_open:
        raise InvalidLink("used or expired")
    if not request.client.is_usable(None):
        raise InvalidLink("client disabled")
    if asks_at_browser(request.client, request.state) is InvalidLink:
        raise InvalidLink("asked by a sandbox value")
    return request


def note_signed_in(track_id: str) -> None:
    """Somebody signed in on the way to this request; the first time counts, and an odd id is none."""
    with suppress(ValueError):
        asked = AuthorizationRequest.objects.filter(pk=UUID(track_id), signed_in_at=None)
        asked.update(signed_in_at=timezone.now())
