"""The endpoints that clients call: token, pushed requests, revocation, introspection, userinfo, metadata, keys. (The
one that people see is `views.authorize`.)"""

import json
from base64 import b64decode
from contextlib import suppress
from functools import wraps

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freedom_id.answered_errors import count_by_header
from freedom_id.authorization_server.authorize import (
    RefusedRequest,
    UntrustedRequest,
    read_authorization_request,
    request_uri_of,
)
from freedom_id.authorization_server.cross_origin import open_to_scripts
from freedom_id.authorization_server.discovery import metadata, resource_metadata
from freedom_id.authorization_server.failures import View, in_oauth_form, refusal
from freedom_id.authorization_server.rfc8252_native_apps import apple_app_site_association, asset_links
from freedom_id.authorization_server.toolkit import InvalidClientError, authenticated_client, server_core
from freedom_id.authorization_server.userinfo import read_userinfo
from freedom_id.client_address import client_ip
from freedom_id.conf import conf
from freedom_id.domain.client_secrets import refuse_client
from freedom_id.domain.native_apps import native_apps
from freedom_id.domain.rfc7523_client_assertion import claimed_client
from freedom_id.domain.signing_keys import JWKS_MAX_AGE, public_keys, sign
from freedom_id.domain.usage_counts import count_error
from freedom_id.enums import ApiDoor
from freedom_id.errors import FreedomIdError, InsufficientScope, InvalidToken, RateLimited
from freedom_id.rfc6750_bearer import bearer_token

FORM = "application/x-www-form-urlencoded"
INTROSPECTION_JWT = "application/token-introspection+jwt"


def _counting_errors(view: View) -> View:
    """The view; an error that it answers is counted for the client that the request names."""

    @wraps(view)
    def counted(request: HttpRequest) -> HttpResponse:
        response = view(request)
        if response.status_code >= 400:
            _count_error(request, _error_of(response))
        return response

    return counted


def _count_error(request: HttpRequest, error: str) -> None:
    if bearer_token(request) is not None:
        count_by_header(request, ApiDoor.OAUTH, error)
        return
    with suppress(SuspiciousOperation, UnreadablePostError):  # the body that names the client may be what is wrong
        count_error(_claimed_client(request), ApiDoor.OAUTH, error)


@csrf_exempt
@open_to_scripts
@require_POST
@_counting_errors
@in_oauth_form
def token(request: HttpRequest) -> HttpResponse:
    """`/oauth2/token` (RFC 6749 §3.2)"""
    return _through_toolkit(request, "create_token_response")


@csrf_exempt
@open_to_scripts
@require_POST
@_counting_errors
@in_oauth_form
def push(request: HttpRequest) -> HttpResponse:
    """`/oauth2/par` (RFC 9126 §2): the same steps as at the authorization endpoint, before the browser is there."""
    refused = _refuse_odd_form(request)
    if refused:
        return refused
    try:
        client = authenticated_client(request)
    except InvalidClientError as error:
        asked = {"WWW-Authenticate": 'Basic realm="client"'}  # RFC 6749 §5.2
        return _failed(request, JsonResponse(dict(error.twotuples), status=401, headers=asked))
    params = request.POST.copy()
    params.setdefault("client_id", client.client_id)
    try:
        pushed = read_authorization_request(params)
        if pushed.client != client:
            raise UntrustedRequest("client_id of another client")
    except UntrustedRequest as error:
        return refusal("invalid_request", str(error), 400)
    except RefusedRequest as error:
        body = {"error": error.error} | ({"error_description": error.description} if error.description else {})
        return _no_store(JsonResponse(body, status=400))
    pushed.save(force_insert=True)
    lives = int((pushed.expires_at - pushed.created_at).total_seconds())
    return _no_store(JsonResponse({"request_uri": request_uri_of(pushed.pk), "expires_in": lives}, status=201))


@csrf_exempt
@open_to_scripts
@require_POST
@_counting_errors
@in_oauth_form
def revoke(request: HttpRequest) -> HttpResponse:
    """`/oauth2/revoke` (RFC 7009)"""
    return _through_toolkit(request, "create_revocation_response")


@csrf_exempt
@require_POST
@_counting_errors
@in_oauth_form
def introspect(request: HttpRequest) -> HttpResponse:
    """`/oauth2/introspect` (RFC 7662); signed for whoever accepts that type (RFC 9701 §4)."""
    response = _through_toolkit(request, "create_introspect_response")
    if response.status_code != 200 or INTROSPECTION_JWT not in request.headers.get("Accept", ""):
        return response
    claims = {
        "iss": conf.issuer,
        "aud": _claimed_client(request),
        "iat": int(timezone.now().timestamp()),
        "token_introspection": json.loads(response.content),
    }
    return _no_store(HttpResponse(sign(claims, typ="token-introspection+jwt"), content_type=INTROSPECTION_JWT))


@csrf_exempt
@open_to_scripts
@require_http_methods(["GET", "POST"])
@_counting_errors
@in_oauth_form
def userinfo(request: HttpRequest) -> HttpResponse:
    """`/oauth2/userinfo` (OIDC Core §5.3), signed for a client that registered so; the token comes in the header only
    (RFC 9700 §4.3.2)."""
    try:
        info = read_userinfo(bearer_token(request) or "")
    except InsufficientScope as error:
        return _refused_token(error)
    except FreedomIdError:
        return _refused_token(InvalidToken())
    if info.algorithm:
        return _no_store(HttpResponse(info.signed(), content_type="application/jwt"))
    return _no_store(JsonResponse(info.claims))


def _refused_token(error: InvalidToken | InsufficientScope) -> HttpResponse:
    """RFC 6750 §3.1; a token is also invalid when its account is blocked or its client suspended."""
    response = _no_store(
        JsonResponse({"error": error.error, "error_description": error.message}, status=error.http_status)
    )
    response["WWW-Authenticate"] = f'Bearer error="{error.error}"'
    return response


@open_to_scripts
@require_GET
def protected_resource(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse(resource_metadata()))


@open_to_scripts
@require_GET
def discovery(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse(metadata()))


@open_to_scripts
@require_GET
@in_oauth_form
def jwks(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse({"keys": public_keys()}))


@require_GET
@in_oauth_form
def assetlinks(_request: HttpRequest) -> HttpResponse:
    """`/.well-known/assetlinks.json`"""
    return _public(JsonResponse(asset_links(native_apps()), safe=False))


@require_GET
@in_oauth_form
def apple_association(_request: HttpRequest) -> HttpResponse:
    """`/.well-known/apple-app-site-association`"""
    return _public(JsonResponse(apple_app_site_association(native_apps())))


def _through_toolkit(request: HttpRequest, act: str) -> HttpResponse:
    """Hand a form-encoded request to oauthlib and its answer back."""
    refused = _refuse_odd_form(request)
    if refused:
        return refused
    _uri, headers, body, status = getattr(server_core(), act)(request)
    response = HttpResponse(body or "", status=status, content_type="application/json")
    for name, value in (headers or {}).items():
        response[name] = value
    return _failed(request, response) if status == 401 else _no_store(response)


def _refuse_odd_form(request: HttpRequest) -> HttpResponse | None:
    if request.content_type != FORM:
        return refusal("invalid_request", f"The body must be {FORM}.", 415)
    if "\x00" in request.body.decode("latin-1") or any("\x00" in value for value in request.POST.values()):
        return refusal("invalid_request", "A value has odd characters.", 400)
    # RFC 6749 §3.2; the toolkit keeps the last. RFC 8707 §2: "Multiple resource parameters MAY be used".
    if any(len(values) > 1 for name, values in request.POST.lists() if name != "resource"):
        return refusal("invalid_request", "A parameter is repeated.", 400)
    if len(_authentications(request)) > 1:  # RFC 6749 §2.3: "MUST NOT use more than one authentication method"
        return refusal("invalid_request", "Authenticate in one way.", 400)
    return None


def _authentications(request: HttpRequest) -> list[str]:
    basic = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[0].lower() == "basic"
    in_body = [name for name in ("client_secret", "client_assertion") if request.POST.get(name)]
    return [*in_body, *(["basic"] if basic else [])]


def _error_of(response: HttpResponse) -> str:
    try:
        return str(json.loads(response.content)["error"])
    except (ValueError, KeyError):
        return str(response.status_code)


def _failed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Count a failed client authentication; over the limit that is said instead."""
    try:
        refuse_client(_claimed_client(request), client_ip(request))
    except RateLimited as limited:
        return _limited(limited)
    return _no_store(response)


def _claimed_client(request: HttpRequest) -> str:
    """The client id of the Basic header or else of the body, there of the assertion at last, for counting failures; ""
    when none can be read."""
    scheme, _space, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return request.POST.get("client_id") or claimed_client(request.POST.get("client_assertion", ""))
    try:
        return b64decode(credentials).decode().partition(":")[0]
    except ValueError:
        return ""


def _limited(error: RateLimited) -> HttpResponse:
    body = {"error": error.error, "error_description": error.message}
    response = _no_store(JsonResponse(body, status=error.http_status))
    response["Retry-After"] = str(error.retry_after)
    return response


def _no_store(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _public(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={JWKS_MAX_AGE.seconds}"
    return response
