"""The authorization request of the standard door (RFC 6749 §4.1.1, OIDC Core §3.1.2.1): judged by the toolkit, then
kept on the server like a Link, so that both doors go on by the same pages and the browser carries one opaque id."""

import re
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from freedom_id.authorization_server.toolkit import FatalClientError, OAuthToolkitError, server_core
from freedom_id.conf import conf
from freedom_id.enums import Door
from freedom_id.grants import grants_for_scopes
from freedom_id.models import AuthorizationRequest, PartnerClient

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256
CHALLENGE_LENGTH = 43
LONGEST_STATE = 512
LONGEST_NONCE = 255
PROMPTS = {"none", "login", "consent", "select_account"}


class UntrustedRequest(Exception):
    """Client or redirect URI cannot be trusted: tell the person, never redirect (RFC 6749 §4.1.2.1)."""


class RefusedRequest(Exception):
    """The request is wrong, and the client may be told so by redirect."""

    def __init__(self, request: AuthorizationRequest, error: str, description: str = "") -> None:
        super().__init__(error)
        self.request, self.error, self.description = request, error, description


def read_authorization_request(http: HttpRequest) -> AuthorizationRequest:
    """The request behind a GET of the endpoint, not saved yet. Raises UntrustedRequest or RefusedRequest."""
    _refuse_odd_input(http)
    client = PartnerClient.objects.filter(client_id=http.GET.get("client_id", "")).first()
    if client is None or not client.is_usable(None):
        raise UntrustedRequest("client")
    try:
        scopes, credentials = server_core().validate_authorization_request(http)  # type: ignore[no-untyped-call]
    except FatalClientError as error:
        raise UntrustedRequest(str(error.oauthlib_error.error)) from error
    except OAuthToolkitError as error:
        raise _refusal(http, client, error.oauthlib_error) from error
    request = _kept(http, client, credentials["redirect_uri"], list(scopes))
    _refuse_unsupported(request, http)
    return request


def _refuse_odd_input(http: HttpRequest) -> None:
    """A parameter given twice (RFC 6749 §3.1), or characters that no value of the protocol has."""
    for name, values in http.GET.lists():
        if len(values) > 1 and name != "resource":
            raise UntrustedRequest(f"{name} is repeated")
        if any("\x00" in value or "\ufffd" in value for value in (name, *values)):
            raise UntrustedRequest("odd characters")


def _kept(http: HttpRequest, client: PartnerClient, redirect_uri: str, scopes: list[str]) -> AuthorizationRequest:
    now = timezone.now()
    max_age = http.GET.get("max_age", "")
    return AuthorizationRequest(
        client=client,
        door=Door.OAUTH,
        redirect_uri=redirect_uri,
        scope=" ".join(scopes),
        grants=grants_for_scopes(scopes),
        state=http.GET.get("state", ""),  # whole even when too long: it goes back in the refusal
        nonce=http.GET.get("nonce", "")[:LONGEST_NONCE],
        prompt=http.GET.get("prompt", "")[:64],
        max_age=int(max_age) if max_age.isascii() and max_age.isdecimal() and len(max_age) < 9 else None,
        code_challenge=http.GET.get("code_challenge", "")[:CHALLENGE_LENGTH],
        locale=http.GET.get("ui_locales", "").partition(" ")[0][:8],
        created_at=now,
        expires_at=now + conf.link_lifetime,
    )


def _refuse_unsupported(request: AuthorizationRequest, http: HttpRequest) -> None:
    """Nothing is silently ignored that changes what the client would get."""
    if not request.scope:
        raise RefusedRequest(request, "invalid_scope")
    if "request" in http.GET:
        raise RefusedRequest(request, "request_not_supported")
    if "request_uri" in http.GET:
        raise RefusedRequest(request, "request_uri_not_supported")
    if http.GET.get("response_mode", "query") != "query":
        raise RefusedRequest(request, "invalid_request", "response_mode must be query")
    if not CHALLENGE.fullmatch(http.GET.get("code_challenge", "")):
        raise RefusedRequest(request, "invalid_request", "code_challenge must be 43 characters (S256)")
    if http.GET.get("code_challenge_method") != "S256":  # without one it would be plain (RFC 7636 §4.3)
        raise RefusedRequest(request, "invalid_request", "code_challenge_method must be S256")
    if len(http.GET.get("state", "")) > LONGEST_STATE or len(http.GET.get("nonce", "")) > LONGEST_NONCE:
        raise RefusedRequest(request, "invalid_request", "state or nonce is too long")
    if http.GET.get("max_age") and request.max_age is None:
        raise RefusedRequest(request, "invalid_request", "max_age must be a number of seconds")
    prompts = request.prompt.split()
    if set(prompts) - PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise RefusedRequest(request, "invalid_request", "prompt is not supported")


def _refusal(http: HttpRequest, client: PartnerClient, error: OAuth2Error) -> Exception:
    """oauthlib judged client and redirect URI before anything else, so the address can be trusted here."""
    redirect_uri: Any = getattr(error, "redirect_uri", None) or http.GET.get("redirect_uri", "")
    if not redirect_uri or (isinstance(error, InvalidRequestError) and not client.redirect_uris):
        return UntrustedRequest("redirect_uri")
    return RefusedRequest(_kept(http, client, redirect_uri, []), error.error, error.description or "")
