"""Traces by OpenTelemetry, for whoever installed `identity-portal[otel]` and set one of its variables; else nothing of
it is imported.

What is sent is an allow-list: a request is its route, never its path or query, where tokens stand; a statement is its
text with placeholders, never a parameter; of an error the class. So no exporter needs to be trusted with a person.
"""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.backends.signals import connection_created
from django.urls import Resolver404, resolve

logger = logging.getLogger(__name__)
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
WANTED_BY = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
TOLD = frozenset(
    {
        *("http.request.method", "http.route", "http.response.status_code", "error.type"),
        *("db.system.name", "db.operation.name", "db.query.text"),
        *("celery.action", "celery.task_name", "celery.state", "messaging.message.id", "messaging.destination"),
    }
)
SERVER_ERROR = 500


def begin_tracing(exporter: Any = None) -> bool:
    """Trace this process from now on: its tasks, its statements and its commands to the broker (requests: `traced`).
    Whether it is traced. `exporter` is another than the one that the environment asks for."""
    if exporter is None and not _is_wanted():
        return False
    try:
        _begin(exporter)
    except ImportError as error:
        logger.warning("no traces: %s is not installed; it comes with identity-portal[otel]", error.name)
        return False
    return True


def traced(application: Application) -> Application:
    """`application` with a span around each request, and in the trace of the caller that a trusted header names."""
    from opentelemetry import trace  # noqa: PLC0415 -- an extra
    from opentelemetry.propagate import extract  # noqa: PLC0415 -- an extra

    tracer = trace.get_tracer("identity_portal")

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        route, method = _route(environ["PATH_INFO"]), environ["REQUEST_METHOD"]
        caller = extract({"traceparent": environ.get("HTTP_TRACEPARENT", "")})
        known = {"http.request.method": method, "http.route": route}
        with tracer.start_as_current_span(
            f"{method} {route}".strip(), context=caller, kind=trace.SpanKind.SERVER, attributes=known
        ) as span:

            def start(status: str, *rest: Any) -> Any:
                span.set_attribute("http.response.status_code", int(status[:3]))
                if int(status[:3]) >= SERVER_ERROR:
                    span.set_status(trace.StatusCode.ERROR)
                return start_response(status, *rest)

            return application(environ, start)

    return call


def _is_wanted() -> bool:
    off = os.environ.get("OTEL_TRACES_EXPORTER") == "none" or os.environ.get("OTEL_SDK_DISABLED") == "true"
    return not off and any(os.environ.get(name) for name in WANTED_BY)


def _begin(exporter: Any) -> None:
    from opentelemetry import trace  # noqa: PLC0415 -- an extra
    from opentelemetry.instrumentation.celery import CeleryInstrumentor  # noqa: PLC0415 -- an extra
    from opentelemetry.instrumentation.redis import RedisInstrumentor  # noqa: PLC0415 -- an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 -- an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 -- an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 -- an extra

    name = os.environ.get("OTEL_SERVICE_NAME", "identity-portal")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    discreet: Any = Discreet(exporter or _exporter())  # a SpanExporter by its methods alone: that class is an extra's
    provider.add_span_processor(BatchSpanProcessor(discreet))
    trace.set_tracer_provider(provider)
    CeleryInstrumentor().instrument()
    RedisInstrumentor().instrument()
    connection_created.connect(_trace_statements, dispatch_uid="identity_portal.tracing")


def _exporter() -> Any:
    if os.environ.get("OTEL_TRACES_EXPORTER") == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415 -- an extra

        return ConsoleSpanExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 -- an extra

    return OTLPSpanExporter()


class Discreet:
    """An exporter that hands on of each span its name, its times, and the attributes that are `TOLD`."""

    def __init__(self, exporter: Any) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[Any]) -> Any:
        return self._exporter.export([_discreet(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return bool(self._exporter.force_flush(timeout_millis))


def _discreet(span: Any) -> Any:
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415 -- an extra
    from opentelemetry.trace import Status  # noqa: PLC0415 -- an extra

    failures = [event.attributes["exception.type"] for event in span.events if event.name == "exception"]
    told = {name: value for name, value in span.attributes.items() if name in TOLD}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=told | ({"error.type": failures[0]} if failures else {}),
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _trace_statements(*, connection: Any, **_kwargs: Any) -> None:
    """The prepared statements of the hot paths pass by this, as they pass by Django's cursor."""
    if _around_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_around_statement)


def _around_statement(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    from opentelemetry import trace  # noqa: PLC0415 -- an extra

    system, operation = context["connection"].vendor, str(sql).lstrip("( \n")[:6].upper()
    known = {"db.system.name": system, "db.operation.name": operation, "db.query.text": str(sql)}
    tracer = trace.get_tracer("identity_portal")
    with tracer.start_as_current_span(f"{system} {operation}", kind=trace.SpanKind.CLIENT, attributes=known):
        return execute(sql, params, many, context)


def _route(path: str) -> str:
    """The pattern that the path matches, with names in the place of values; "" where there is none."""
    try:
        return "/" + resolve(path).route
    except Resolver404:
        return ""
