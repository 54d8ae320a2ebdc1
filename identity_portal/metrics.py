"""What an alarm should know, in the text format of Prometheus, read from the rows at each scrape: every web process
answers the same, so scrape one of them, through the balancer."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from secrets import compare_digest

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.views.decorators.http import require_safe

from consents.domain.reports.part import Part
from consents.enums import Counted
from freedom_id.domain.queries.outboxes import outboxes
from freedom_id.domain.sweep import seconds_since_sweep
from freedom_id.rfc6750_bearer import bearer_token

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HEADERS = {"Cache-Control": "no-store"}
Sample = tuple[str, float]


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has METRICS_TOKEN as a bearer token; without that setting there is nothing here."""
    if not settings.METRICS_TOKEN:
        return HttpResponseNotFound(headers=HEADERS)
    if not compare_digest((bearer_token(request) or "").encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={**HEADERS, "WWW-Authenticate": "Bearer"})
    return HttpResponse("\n".join([*_lines(), ""]), MEDIA_TYPE, headers=HEADERS)


def _lines() -> Iterator[str]:
    """Ten statements."""
    waiting, silence = outboxes(), seconds_since_sweep()
    depths = [(_label("kind", box.kind), box.waiting) for box in waiting]
    ages = [(_label("kind", box.kind), box.overdue_seconds) for box in waiting]
    swept = [] if silence is None else [("", silence)]
    yield from _gauge("freedom_id_outbox_waiting", "Rows that wait for the worker.", depths)
    yield from _gauge("freedom_id_outbox_overdue_seconds", "How long the oldest of them is due.", ages)
    yield from _gauge("freedom_id_seconds_since_sweep", "Since a worker began a sweep; missing after hours.", swept)
    yield from _gauge("consents_today", "What was counted since midnight UTC.", _consents_today())


def _consents_today() -> list[Sample]:
    today = timezone.now().astimezone(UTC).date()
    found = dict(Part(today, today).counts().values_list("counted").annotate(Sum("number")))
    return [(_label("counted", counted.value), found.get(counted.value, 0)) for counted in Counted]


def _label(name: str, value: str) -> str:
    return f'{{{name}="{value}"}}'


def _gauge(name: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        yield f"{name}{labels} {value}"
