"""Withdrawing: one page that says the effect, one press."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consents.domain.queries.own_consents import own_consents
from consents.domain.recording import withdraw_consents
from consents.domain.withdrawal import withdraw_everything
from consents.enums import Actor
from consents.views.evidence import evidence_of
from consents.views.own import own_or_404
from consents.views.shown import show_consent
from consents.views.who import subject_or_404


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, purpose_id: UUID) -> HttpResponse:
    """`mine/<purpose>/withdraw/[?recipient=]`. What does not stand (any more) is not withdrawn again."""
    subject = subject_or_404(request)
    own = own_or_404(request, subject, purpose_id)
    consent = show_consent(own)
    if own.stands and request.method != "POST":
        return render(request, "consents/withdraw.html", {"consents": [consent]})
    if own.stands and request.POST.get("decision") == "withdraw":
        evidence = evidence_of(request)
        withdraw_consents(subject, names=[own.name], scope_key=own.scope_key, actor=Actor.SELF, evidence=evidence)
        messages.success(request, _("Withdrawn. It has taken effect."), fail_silently=True)
    return redirect(consent.url)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_all(request: HttpRequest) -> HttpResponse:
    """`mine/withdraw/`"""
    subject = subject_or_404(request)
    standing = [show_consent(own) for own in own_consents(subject) if own.stands]
    if standing and request.method != "POST":
        return render(request, "consents/withdraw.html", {"consents": standing, "everything": True})
    if standing and request.POST.get("decision") == "withdraw":
        withdraw_everything(subject, actor=Actor.SELF, evidence=evidence_of(request))
        messages.success(request, _("Withdrawn. It has taken effect."), fail_silently=True)
    return redirect("consents:mine")
