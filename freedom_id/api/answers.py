"""The shapes in which this door answers: flat objects, times as ISO 8601 with microseconds and `Z`, and one error
shape."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from freedom_id.answered_errors import count_by_header
from freedom_id.api.inputs import bearer
from freedom_id.domain.profile_requests import ProfileAnswer
from freedom_id.domain.statements import find_client, read_access, read_refresh
from freedom_id.domain.tokens import TokenSet
from freedom_id.domain.usage_counts import count_error
from freedom_id.enums import ApiDoor
from freedom_id.errors import FreedomIdError, InvalidClient, InvalidFields, InvalidToken, RateLimited
from freedom_id.rfc7617_basic import basic_credentials
from freedom_id.sealing import token_digest

logger = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


def json_answer(body: Any, status: int = 200) -> HttpResponse:
    content = orjson.dumps(body)
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, status=status, headers=headers)


def iso_time(moment: datetime) -> str:
    """`2025-03-04T06:35:50.000000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def token_answer(tokens: TokenSet) -> HttpResponse:
    return json_answer(
        {
            "id": str(tokens.id),
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "access_expire_at": iso_time(tokens.access_expires),
            "refresh_expire_at": iso_time(tokens.refresh_expires),
            "token_type": "Bearer",
            "expires_in": round((tokens.access_expires - timezone.now()).total_seconds()),
            "grants": tokens.grants,
        }
    )


def profile_answer(answer: ProfileAnswer) -> dict[str, Any]:
    return {
        "request_id": str(answer.request_id),
        "status": answer.status,
        "status_message": answer.status_message,
        "freedom_id": str(answer.freedom_id),
    }


def error_answer(error: FreedomIdError, *, as_200: bool = False) -> HttpResponse:
    """The error shape: `errors` for invalid fields, `code` for everything else; never the private detail."""
    body: dict[str, Any] = {"message": error.message}
    if isinstance(error, InvalidFields):
        body["errors"] = error.errors
    else:
        body["code"] = error.code
    response = json_answer({"error": body}, status=200 if as_200 else error.http_status)
    if error.http_status == 401:
        challenge = 'Basic realm="freedom-id"' if isinstance(error, InvalidClient) else f'Bearer error="{error.error}"'
        response["WWW-Authenticate"] = challenge
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


def answering(**methods: Handler) -> Handler:
    """One view for the handlers of a path (`POST=…`), with every failure in this door's own shape.

    A failure of the database is a 503 that may be repeated; anything else that nobody foresaw is a 500 with code
    100199.
    """

    @csrf_exempt  # no cookie authenticates here
    def view(request: HttpRequest) -> HttpResponse:
        handler = methods.get(request.method or "")
        if handler is None:
            response = json_answer({"error": {"message": "Method not allowed."}}, status=405)
            response["Allow"] = ", ".join(methods)
            return response
        try:
            return handler(request)
        except FreedomIdError as error:
            return _refused(request, error)
        except RequestDataTooBig:
            return json_answer({"error": {"message": "The body is too large."}}, status=413)
        except (SuspiciousOperation, UnreadablePostError):  # too many parameters; a body that ends before its length
            return json_answer({"error": {"message": "The request is malformed."}}, status=400)
        except (DatabaseError, psycopg.Error) as error:
            logger.exception("database away")
            count_by_header(request, ApiDoor.FREEDOM_ID, FreedomIdError.code)
            return _unavailable(error)
        except Exception:
            logger.exception("unforeseen")
            count_by_header(request, ApiDoor.FREEDOM_ID, FreedomIdError.code)
            return error_answer(FreedomIdError())

    return view


def _refused(request: HttpRequest, error: FreedomIdError) -> HttpResponse:
    """Counted for the client, in the shape that it wants."""
    client_id, as_200 = _asking(request)
    count_error(client_id, ApiDoor.FREEDOM_ID, error.code or "fields")
    return error_answer(error, as_200=as_200)


def _unavailable(_error: Exception) -> HttpResponse:
    answer = {"error": {"message": "Temporarily unavailable, please repeat.", "code": FreedomIdError.code}}
    response = json_answer(answer, status=503)
    response["Retry-After"] = "1"
    return response


def _asking(request: HttpRequest) -> tuple[str, bool]:
    """Of the client that asks, as far as it says who it is: its client id, and whether it expects errors under status
    200 (old integrations). Read only on errors."""
    try:
        if request.META.get("HTTP_AUTHORIZATION", "")[:6].lower() == "basic ":
            client = find_client(basic_credentials(request).client_id)
            return (client.client_id, client.errors_as_200) if client else ("", False)
        presented = token_digest(bearer(request))
        token = read_access(presented) or read_refresh(presented, presented)
    except (InvalidClient, InvalidToken):
        return "", False
    return (token.client_id, token.errors_as_200) if token else ("", False)
