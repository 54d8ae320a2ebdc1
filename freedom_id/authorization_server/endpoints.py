"""The endpoints that clients call: token, pushed requests, revocation, introspection, userinfo, metadata, keys. (The
one that people see is `views.authorize`.)"""

import json
from base64 import b64decode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freedom_id.authorization_server.authorize import (
    RefusedRequest,
    UntrustedRequest,
    read_authorization_request,
    request_uri_of,
)
from freedom_id.authorization_server.discovery import metadata, resource_metadata
from freedom_id.authorization_server.failures import in_oauth_form, refusal
from freedom_id.authorization_server.toolkit import authenticated_client, server_core
from freedom_id.authorization_server.userinfo import userinfo_claims
from freedom_id.client_address import client_ip
from freedom_id.conf import conf
from freedom_id.domain.partner_clients import refuse_client
from freedom_id.domain.signing_keys import JWKS_MAX_AGE, public_keys, sign
from freedom_id.errors import FreedomIdError, RateLimited
from freedom_id.rfc6750_bearer import bearer_token

FORM = "application/x-www-form-urlencoded"
INTROSPECTION_JWT = "application/token-introspection+jwt"


@csrf_exempt
@require_POST
@in_oauth_form
def token(request: HttpRequest) -> HttpResponse:
    """`/oauth2/token` (RFC 6749 §3.2)"""
    return _through_toolkit(request, "create_token_response")


@csrf_exempt
@require_POST
@in_oauth_form
def push(request: HttpRequest) -> HttpResponse:
    """`/oauth2/par` (RFC 9126 §2): the same steps as at the authorization endpoint, before the browser is there."""
    refused = _refuse_odd_form(request)
    if refused:
        return refused
    client = authenticated_client(request)
    if client is None:
        asked = {"WWW-Authenticate": 'Basic realm="client"'}  # RFC 6749 §5.2
        return _failed(request, JsonResponse({"error": "invalid_client"}, status=401, headers=asked))
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
@require_POST
@in_oauth_form
def revoke(request: HttpRequest) -> HttpResponse:
    """`/oauth2/revoke` (RFC 7009)"""
    return _through_toolkit(request, "create_revocation_response")


@csrf_exempt
@require_POST
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
@require_http_methods(["GET", "POST"])
@in_oauth_form
def userinfo(request: HttpRequest) -> HttpResponse:
    """`/oauth2/userinfo` (OIDC Core §5.3); the token comes in the header only (RFC 9700 §4.3.2)."""
    try:
        return _no_store(JsonResponse(userinfo_claims(bearer_token(request) or "")))
    except FreedomIdError as error:
        body = {"error": error.error, "error_description": error.message}
        response = _no_store(JsonResponse(body, status=error.http_status))
        if error.http_status in (401, 403):
            response["WWW-Authenticate"] = f'Bearer error="{error.error}"'
        return response


@require_GET
def protected_resource(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse(resource_metadata()))


@require_GET
def discovery(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse(metadata()))


@require_GET
@in_oauth_form
def jwks(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse({"keys": public_keys()}))


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
    if any(len(values) > 1 for _name, values in request.POST.lists()):  # RFC 6749 §3.2; the toolkit keeps the last
        return refusal("invalid_request", "A parameter is repeated.", 400)
    return None


def _failed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Count a failed client authentication; over the limit that is said instead."""
    try:
        refuse_client(_claimed_client(request), client_ip(request))
    except RateLimited as limited:
        return _limited(limited)
    return _no_store(response)


def _claimed_client(request: HttpRequest) -> str:
    """The client id of the Basic header or else of the body, for counting failures; "" when none can be read."""
    scheme, _space, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return request.POST.get("client_id", "")
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
    response["Access-Control-Allow-Origin"] = "*"
    return response
