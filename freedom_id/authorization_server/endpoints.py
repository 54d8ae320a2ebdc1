"""The endpoints that clients call: token, revocation, userinfo, metadata, keys. (The one that people see is
`views.authorize`.)"""

from base64 import b64decode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freedom_id.authorization_server.discovery import metadata
from freedom_id.authorization_server.failures import in_oauth_form
from freedom_id.authorization_server.toolkit import server_core
from freedom_id.authorization_server.userinfo import userinfo_claims
from freedom_id.client_address import client_ip
from freedom_id.domain.partner_clients import refuse_client
from freedom_id.domain.signing_keys import public_keys
from freedom_id.errors import FreedomIdError, RateLimited
from freedom_id.rfc6750_bearer import bearer_token

FORM = "application/x-www-form-urlencoded"


@csrf_exempt
@require_POST
@in_oauth_form
def token(request: HttpRequest) -> HttpResponse:
    """`/oauth2/token` (RFC 6749 §3.2)"""
    return _through_toolkit(request, "create_token_response")


@csrf_exempt
@require_POST
@in_oauth_form
def revoke(request: HttpRequest) -> HttpResponse:
    """`/oauth2/revoke` (RFC 7009)"""
    return _through_toolkit(request, "create_revocation_response")


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
def discovery(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse(metadata()))


@require_GET
@in_oauth_form
def jwks(_request: HttpRequest) -> HttpResponse:
    return _public(JsonResponse({"keys": public_keys()}))


def _through_toolkit(request: HttpRequest, act: str) -> HttpResponse:
    """Hand a form-encoded request to oauthlib and its answer back."""
    if request.content_type != FORM:
        error = {"error": "invalid_request", "error_description": f"The body must be {FORM}."}
        return _no_store(JsonResponse(error, status=415))
    if "\x00" in request.body.decode("latin-1") or any("\x00" in value for value in request.POST.values()):
        return _no_store(JsonResponse({"error": "invalid_request"}, status=400))
    if any(len(values) > 1 for _name, values in request.POST.lists()):  # RFC 6749 §3.2; the toolkit keeps the last
        error = {"error": "invalid_request", "error_description": "A parameter is repeated."}
        return _no_store(JsonResponse(error, status=400))
    _uri, headers, body, status = getattr(server_core(), act)(request)
    if status == 401:
        try:
            refuse_client(_claimed_client(request), client_ip(request))
        except RateLimited as limited:
            return _limited(limited)
    response = HttpResponse(body or "", status=status, content_type="application/json")
    for name, value in (headers or {}).items():
        response[name] = value
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
    response["Cache-Control"] = "public, max-age=3600"
    response["Access-Control-Allow-Origin"] = "*"
    return response
