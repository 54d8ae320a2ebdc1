"""One id for whatever one request causes: its log lines, and those of the tasks that it sends to the worker."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from freedom_id.conf import conf

HEADER = "X-Request-Id"
NONE = "-"
WELL_FORMED = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as nginx and Envoy draw them
_current: ContextVar[str] = ContextVar("request_id", default=NONE)


def current_request_id() -> str:
    """The id of the request that is being answered, or whose task is being done; "-" outside of any."""
    return _current.get()


def adopt_request_id(request_id: str) -> None:
    """From here on this thread works for that request."""
    _current.set(request_id)


def begin_request(environ: Mapping[str, Any]) -> str:
    """The id of the request with this WSGI environ: our proxies' `X-Request-Id` (`FREEDOM_ID["TRUSTED_PROXIES"]`) where
    it is a UUID or 32 hexadecimal digits, else a new one. What a stranger sends is never written to a log."""
    given = environ.get("HTTP_X_REQUEST_ID", "") if conf.trusted_proxies else ""
    request_id = given if WELL_FORMED.fullmatch(given) else uuid4().hex
    adopt_request_id(request_id)
    return request_id
