"""What happened to the person's account: her journal, newest first."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from freedom_id.domain.audit import readings_of
from freedom_id.models import Account, AccountEvent
from freedom_id.views.browser_session import account_of

PAGE = 30


@login_required
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """A page of it; `?before=` a moment goes on from there."""
    lines = journal(account_of(request), before=_before(request), number=PAGE + 1)
    older = lines[PAGE - 1]["when"].isoformat() if len(lines) > PAGE else ""
    return render(request, "freedom_id/me/activity.html", {"events": lines[:PAGE], "older": older})


def journal(account: Account, *, number: int, before: datetime | None = None) -> list[dict[str, Any]]:
    """The newest lines of her journal in her words; with `before`, those that are older."""
    events = AccountEvent.objects.select_related("client", "actor").filter(account=account)
    if before is not None:
        events = events.filter(happened_at__lt=before)
    lines: list[dict[str, Any]] = [
        {"when": event.happened_at, "text": _text(event), "ip": event.ip}
        for event in events.order_by("-happened_at")[:number]
    ]
    lines += _looks(account, number=number, before=before)
    return sorted(lines, key=lambda line: line["when"], reverse=True)[:number]


def _looks(account: Account, *, number: int, before: datetime | None) -> list[dict[str, Any]]:
    """When staff looked at her data, and why; not who it was, nor from where."""
    looks = readings_of(account)
    if before is not None:
        looks = looks.filter(recorded_at__lt=before)
    return [{"when": look.recorded_at, "text": _look(look.reason), "ip": None} for look in looks[:number]]


def _look(reason: str) -> str:
    if reason:
        return _("Staff of Freedom ID looked at your data: %(reason)s") % {"reason": reason}
    return _("Staff of Freedom ID looked at your data")


def _before(request: HttpRequest) -> datetime | None:
    """What cannot be read is as if it were not there."""
    try:
        found = parse_datetime(request.GET.get("before", ""))
    except ValueError:
        return None
    return found if found is None or timezone.is_aware(found) else None


def _text(event: AccountEvent) -> str:
    text = ": ".join(part for part in (event.get_action_display(), event.get_reason_display()) if part)
    names = " → ".join(client.name for client in (event.actor, event.client) if client)
    where = f" ({event.get_channel_display()})" if event.channel else ""
    return f"{text} – {names}{where}" if names else f"{text}{where}"
