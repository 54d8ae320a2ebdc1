"""The consent page: who asks, what exactly, how to say no. What was shown is signed into the form, so that the ledger
records the words that were on the page and nothing else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consents.domain.purposes import Notice
from consents.errors import ConsentsError
from freedom_id.domain.consent_requests import (
    Question,
    QuestionChanged,
    ShownNotice,
    allow,
    is_connected,
    question_for,
    refuse,
)
from freedom_id.domain.links import open_request
from freedom_id.domain.person import person_of
from freedom_id.enums import Door
from freedom_id.errors import AccountUnavailable, InvalidLink
from freedom_id.forms.consent import ConsentForm
from freedom_id.grants import GRANTS, PROFILE
from freedom_id.models import Account, AuthorizationRequest
from freedom_id.views.browser_session import account_of, current_sign_in, is_stale
from freedom_id.views.evidence import evidence_of
from freedom_id.views.problem import link_problem
from freedom_id.views.return_address import allow_return_to, return_code, return_error
from freedom_id.views.shown import show_partner, show_person

NOTICE_SALT = "freedom_id.consent.notice"
NOTICE_LIFETIME = timedelta(minutes=30)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """`/consent?track_id=…`"""
    track_id = request.GET.get("track_id") or request.POST.get("track_id") or ""
    try:
        asked = open_request(track_id)
        if is_stale(request, asked):
            return redirect(f"{reverse('freedom_id:sign_in')}?track_id={asked.pk}&switch=1")
        if request.method == "POST":
            return _decide(request, asked)
        return _show(request, asked)
    except (InvalidLink, AccountUnavailable) as error:
        return link_problem(request, error)


def _decide(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    form = ConsentForm(request.POST)
    shown = _read_notice(request, asked, request.POST.get("notice", ""))
    if not form.is_valid() or shown is None:
        return _show(request, asked, error=_("The page was open for too long. Please choose again."))
    try:
        evidence = evidence_of(request, notice=request.POST["notice"])
        if form.cleaned_data["decision"] == "deny":
            refuse(str(asked.pk), current_sign_in(request), shown=shown, evidence=evidence)
            return return_error(asked, "access_denied")
        sign_in = current_sign_in(request)
        code = allow(str(asked.pk), sign_in, ticked=form.ticked(), shown=shown, evidence=evidence)
        return return_code(asked, code)
    except (ConsentsError, QuestionChanged):
        return _show(request, asked, error=_("The text changed meanwhile. Please read it and choose again."))


def _show(request: HttpRequest, asked: AuthorizationRequest, *, error: str = "") -> HttpResponse:
    account = account_of(request)
    question = question_for(asked, account, locale=translation.get_language() or "en")
    if not error and _may_skip(asked, question, account):
        return return_code(asked, allow(str(asked.pk), current_sign_in(request), ticked=[], shown=[]))
    person = person_of(account)

    def items(notices: Sequence[Notice]) -> list[dict[str, Any]]:
        return [
            {
                "grant": notice.name,
                "title": notice.title,
                "value_masked": _masked(person.masked, notice.name),
                "text": notice.text,
                "consequence": notice.consequence,
                "version": notice.version_number,
            }
            for notice in notices
        ]

    until_stopped = not any(notice.lifespan for notice in (*question.required, *question.optional))
    context = {
        "partner": show_partner(asked.client),
        "person": show_person(person),
        "required": items(question.required),
        "optional": items(question.optional),
        "standing": items(question.standing),
        "continue_only": question.nothing_new,
        "duration_text": _("Until you stop it") if until_stopped else "",
        "track_id": str(asked.pk),
        "notice": _sign_notice(request, asked, question),
        "error": error,
    }
    response = render(request, "freedom_id/consent.html", context, status=409 if error else 200)
    return allow_return_to(response, asked)


def _masked(mask: Any, grant: str) -> str:
    return "" if grant == PROFILE else mask(GRANTS[grant].field)


def _may_skip(asked: AuthorizationRequest, question: Question, account: Account) -> bool:
    """OIDC Core §3.1.2.4: consent that the ledger holds is not asked again at the standard door, unless the client says
    `prompt=consent`. Who the person is (`sub`) is told only after the first yes to this client, even without data. The
    Freedom ID door always shows who asks ("continue as …")."""
    return (
        asked.door == Door.OAUTH
        and question.nothing_new
        and "consent" not in asked.prompt.split()
        and is_connected(asked, account)
    )


def _sign_notice(request: HttpRequest, asked: AuthorizationRequest, question: Question) -> str:
    shown = [[n.name, n.required, str(n.version_id), n.locale, n.sha256] for n in question.shown]
    return signing.dumps([str(asked.pk), account_of(request).pk, shown], salt=NOTICE_SALT, compress=True)


def _read_notice(request: HttpRequest, asked: AuthorizationRequest, signed: str) -> list[ShownNotice] | None:
    """What this page showed this person for this request; None for a missing, old, foreign or altered notice."""
    try:
        track_id, account_id, shown = signing.loads(signed, salt=NOTICE_SALT, max_age=NOTICE_LIFETIME)
    except signing.BadSignature:
        return None
    if track_id != str(asked.pk) or account_id != account_of(request).pk:
        return None
    return [ShownNotice(name, needed, UUID(version), locale, sha256) for name, needed, version, locale, sha256 in shown]
