"""What the person agreed to, and everything that was decided about it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consents.domain.parties import controller_names
from consents.domain.queries.history import history_of_unit
from consents.domain.queries.own_consents import OwnConsent, own_consent, own_consents
from consents.models import Subject
from consents.views.shown import show_consent, show_decision
from consents.views.who import subject_of, subject_or_404


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """`mine/`: what stands, apart from what does not."""
    shown = [show_consent(own) for own in own_consents(subject_of(request))]
    context = {
        "standing": [consent for consent in shown if consent.own.stands],
        "past": [consent for consent in shown if not consent.own.stands],
    }
    return render(request, "consents/mine.html", context)


@never_cache
@login_required
@require_safe
def consent(request: HttpRequest, purpose_id: UUID) -> HttpResponse:
    """`mine/<purpose>/[?recipient=]`: one of them, with the words answered, its history and its receipts."""
    subject = subject_or_404(request)
    own = own_or_404(request, subject, purpose_id)
    rows = history_of_unit(subject, purpose_id=purpose_id, scope_key=own.scope_key)
    context = {
        "consent": show_consent(own),
        "controllers": controller_names(),
        "history": [show_decision(row) for row in rows],
    }
    return render(request, "consents/consent.html", context)


def own_or_404(request: HttpRequest, subject: Subject, purpose_id: UUID) -> OwnConsent:
    """The person's own unit; another's answers as an unknown one."""
    recipient = request.GET.get("recipient", "").replace("\0", "")
    own = own_consent(subject, purpose_id=purpose_id, scope_key=recipient)
    if own is None:
        raise Http404
    return own
