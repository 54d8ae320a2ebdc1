"""The person's own pages: who sees my data, and how to stop it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.domain.queries.history import history_for_subject, standing_consents
from consents.domain.queries.receipts import receipts_with
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor
from freedom_id.client_address import client_ip
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.factor_recovery import waiting_recovery
from freedom_id.domain.person import Person, chosen_values, person_of
from freedom_id.domain.queries.data_uses import last_used_at, with_last_tokens
from freedom_id.domain.rows import live_grants
from freedom_id.enums import EndReason
from freedom_id.grants import ASKED, IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization
from freedom_id.views.activity import journal
from freedom_id.views.attention import needs
from freedom_id.views.browser_session import account_of, authenticated_at
from freedom_id.views.data_uses import shown_uses
from freedom_id.views.devices import signed_in_devices
from freedom_id.views.evidence import evidence_of
from freedom_id.views.shown import show_partner, show_person

FIRST_APPS = 3
FIRST_DEVICES = 3
RECENT_USES = 5
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
    context = {
        "person": show_person(person_of(account)),
        "needs": needs(request),
        "apps": apps[:FIRST_APPS],
        "apps_total": len(apps),
        "devices": signed_in_devices(request)[:FIRST_DEVICES],
        "events": journal(account, number=RECENT_EVENTS),
        "recovery": waiting_recovery(account),
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
        "items": _items(
            row,
            person_of(account, chosen_values(row.grants)),
            standing_consents(subject, scope_key=scope_key),
        ),
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
        "uses": shown_uses(account, number=RECENT_USES, authorization=row),
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
    needed, person = grant in row.client.required_grants, person_of(account, chosen_values(row.grants))
    stopped = [IDENTITY_PROVIDER, *row.grants] if grant is None or needed else [grant]
    effect = _("%(partner)s cannot serve you without this, so all sharing with it ends.") % {"partner": row.client.name}
    context = {
        "app": _app(row),
        "items": [{"title": _title(code), "value_masked": _masked(person, code)} for code in ASKED if code in stopped],
        "effect": effect if needed else "",
    }
    return render(request, "freedom_id/me/withdraw.html", context)


def _live(account: Account) -> Any:
    rows = Authorization.objects.select_related("client").filter(account=account, ended_at__isnull=True)
    return with_last_tokens(rows).order_by("-updated_at")


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


def _own(account: Account, authorization_id: UUID) -> Any:
    """The person's own live authorization, a row of `with_last_tokens`; a foreign id answers as an unknown one."""
    row = _live(account).filter(pk=authorization_id).first()
    if row is None:
        raise Http404
    return row


def _app(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "partner": show_partner(row.client),
        "since": row.created_at,
        "last_used": last_used_at(row),
        "items": [_title(code) for code in _shared(row)],
        "ends_at": _ends_at(row),
        "url": reverse("freedom_id:app", args=[row.pk]),
    }


def _items(row: Authorization, person: Person, standing: Any) -> list[dict[str, Any]]:
    states = {state.purpose.name: state for state in standing}
    withdraw_url = reverse("freedom_id:withdraw", args=[row.pk])
    return [
        {
            "grant": code,
            "title": _title(code),
            "value_masked": _masked(person, code),
            "lost": _is_lost(row, person, code),
            "until": _until(row, code),
            "text": str(ASKED[code].text),
            "since": states[code].since if code in states else row.created_at,
            "required": code in row.client.required_grants,
            "withdraw_url": f"{withdraw_url}?grant={code}",
        }
        for code in _shared(row)
    ]


def _shared(row: Authorization) -> list[str]:
    """What the partner sees now: that of which the time is over is with it no more."""
    return live_grants([code for code in ASKED if code in row.grants], row.grants, timezone.now())


def _ends_at(row: Authorization) -> datetime | None:
    """When the first of it ends."""
    ends = [row.ends_at, *(_until(row, code) for code in _shared(row))]
    return min((end for end in ends if end is not None), default=None)


def _until(row: Authorization, code: str) -> datetime | None:
    until = row.grants[code]["until"]
    return datetime.fromtimestamp(until, UTC) if until else None


def _is_lost(row: Authorization, person: Person, code: str) -> bool:
    """The number or address that the person chose is no longer in her account."""
    return row.grants[code].get("value") is not None and not _masked(person, code)


def _masked(person: Person, code: str) -> str:
    return person.masked(ASKED[code].field) if ASKED[code].unlocks_field else ""


def _end_text(row: Authorization) -> str:
    stopped = row.end_reason == EndReason.WITHDRAWN
    return _("You stopped it") if stopped else str(row.get_end_reason_display())


def _title(code: str) -> str:
    return str(ASKED[code].title) if code in ASKED else code
