"""The authorization request of the standard door (RFC 6749 §4.1.1, OIDC Core §3.1.2.1), sent by the browser or pushed
before (RFC 9126): judged by STEPS, in their order, then kept on the server like a Link, so that all doors go on by the
same pages and the browser carries one opaque id."""

import re
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from freedom_id.authorization_server.claims_parameter import ClaimRequest, MalformedClaims, read_claims_parameter
from freedom_id.authorization_server.id_token import subject_of_hint
from freedom_id.authorization_server.personal_claims import grants_of_claims
from freedom_id.authorization_server.rfc8707_resource_indicators import require_own_resources
from freedom_id.conf import conf
from freedom_id.domain.asked_data import allowed_scopes, askable_grants
from freedom_id.domain.identifiers import InvalidIdentifier, parse_identifier
from freedom_id.domain.links import open_request, redirect_uri_registered
from freedom_id.domain.rfc9470_step_up import ACR_VALUES, TWO_FACTORS, UNMET
from freedom_id.domain.token_exchange import TargetRefused
from freedom_id.enums import Door, ResponseMode
from freedom_id.errors import InvalidLink
from freedom_id.grants import ASKED, OPENID, grants_for_scopes
from freedom_id.models import AuthorizationRequest, PartnerClient

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256
LONGEST_STATE = 512
LONGEST_NONCE = 255
LONGEST_AGE = 8
LONGEST_HINT = 254
PROMPTS = {"none", "login", "consent", "select_account", "create"}
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


def require_own_resource(request: AuthorizationRequest, params: QueryDict) -> None:
    try:
        require_own_resources(params.getlist("resource"))
    except TargetRefused as error:
        raise RefusedRequest(request, error.error, error.message) from None


def read_state_and_nonce(request: AuthorizationRequest, params: QueryDict) -> None:
    nonce = params.get("nonce", "")
    if len(request.state) > LONGEST_STATE or len(nonce) > LONGEST_NONCE:
        raise RefusedRequest(request, "invalid_request", "state or nonce is too long")
    request.nonce = nonce


def read_prompt(request: AuthorizationRequest, params: QueryDict) -> None:
    """OIDC Core §3.1.2.1; `create` is of Initiating User Registration §4.1."""
    prompts = params.get("prompt", "").split()
    if set(prompts) - PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise RefusedRequest(request, "invalid_request", "prompt is not supported")
    request.prompt = " ".join(dict.fromkeys(prompts))


def read_max_age(request: AuthorizationRequest, params: QueryDict) -> None:
    seconds = params.get("max_age", "")
    if seconds and not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= LONGEST_AGE):
        raise RefusedRequest(request, "invalid_request", "max_age must be a number of seconds")
    request.max_age = int(seconds) if seconds else None


def read_acr_values(request: AuthorizationRequest, params: QueryDict) -> None:
    """OIDC Core §3.1.2.1: a wish, the dearest first; levels that we do not know are passed over."""
    known = [value for value in params.get("acr_values", "").split() if value in ACR_VALUES]
    request.acr = known[0] if known else ""


def read_id_token_hint(request: AuthorizationRequest, params: QueryDict) -> None:
    """OIDC Core §3.1.2.1: whom the client expects. One that we did not sign is refused; its age is no matter."""
    if hint := params.get("id_token_hint"):
        request.expected = subject_of_hint(hint)
        if request.expected is None:
            raise RefusedRequest(request, "invalid_request", "id_token_hint is not a token of this issuer")


def read_claims(request: AuthorizationRequest, params: QueryDict) -> None:
    """OIDC Core §5.5. A claim asks for the grant that holds it, if the client may ask for that, and so for a consent;
    others are passed over. Without `openid` there is nobody to tell them."""
    text = params.get("claims", "")
    if not text or OPENID not in request.scope.split():
        return
    try:
        userinfo, id_token = read_claims_parameter(text)
    except MalformedClaims as error:
        raise RefusedRequest(request, "invalid_request", str(error)) from None
    grants = grants_of_claims([*userinfo, *id_token]) & askable_grants(request.client)
    request.grants = [code for code in ASKED if code in grants or code in request.grants]
    request.id_token_claims = " ".join(name for name in id_token if grants_of_claims([name]))
    if acr := id_token.get("acr"):
        _ask_level(request, acr)
    if subject := id_token.get("sub"):
        _ask_subject(request, subject)


def _ask_level(request: AuthorizationRequest, acr: ClaimRequest) -> None:
    """§5.5.1.1: a level is a wish unless the claim is essential, and then only those that are named will do."""
    known = [value for value in acr.values if value in ACR_VALUES]
    if acr.essential and acr.values and not known:
        raise RefusedRequest(request, UNMET)
    if known:
        request.acr, request.acr_essential = known[0], acr.essential and set(known) == {TWO_FACTORS}


def _ask_subject(request: AuthorizationRequest, subject: ClaimRequest) -> None:
    """§3.1.2.2: nobody else is answered for, as with `id_token_hint`."""
    if not subject.values:
        return
    try:
        (value,) = subject.values
        expected = UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise RefusedRequest(request, "invalid_request", "sub takes one value of this issuer") from None
    if request.expected not in (None, expected):
        raise RefusedRequest(request, "invalid_request", "sub and id_token_hint name two people")
    request.expected = expected


def read_login_hint(request: AuthorizationRequest, params: QueryDict) -> None:
    """OIDC Core §3.1.2.1: stands in the field where the person says who she is. What is no number and no address is
    passed over."""
    with suppress(InvalidIdentifier):
        request.login_hint = parse_identifier(params.get("login_hint", "")[:LONGEST_HINT]).value


def read_ui_locales(request: AuthorizationRequest, params: QueryDict) -> None:
    """A wish (OIDC Core §3.1.2.1), the dearest first: the first language that there are pages in, with the region of
    theirs or not (BCP 47 §2.1)."""
    wished = [tag.lower().partition("-")[0] for tag in params.get("ui_locales", "").split()]
    spoken = dict(settings.LANGUAGES)
    request.locale = next((language for language in wished if language in spoken), "")


STEPS: tuple[Callable[[AuthorizationRequest, QueryDict], None], ...] = (
    refuse_odd_input,
    find_client,
    require_redirect_uri,
    read_response_mode,
    require_code_flow,
    refuse_request_objects,
    require_pkce,
    read_scope,
    require_own_resource,
    read_state_and_nonce,
    read_prompt,
    read_max_age,
    read_acr_values,
    read_id_token_hint,
    read_claims,
    read_login_hint,
    read_ui_locales,
)
