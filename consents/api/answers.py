"""The shapes in which this door answers: times as ISO 8601 with microseconds and `Z`, and one error shape."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from consents.conf import conf
from consents.domain.check import ConsentDecision
from consents.domain.receipt_verification import TYP, receipt_file
from consents.errors import CallerRefused, ConsentsError
from consents.models import ConsentTransaction
from consents.signals import check_refused

logger = logging.getLogger(__name__)
Handler = Callable[..., Any]
LONGEST_REQUEST_ID = 200
NOT_FOUND = 404
JSON = "application/json"
_imported = lru_cache(maxsize=4)(import_string)
RECEIPT_MEDIA_TYPE = f"application/{TYP}"  # RFC 7515 §4.1.9: `typ` is a media type without this prefix


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return _answered(orjson.dumps(body), JSON, status, headers)


def _answered(
    content: bytes, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    own = {
        "Content-Type": media_type,
        "Content-Length": str(len(content)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, status=status, headers=own | dict(headers or {}))


def decisions_answer(decisions: Iterable[ConsentDecision]) -> list[dict[str, Any]]:
    return [
        {
            "name": decision.name,
            "allowed": decision.allowed,
            "reason": decision.reason.value,
            "version": decision.version_number,
            "expires_at": iso_time(decision.expires_at) if decision.expires_at else None,
            "transaction_id": decision.transaction_id,
        }
        for decision in decisions
    ]


def history_answer(rows: Iterable[ConsentTransaction], scope_key: str) -> list[dict[str, Any]]:
    """A receipt is named to its recipient alone."""
    return [
        {
            "transaction_id": row.pk,
            "name": row.purpose.name,
            "version": row.purpose_version.number,
            "action": row.action,
            "actor": row.actor,
            "occurred_at": iso_time(row.occurred_at),
            "recorded_at": iso_time(row.recorded_at),
            "epoch": row.epoch,
            "expires_at": iso_time(row.expires_at) if row.expires_at else None,
            "locale": row.locale,
            "text_sha256": row.text_sha256,
            "receipt_id": row.receipt_id if row.receipt and row.receipt.recipient == scope_key else None,
        }
        for row in rows
    ]


def receipt_answer(request: HttpRequest, document: str, jws: str) -> HttpResponse:
    """The stored bytes as JSON, or for who prefers the JWS's own media type the JWS alone."""
    if request.get_preferred_type([JSON, RECEIPT_MEDIA_TYPE]) == RECEIPT_MEDIA_TYPE:
        return _answered(jws.encode(), RECEIPT_MEDIA_TYPE, headers={"Vary": "Accept"})
    return _answered(receipt_file(document, jws).encode(), JSON, headers={"Vary": "Accept"})


def iso_time(moment: datetime) -> str:
    """`2025-03-04T06:35:50.000000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def error_body(code: str, message: str) -> dict[str, dict[str, str]]:
    return {"error": {"code": code, "message": message}}


def answering(**methods: Handler) -> Callable[..., HttpResponse]:
    """One view for the handlers of a path (`GET=…`), each called with who asks and what the path captures; it returns
    the body of its answer, or the answer.

    A failure of the database is a 503 that may be repeated, anything that nobody foresaw a 500: neither permits.
    """

    @csrf_exempt  # no cookie authenticates here
    def view(request: HttpRequest, **captured: str) -> HttpResponse:
        handler = methods.get(request.method or "")
        if handler is None:
            allowed = {"Allow": ", ".join(methods)}
            return json_answer(error_body("method_not_allowed", "Method not allowed."), 405, allowed)
        response = _answer(handler, request, captured)
        request_id = request.META.get("HTTP_X_REQUEST_ID", "")
        if request_id and len(request_id) <= LONGEST_REQUEST_ID and request_id.isascii() and request_id.isprintable():
            response["X-Request-ID"] = request_id  # AuthZEN 1.0: given back as it came
        return response

    return view


def _answer(handler: Handler, request: HttpRequest, captured: Mapping[str, str]) -> HttpResponse:
    try:
        answer = handler(request, _imported(conf.caller)(request), **captured)
        return answer if isinstance(answer, HttpResponse) else json_answer(answer)
    except ConsentsError as error:
        headers = error.headers if isinstance(error, CallerRefused) else None
        return _refused(request, error.code, error.description, error.http_status, headers)
    except RequestDataTooBig:
        return _refused(request, "too_large", "The body is too large.", 413)
    except (SuspiciousOperation, UnreadablePostError):  # a body that ends before its length
        return _refused(request, "invalid_request", "The request is malformed.", 400)
    except (DatabaseError, InterfaceError):
        logger.exception("database away")
        return _refused(request, "unavailable", "Please repeat.", 503, {"Retry-After": "1"})
    except Exception:
        logger.exception("unforeseen")
        return _refused(request, "server_error", "Internal error.", 500)


def _refused(
    request: HttpRequest, code: str, description: str, status: int, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    if status != NOT_FOUND:
        check_refused.send(sender=None, request=request, code=code)
    return json_answer(error_body(code, description), status, headers)
