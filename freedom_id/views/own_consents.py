"""The person's consents, whoever asked for them: what stands, what does not, and how to withdraw."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consents.domain.parties import controller_names, party_name
from consents.domain.queries.history import history_of_unit
from consents.domain.queries.own_consents import OwnConsent, own_consent, own_consents
from consents.domain.subjects import find_subject
from consents.enums import Action, Actor, Reason
from freedom_id.client_address import client_ip
from freedom_id.domain.own_withdrawal import withdraw_own_consent
from freedom_id.domain.queries.data_uses import last_used_at, with_last_tokens
from freedom_id.domain.queries.decision_history import decision_history
from freedom_id.grants import IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization, PartnerClient
from freedom_id.views.browser_session import account_of
from freedom_id.views.evidence import evidence_of
from freedom_id.views.shown import show_partner

PER_PAGE = 10
STATUS = {
    Reason.ACTIVE: gettext_lazy("In force"),
    Reason.EXPIRED: gettext_lazy("Ran out"),
    Reason.SUPERSEDED: gettext_lazy("The text changed"),
    Reason.WITHDRAWN: gettext_lazy("Withdrawn"),
    Reason.REFUSED: gettext_lazy("You did not agree"),
    None: gettext_lazy("No longer asked"),
}
SAID = {
    Action.ALLOW: gettext_lazy("You agreed"),
    Action.RENEW: gettext_lazy("You agreed again"),
    Action.REFUSE: gettext_lazy("You did not agree"),
    Action.WITHDRAW: gettext_lazy("Withdrawn"),
}
BY_OTHERS = {
    Actor.STAFF: gettext_lazy("entered by staff"),
    Actor.SYSTEM: gettext_lazy("followed from another decision"),
}


@login_required
@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    """`?page=` and `?past=` go on in each of the two lists."""
    account = account_of(request)
    found = own_consents(find_subject(account.pk))
    standing, past = [own for own in found if own.stands], [own for own in found if not own.stands]
    pages = {
        "standing": Paginator(standing, PER_PAGE).get_page(request.GET.get("page")),
        "past": Paginator(past, PER_PAGE).get_page(request.GET.get("past")),
    }
    seen = _parties(account, [own for page in pages.values() for own in page])
    context = {name: _rows(page, seen) for name, page in pages.items()} | {"pages": pages}
    return render(request, "freedom_id/me/consents.html", context)


@login_required
@require_safe
def consent(request: HttpRequest, purpose_id: UUID) -> HttpResponse:
    """One of them (`?recipient=` whose): the exact words, what is used, history and receipts."""
    account, own = account_of(request), _own(request, purpose_id)
    subject = find_subject(account.pk)
    assert subject is not None  # noqa: S101 -- whose consent was found
    shown = _shown(own, _parties(account, [own]))
    connected = shown["app_url"] and own.stands
    partner = shown["client"]
    context = {
        "consent": shown,
        "language": _language_name(own.text.locale),
        "controllers": controller_names(),
        "ends_all": connected and (own.name == IDENTITY_PROVIDER or own.name in partner.required_grants),
        "history": [
            {"row": row, "said": SAID[Action(row.action)], "by": BY_OTHERS.get(Actor(row.actor), "")}
            for row in history_of_unit(subject, purpose_id=purpose_id, scope_key=own.scope_key)[:50]
        ],
    }
    return render(request, "freedom_id/me/consent.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, purpose_id: UUID) -> HttpResponse:
    """The press on the page that said the effect. What does not stand (any more) is not withdrawn again."""
    account, own = account_of(request), _own(request, purpose_id)
    if own.stands:
        evidence = evidence_of(request)
        withdraw_own_consent(account, name=own.name, scope_key=own.scope_key, ip=client_ip(request), evidence=evidence)
        messages.success(request, _("Withdrawn. It has taken effect."))
    return redirect(_url("freedom_id:own_consent", own))


@login_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Every decision, as a file that programs can read too."""
    headers = {
        "Content-Disposition": f'attachment; filename="consents-{timezone.now():%Y-%m-%d}.json"',
        "Cache-Control": "no-store",
    }
    shown = {"indent": 1, "ensure_ascii": False}
    found = decision_history(account_of(request))
    return JsonResponse(found, encoder=DjangoJSONEncoder, json_dumps_params=shown, headers=headers)


def _own(request: HttpRequest, purpose_id: UUID) -> OwnConsent:
    """The person's own; another's answers as an unknown one."""
    recipient = request.GET.get("recipient", "").replace("\0", "")
    subject = find_subject(account_of(request).pk)
    own = own_consent(subject, purpose_id=purpose_id, scope_key=recipient) if subject else None
    if own is None:
        raise Http404
    return own


def _parties(account: Account, found: Iterable[OwnConsent]) -> dict[str, tuple[PartnerClient, Any]]:
    """Client and live connection, None without one, of each scope key that is a client's; two queries."""
    clients = PartnerClient.objects.filter(client_id__in={own.scope_key for own in found})
    live = Authorization.objects.filter(account=account, client__in=clients, ended_at__isnull=True)
    connections = {row.client_id: row for row in with_last_tokens(live)}
    return {client.client_id: (client, connections.get(client.pk)) for client in clients}


def _rows(page: Page[OwnConsent], seen: dict[str, tuple[PartnerClient, Any]]) -> list[dict[str, Any]]:
    return [_shown(own, seen) for own in page]


def _shown(own: OwnConsent, seen: dict[str, tuple[PartnerClient, Any]]) -> dict[str, Any]:
    client, connection = seen.get(own.scope_key, (None, None))
    return {
        "own": own,
        "status": STATUS[own.reason],
        "client": client,
        "partner": show_partner(client) if client else None,
        "recipient": client.name if client else party_name(own.scope_key) or ", ".join(controller_names()),
        "last_used": last_used_at(connection) if connection else None,
        "app_url": reverse("freedom_id:app", args=[connection.pk]) if connection else "",
        "url": _url("freedom_id:own_consent", own),
        "withdraw_url": _url("freedom_id:withdraw_own_consent", own),
    }


def _url(name: str, own: OwnConsent) -> str:
    query = f"?{urlencode({'recipient': own.scope_key})}" if own.scope_key else ""
    return reverse(name, args=[own.purpose_id]) + query


def _language_name(locale: str) -> str:
    try:
        return str(get_language_info(locale)["name_local"])
    except KeyError:
        return locale
