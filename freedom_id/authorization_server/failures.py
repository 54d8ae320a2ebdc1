"""What no handler of an OAuth endpoint answered, in OAuth's form (RFC 6749 §5.2)."""

import logging
from collections.abc import Callable
from functools import wraps

import orjson
import psycopg
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, UnreadablePostError

View = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger(__name__)


def in_oauth_form(view: View) -> View:
    """The view, with each failure as an OAuth error: 503 that may be repeated when the database is away."""

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except RequestDataTooBig:
            return refusal("invalid_request", "The body is too large.", 413)
        except (SuspiciousOperation, UnreadablePostError):  # too many parameters; a body that ends before its length
            return refusal("invalid_request", "The request is malformed.", 400)
        except (DatabaseError, InterfaceError, psycopg.Error):
            logger.exception("database away")
            return refusal("temporarily_unavailable", "Please repeat.", 503, **{"Retry-After": "1"})
        except Exception:
            logger.exception("unforeseen")
            return refusal("server_error", "Internal error.", 500)

    return answered


def refusal(error: str, description: str, status: int, **headers: str) -> HttpResponse:
    content = orjson.dumps({"error": error, "error_description": description})
    own = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, status=status, headers=own | headers)
