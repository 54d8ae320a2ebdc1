"""Traces: nothing of them unless they are wanted, and no person, token or parameter in them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.signals import connection_created
from django.test import RequestFactory
from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from freedom_id.models import Account
from freedom_id.tasks import task_deliver_notice
from identity_portal import tracing
from identity_portal.wsgi import application
from tests.production import PRODUCTION

# In a process of its own: what this one has imported stays imported.
PROCESS = """
import sys
from identity_portal import wsgi
from django.test import RequestFactory
answered = []
wsgi.application(RequestFactory().get("/livez").environ, lambda status, *rest: answered.append(status))
print(answered[0], "traced" if any(name.startswith("opentelemetry.sdk") for name in sys.modules) else "untraced")
"""
WANTED = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
NUMBER = "+998901234567"
TOKEN = "4f2c9b1de07a4f2c9b1de07a4f2c9b1d"


def test_without_its_variables_nothing_of_it_is_imported() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [sys.executable, "-c", PROCESS]
    done = subprocess.run(command, env=clean | PRODUCTION, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "200 OK untraced"


@pytest.mark.parametrize(
    "environment",
    [{}, WANTED | {"OTEL_SDK_DISABLED": "true"}, WANTED | {"OTEL_TRACES_EXPORTER": "none"}],
    ids=["not wanted", "disabled", "no exporter"],
)
def test_it_is_begun_only_when_it_is_wanted(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_SDK_DISABLED", *tracing.WANTED_BY):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert not tracing.begin_tracing()


def test_wanted_and_not_installed_is_told_and_harms_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in WANTED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)  # Python then finds it no more
    assert not tracing.begin_tracing()
    assert "it comes with identity-portal[otel]" in caplog.text


@pytest.fixture
def spans() -> Iterator[Any]:
    """Everything that would leave the house. Other tests are not traced."""
    exporter = InMemorySpanExporter()
    assert tracing.begin_tracing(exporter)

    def told() -> list[Any]:
        trace.get_tracer_provider().force_flush()
        return list(exporter.get_finished_spans())

    yield told
    connection.execute_wrappers.clear()
    connection_created.disconnect(dispatch_uid="identity_portal.tracing")
    CeleryInstrumentor().uninstrument()
    RedisInstrumentor().uninstrument()
    trace.get_tracer_provider().shutdown()


@pytest.mark.django_db
def test_requests_statements_and_tasks_are_told_without_a_person(spans: Any) -> None:
    tracing._trace_statements(connection=connection)
    list(Account.objects.filter(locale=NUMBER))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT no_such FROM freedom_id_account WHERE lastname = %s", [NUMBER])
    task_deliver_notice.apply(kwargs={"notice_id": str(uuid4())})
    application_traced = tracing.traced(application)
    for path in ("/livez", f"/partners/button/?to={NUMBER}", f"/nowhere/{TOKEN}"):
        b"".join(application_traced(RequestFactory().get(path).environ, lambda *_answer: None))
    assert tracing._route(f"/login/stop/{TOKEN}") == "/login/stop/<str:token>"
    found = spans()
    everything = "".join(span.to_json() for span in found)
    assert NUMBER not in everything
    assert TOKEN not in everything
    names = {span.name for span in found}
    assert {"GET", "GET /livez"} <= names
    assert any(name.endswith("SELECT") for name in names)
    assert any("freedom_id.deliver_notice" in name for name in names)
    assert {span.attributes.get("http.response.status_code") for span in found} >= {200, 404}
