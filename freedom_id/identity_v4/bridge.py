"""Row 12 of docs/identity-v4-api.md: a client's token becomes one for another client. It answers in OAuth's form, not
in this door's envelope."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from freedom_id.authorization_server.failures import in_oauth_form, refusal
from freedom_id.authorization_server.rfc8693_token_exchange import GRANT_TYPE, exchange_response, read_exchange
from freedom_id.authorization_server.server import error_response, error_status
from freedom_id.client_address import client_ip
from freedom_id.domain.links import ClientCredentials, require_client
from freedom_id.domain.queries.clients import clients_named
from freedom_id.domain.rows import ClientRow
from freedom_id.domain.token_exchange import ConsentRequired, exchange_token
from freedom_id.errors import FreedomIdError, InvalidClient, InvalidFields
from freedom_id.identity_v4.envelope import answer, echo_request_id
from freedom_id.rfc6750_bearer import bearer_token
from freedom_id.rfc7617_basic import basic_credentials

FORM = "application/x-www-form-urlencoded"
GRANT_TYPES = ("token-exchange", GRANT_TYPE)
CONSENT_REQUIRED = 40301


class UnsupportedGrantType(FreedomIdError):
    error = "unsupported_grant_type"
    http_status = 400
    message = "The grant_type must be token-exchange."


@csrf_exempt  # no cookie authenticates here
def exchange(request: HttpRequest) -> HttpResponse:
    return echo_request_id(request, _answer(request))


@in_oauth_form
def _answer(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return refusal("invalid_request", "Method not allowed.", 405, Allow="POST")
    try:
        return _json(_exchanged(request))
    except FreedomIdError as error:
        return _error(error)


def _exchanged(request: HttpRequest) -> dict[str, Any]:
    fields = _fields(request)
    caller = _caller(request, fields)
    if "grant_type" not in fields:
        raise InvalidFields({"grant_type": ["This is required."]})
    if fields["grant_type"] not in GRANT_TYPES:
        raise UnsupportedGrantType
    asked = read_exchange(fields)
    if bearer_token(request) not in (None, asked.subject_token):
        raise InvalidFields({"subject_token": ["The Authorization header has another token."]})
    return exchange_response(exchange_token(asked, caller=caller), fields)


def _fields(request: HttpRequest) -> Mapping[str, Any]:
    """The members of a JSON object, or the fields of a form, each once (RFC 6749 §3.2)."""
    if request.content_type == FORM:
        repeated = [name for name, values in request.POST.lists() if len(values) > 1]
        if repeated:
            raise InvalidFields({"body": ["A parameter is repeated."]})
        return request.POST.dict()
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise InvalidFields({"body": ["A JSON object or a form is required."]})
    return body


def _caller(request: HttpRequest, fields: Mapping[str, Any]) -> ClientRow:
    """The client by one way of authentication (RFC 6749 §2.3: "MUST NOT use more than one"): Basic, or the headers
    `client-id` and `client-secret`. A header that came twice arrives as one with a comma, which no id or secret has."""
    client_id, secret = (request.META.get(name) for name in ("HTTP_CLIENT_ID", "HTTP_CLIENT_SECRET"))
    basic = request.META.get("HTTP_AUTHORIZATION", "")[:6].lower() == "basic "
    by_headers = client_id is not None or secret is not None
    if (basic and by_headers) or "client_secret" in fields or "client_secret" in request.GET:
        raise InvalidFields({"client": ["Authenticate in one way: Basic, or client-id and client-secret headers."]})
    if by_headers and ("," in f"{client_id}{secret}" or None in (client_id, secret)):
        raise InvalidFields({"client": ["The headers client-id and client-secret are needed, each once."]})
    if not by_headers:
        shown = basic_credentials(request)
        client_id, secret = shown.client_id, shown.secret
    named = clients_named(str(client_id)).values_list("client_id", flat=True).first()
    return require_client(ClientCredentials(named or "", str(secret), client_ip(request)))


def _error(error: FreedomIdError) -> HttpResponse:
    body = error_response(error) | ({"code": CONSENT_REQUIRED} if isinstance(error, ConsentRequired) else {})
    response = _json(body, error_status(error))
    if isinstance(error, InvalidClient):
        response["WWW-Authenticate"] = 'Basic realm="freedom-id"'
    if hasattr(error, "retry_after"):
        response["Retry-After"] = str(error.retry_after)
    return response


def _json(body: Mapping[str, Any], status: int = 200) -> HttpResponse:
    return answer(orjson.dumps(body).decode(), status=status)
