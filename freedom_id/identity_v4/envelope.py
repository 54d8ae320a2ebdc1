"""The one shape of every answer: `{"code", "message", "platform_module"[, "report_dashboard"][, payload]}`, where a
refusal has `errors` by field in place of a payload."""

from enum import IntEnum
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from freedom_id.identity_v4.errors import IdentityError

SUCCESS = 10001
LONGEST_REQUEST_ID = 200


class Module(IntEnum):
    """`platform_module`: which part of the platform answers."""

    OTPS = 1109
    CREDENTIALS = 1501
    CONSENTS_AND_APPS = 1502
    TWO_STEP = 1503
    ACCOUNTS = 1504
    DEVICES = 1505
    CLIENTS = 1509


def success(module: Module, **payload: Any) -> str:
    """The body of a success, with its payload under the name that the row gives it."""
    return _envelope(SUCCESS, "Success", module, **payload)


def answer(body: str, *, status: int = 200) -> HttpResponse:
    content = body.encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, status=status, headers=headers)


def error_answer(error: IdentityError, module: Module) -> HttpResponse:
    errors = {"errors": error.errors} if error.errors else {}
    body = error.body or _envelope(error.code, error.message, module, **errors, **error.payload)
    response = answer(body, status=error.http_status)
    for name, value in error.headers.items():
        response[name] = value
    return response


def echo_request_id(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """`X-Request-ID` comes back as it came."""
    if request_id := request_id_of(request):
        response["X-Request-ID"] = request_id
    return response


def request_id_of(request: HttpRequest) -> str:
    """`X-Request-ID`, if it is printable ASCII of at most 200 characters, else nothing."""
    request_id: str = request.META.get("HTTP_X_REQUEST_ID", "")
    good = len(request_id) <= LONGEST_REQUEST_ID and request_id.isascii() and request_id.isprintable()
    return request_id if good else ""


def _envelope(code: int, message: str, module: Module, **more: Any) -> str:
    return orjson.dumps({"code": code, "message": message, "platform_module": module.value, **more}).decode()
