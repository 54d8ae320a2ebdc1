"""What clients call skips the middleware of pages: it has no session, no CSRF, no messages, and its views set their own
headers. That chain costs 0.4 of an empty view's throughput (docs/performance.md)."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, get_script_name
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import set_script_prefix

from freedom_id.request_id import HEADER, begin_request
from identity_portal.tracing import Application, begin_tracing, traced

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity_portal.settings")

LEAN_PATHS = (
    *("/api/v1/oauth/", "/v1/oauth/"),
    *("/oauth2/userinfo", "/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/par"),
    *(
        "/identity/v4/",
        "/consents/v1/",
        "/consents/receipts/",
        "/.well-known/",
        "/api/schema",
        "/livez",
        "/readyz",
        "/metrics",
    ),
)
SERVER_ERROR = 500


class LeanHandler(WSGIHandler):
    """Django's handler with an empty middleware chain, and without the signals around a request: their receivers look
    after connections each time, here a failure makes them look."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        set_script_prefix(get_script_name(environ))
        response: Any = self.get_response(self.request_class(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        if response.status_code >= SERVER_ERROR:
            close_old_connections()
        return [response.content]

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]


_pages = get_wsgi_application()
_lean = LeanHandler()


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    # Everything here speaks UTF-8 (JSON: RFC 8259 §8.1). Django would take any codec of Python's for the query, and
    # those that are no text encodings (base64, rot13) fail before it can answer.
    kind, *parameters = environ.get("CONTENT_TYPE", "").split(";")
    kept = [parameter for parameter in parameters if parameter.strip().lower().startswith("boundary=")]
    environ["CONTENT_TYPE"] = ";".join([kind, *kept])
    request_id = begin_request(environ)

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        echoed = any(name.lower() == HEADER.lower() for name, _value in headers)  # some doors return the caller's own
        return start_response(status, headers if echoed else [*headers, (HEADER, request_id)], *rest)

    handler = _lean if environ["PATH_INFO"].startswith(LEAN_PATHS) else _pages
    return handler(environ, start)


application: Application = traced(_answer) if begin_tracing() else _answer
