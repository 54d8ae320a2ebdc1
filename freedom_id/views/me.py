"""The person's own pages: who sees my data, and how to stop it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.domain.queries.history import history_for_subject, standing_consents
from consents.domain.queries.receipts import receipts_with
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor
from freedom_id.client_address import client_ip
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.person import Person, person_of
from freedom_id.enums import EndReason, EventAction
from freedom_id.grants import ASKED, IDENTITY_PROVIDER
from freedom_id.models import Account, AccountEvent, Authorization
from freedom_id.views.browser_session import account_of, authenticated_at
from freedom_id.views.evidence import evidence_of
from freedom_id.views.shown import show_partner, show_person

FIRST_APPS = 3
RECENT_EVENTS = 5
ACTIONS = {
    Action.ALLOW: gettext_lazy("Shared"),
    Action.RENEW: gettext_lazy("Shared again"),
    Action.REFUSE: gettext_lazy("Not shared"),
    Action.WITHDRAW: gettext_lazy("Sharing stopped"),
}


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    apps = [_app(row) for row in _live(account)]
    events = AccountEvent.objects.select_related("client", "actor").filter(account=account).order_by("-happened_at")
    context = {
        "person": show_person(person_of(account)),
        "apps": apps[:FIRST_APPS],
        "apps_total": len(apps),
        "events": [{"when": event.happened_at, "text": _event_text(event)} for event in events[:RECENT_EVENTS]],
        "session_since": authenticated_at(request),
    }
    return render(request, "freedom_id/me/home.html", context)


@login_required
@require_safe
def apps(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    context = {"apps": [_app(row) for row in _live(account)], "past": _past(account)}
    return render(request, "freedom_id/me/apps.html", context)


@login_required
@require_safe
def app(request: HttpRequest, authorization_id: UUID) -> HttpResponse:
    account = account_of(request)
    row = _own(account, authorization_id)
    subject, scope_key = subject_for_account(account), row.client.client_id
    context = {
        "app": _app(row),
        "items": _items(row, person_of(account), standing_consents(subject, scope_key=scope_key)),
        "history": [
            {
                "when": entry.recorded_at,
                "action": ACTIONS[Action(entry.action)],
                "title": _title(entry.purpose.name),
                "by_staff": entry.actor == Actor.STAFF,
                "receipt": entry.receipt_id,
            }
            for entry in history_for_subject(subject, scope_key=scope_key)[:50]
        ],
        "withdraw_all_url": reverse("freedom_id:withdraw", args=[row.pk]),
    }
    return render(request, "freedom_id/me/app.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, authorization_id: UUID) -> HttpResponse:
    """Stop sharing everything, or with `?grant=` one item; a page that says the effect, then one press."""
    account = account_of(request)
    row = _own(account, authorization_id)
    grant = request.GET.get("grant")
    if grant is not None and grant not in row.grants:
        raise Http404
    if request.method == "POST":
        some = None if grant is None else [grant]
        stop_sharing(account, row, grants=some, ip=client_ip(request), evidence=evidence_of(request))
        messages.success(request, _("%(partner)s no longer receives this data.") % {"partner": row.client.name})
        return redirect("freedom_id:apps")
    needed = grant in row.client.required_grants
    stopped = [IDENTITY_PROVIDER, *row.grants] if grant is None or needed else [grant]
    effect = _("%(partner)s cannot serve you without this, so all sharing with it ends.") % {"partner": row.client.name}
    context = {
        "app": _app(row),
        "items": [{"grant": code, "title": _title(code)} for code in ASKED if code in stopped],
        "effect": effect if needed else "",
    }
    return render(request, "freedom_id/me/withdraw.html", context)


def _live(account: Account) -> Any:
    return (
        Authorization.objects.select_related("client")
        .filter(account=account, ended_at__isnull=True)
        .order_by("-updated_at")
    )


def _past(account: Account) -> list[dict[str, Any]]:
    """The connections that ended, newest first; each that the person stopped with the receipt of the withdrawal."""
    ended = Authorization.objects.select_related("client").filter(account=account, ended_at__isnull=False)
    rows = list(ended.order_by("-ended_at")[:20])
    stopped = {row.client.client_id for row in rows if row.end_reason == EndReason.WITHDRAWN}
    receipts = list(receipts_with(subject_for_account(account), stopped)) if stopped else []
    return [
        {
            "partner": show_partner(row.client),
            "ended_at": row.ended_at,
            "reason": _end_text(row),
            "receipt": _last_receipt(row, receipts),
        }
        for row in rows
    ]


def _last_receipt(row: Authorization, receipts: Iterable[Any]) -> UUID | None:
    """Of `receipts`, oldest first, the last with this partner when the person stopped sharing."""
    if row.end_reason != EndReason.WITHDRAWN or row.ended_at is None:
        return None
    mine = [r.pk for r in receipts if r.recipient == row.client.client_id and r.issued_at <= row.ended_at]
    return mine[-1] if mine else None


def _own(account: Account, authorization_id: UUID) -> Authorization:
    """The person's own live authorization; a foreign id answers as an unknown one."""
    row = _live(account).filter(pk=authorization_id).first()
    if row is None:
        raise Http404
    found: Authorization = row
    return found


def _app(row: Authorization) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "partner": show_partner(row.client),
        "since": row.created_at,
        "items": [_title(code) for code in row.grants],
        "url": reverse("freedom_id:app", args=[row.pk]),
    }


def _items(row: Authorization, person: Person, standing: Any) -> list[dict[str, Any]]:
    states = {state.purpose.name: state for state in standing}
    withdraw_url = reverse("freedom_id:withdraw", args=[row.pk])
    return [
        {
            "grant": code,
            "title": _title(code),
            "value_masked": person.masked(ASKED[code].field) if ASKED[code].unlocks_field else "",
            "text": str(ASKED[code].text),
            "since": states[code].since if code in states else row.created_at,
            "required": code in row.client.required_grants,
            "withdraw_url": f"{withdraw_url}?grant={code}",
        }
        for code in ASKED
        if code in row.grants
    ]


def _end_text(row: Authorization) -> str:
    stopped = row.end_reason == EndReason.WITHDRAWN
    return _("You stopped it") if stopped else str(row.get_end_reason_display())


def _title(code: str) -> str:
    return str(ASKED[code].title) if code in ASKED else code


def _event_text(event: AccountEvent) -> str:
    text = EventAction(event.action).label
    names = " → ".join(client.name for client in (event.actor, event.client) if client)
    where = f" ({event.get_channel_display()})" if event.channel else ""
    return f"{text} – {names}{where}" if names else f"{text}{where}"
