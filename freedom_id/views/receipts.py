"""The person's receipts: one page to read and print, one signed file to keep or to give away."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consents.domain.queries.receipts import receipt_of
from consents.domain.receipt_verification import key_id_of
from consents.domain.receipts import receipt_download
from consents.domain.subjects import subject_for_account
from freedom_id.models import PartnerClient
from freedom_id.views.browser_session import account_of
from freedom_id.views.shown import show_partner

OUTCOMES = {
    "ConsentGiven": gettext_lazy("Shared"),
    "RenewedConsentGiven": gettext_lazy("Shared again"),
    "ConsentRefused": gettext_lazy("Not shared"),
    "ConsentWithdrawn": gettext_lazy("Sharing stopped"),
}


@login_required
@require_safe
def receipt(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    found = _own(request, receipt_id)
    partner = PartnerClient.objects.filter(client_id=found.recipient).first()
    context = {
        "receipt": found,
        "partner": show_partner(partner) if partner else None,
        "key_id": key_id_of(found.jws),
        "decisions": [_decision(item) for item in json.loads(found.document)["pii_processing"]],
    }
    return render(request, "freedom_id/me/receipt.html", context)


@login_required
@require_safe
def download(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    found = _own(request, receipt_id)
    headers = {
        "Content-Disposition": f'attachment; filename="receipt-{found.pk}.json"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(receipt_download(found), content_type="application/json", headers=headers)


def _own(request: HttpRequest, receipt_id: UUID) -> Any:
    """The person's own receipt; a foreign id answers as an unknown one."""
    found = receipt_of(subject_for_account(account_of(request)), receipt_id)
    if found is None:
        raise Http404
    return found


def _decision(processing: dict[str, Any]) -> dict[str, Any]:
    """As it was signed, in the language in which it was read."""
    [event] = processing["event"]
    until = event.get("valid_until")
    return {
        "outcome": OUTCOMES[event["event_state"]],
        "title": processing["privacy_notice"]["title"],
        "text": processing["purpose"],
        "language": processing["language"],
        "version": processing["privacy_notice"]["version"],
        "when": datetime.fromisoformat(event["event_time"]),
        "until": datetime.fromisoformat(until) if until else None,
    }
