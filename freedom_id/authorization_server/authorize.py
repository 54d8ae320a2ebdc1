"""The authorization request of the standard door (RFC 6749 §4.1.1, OIDC Core §3.1.2.1), sent by the browser or pushed
before (RFC 9126): judged by STEPS, in their order, then kept on the server like a Link, so that all doors go on by the
same pages and the browser carries one opaque id."""

import re
from collections.abc import Callable
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from freedom_id.authorization_server.id_token import subject_of_hint
from freedom_id.conf import conf
from freedom_id.domain.links import open_request, redirect_uri_registered
from freedom_id.domain.partner_clients import allowed_scopes
from freedom_id.enums import Door, ResponseMode
from freedom_id.errors import InvalidLink
from freedom_id.grants import OPENID, grants_for_scopes
from freedom_id.models import AuthorizationRequest, PartnerClient

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256
LONGEST_STATE = 512
LONGEST_NONCE = 255
LONGEST_AGE = 8
LONGEST_LOCALE = 8
PROMPTS = {"none", "login", "consent", "select_account"}
REQUEST_URI = "urn:ietf:params:oauth:request_uri:"


class UntrustedRequest(Exception):
    """Client or redirect URI cannot be trusted: tell the person, never redirect (RFC 6749 §4.1.2.1)."""


class RefusedRequest(Exception):
    """The request is wrong, and the client may be told so by redirect."""

    def __init__(self, request: AuthorizationRequest, error: str, description: str = "") -> None:
        super().__init__(error)
        self.request, self.error, self.description = request, error, description


def read_authorization_request(params: QueryDict) -> AuthorizationRequest:
    """The request of these parameters, not saved yet. Raises UntrustedRequest or RefusedRequest."""
    now = timezone.now()
    request = AuthorizationRequest(door=Door.OAUTH, created_at=now, expires_at=now + conf.link_lifetime)
    for step in STEPS:
        step(request, params)
    return request


def pushed_request(params: QueryDict) -> AuthorizationRequest:
    """The row that `request_uri` names (RFC 9126 §4), with the client that pushed it and while it is open; every other
    parameter is ignored. Raises UntrustedRequest."""
    try:
        request = open_request(params.get("request_uri", "").removeprefix(REQUEST_URI))
    except InvalidLink:
        raise UntrustedRequest("request_uri") from None
    if request.door != Door.OAUTH or request.client.client_id != params.get("client_id"):
        raise UntrustedRequest("request_uri of another client")
    return request


def is_pushed(params: QueryDict) -> bool:
    return params.get("request_uri", "").startswith(REQUEST_URI)


def request_uri_of(track_id: UUID) -> str:
    return f"{REQUEST_URI}{track_id}"


def refuse_odd_input(_request: AuthorizationRequest, params: QueryDict) -> None:
    """A parameter given twice (RFC 6749 §3.1), or characters that no value of the protocol has."""
    for name, values in params.lists():
        if len(values) > 1 and name != "resource":
            raise UntrustedRequest(f"{name} is repeated")
        if any("\x00" in value or "\ufffd" in value for value in (name, *values)):
            raise UntrustedRequest("odd characters")


def find_client(request: AuthorizationRequest, params: QueryDict) -> None:
    client = PartnerClient.objects.filter(client_id=params.get("client_id", "")).first()
    if client is None or not client.is_usable(None):
        raise UntrustedRequest("client")
    request.client = client


def require_redirect_uri(request: AuthorizationRequest, params: QueryDict) -> None:
    """RFC 9700 §4.1.3: exact string comparison, against this client's own. From here on the client may be told."""
    client, uri = request.client, params.get("redirect_uri", "")
    if not redirect_uri_registered(uri, client.redirect_uris, native=client.native):
        raise UntrustedRequest("redirect_uri")
    request.redirect_uri = uri
    request.state = params.get("state", "")  # whole even when too long: it goes back in the refusal


def read_response_mode(request: AuthorizationRequest, params: QueryDict) -> None:
    """OAuth 2.0 Multiple Response Types §2.1, Form Post §2. First of those that may be told, because it says how."""
    mode = params.get("response_mode", ResponseMode.QUERY)
    if mode not in ResponseMode.values:
        raise RefusedRequest(request, "invalid_request", "response_mode must be query or form_post")
    request.response_mode = mode


def require_code_flow(request: AuthorizationRequest, params: QueryDict) -> None:
    response_type = params.get("response_type", "")
    if not response_type:
        raise RefusedRequest(request, "invalid_request", "response_type is missing")
    if response_type != "code":
        raise RefusedRequest(request, "unsupported_response_type")
    if "authorization_code" not in request.client.grant_types:
        raise RefusedRequest(request, "unauthorized_client")


def refuse_request_objects(request: AuthorizationRequest, params: QueryDict) -> None:
    """OIDC Core §6, RFC 9101: refused, never ignored, as they would change what the client gets."""
    for name in ("request", "request_uri", "registration"):
        if name in params:
            raise RefusedRequest(request, f"{name}_not_supported")


def require_pkce(request: AuthorizationRequest, params: QueryDict) -> None:
    """RFC 7636 §4.3, S256 alone; without a method it would be plain."""
    challenge = params.get("code_challenge", "")
    if not CHALLENGE.fullmatch(challenge):
        raise RefusedRequest(request, "invalid_request", "code_challenge must be 43 characters (S256)")
    if params.get("code_challenge_method") != "S256":
        raise RefusedRequest(request, "invalid_request", "code_challenge_method must be S256")
    request.code_challenge = challenge


def read_scope(request: AuthorizationRequest, params: QueryDict) -> None:
    """RFC 6749 §3.3: what this client was given; `openid` when nothing is said."""
    allowed = allowed_scopes(request.client)
    words = list(dict.fromkeys(params.get("scope", "").split())) or [word for word in (OPENID,) if word in allowed]
    if not words or not set(words) <= set(allowed):
        raise RefusedRequest(request, "invalid_scope")
    request.scope, request.grants = " ".join(words), grants_for_scopes(words)


def read_state_and_nonce(request: AuthorizationRequest, params: QueryDict) -> None:
    nonce = params.get("nonce", "")
    if len(request.state) > LONGEST_STATE or len(nonce) > LONGEST_NONCE:
        raise RefusedRequest(request, "invalid_request", "state or nonce is too long")
    request.nonce = nonce


def read_prompt(request: AuthorizationRequest, params: QueryDict) -> None:
    prompts = params.get("prompt", "").split()
    if set(prompts) - PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise RefusedRequest(request, "invalid_request", "prompt is not supported")
    request.prompt = " ".join(dict.fromkeys(prompts))


def read_max_age(request: AuthorizationRequest, params: QueryDict) -> None:
    seconds = params.get("max_age", "")
    if seconds and not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= LONGEST_AGE):
        raise RefusedRequest(request, "invalid_request", "max_age must be a number of seconds")
    request.max_age = int(seconds) if seconds else None


def read_id_token_hint(request: AuthorizationRequest, params: QueryDict) -> None:
    """OIDC Core §3.1.2.1: whom the client expects. One that we did not sign is refused; its age is no matter."""
    if hint := params.get("id_token_hint"):
        request.expected = subject_of_hint(hint)
        if request.expected is None:
            raise RefusedRequest(request, "invalid_request", "id_token_hint is not a token of this issuer")


def read_ui_locales(request: AuthorizationRequest, params: QueryDict) -> None:
    """A wish (OIDC Core §3.1.2.1): the first language, if there are pages in it."""
    request.locale = params.get("ui_locales", "").partition(" ")[0][:LONGEST_LOCALE]


STEPS: tuple[Callable[[AuthorizationRequest, QueryDict], None], ...] = (
    refuse_odd_input,
    find_client,
    require_redirect_uri,
    read_response_mode,
    require_code_flow,
    refuse_request_objects,
    require_pkce,
    read_scope,
    read_state_and_nonce,
    read_prompt,
    read_max_age,
    read_id_token_hint,
    read_ui_locales,
)
