"""The consent page: who asks, what exactly, how to say no. What was shown is signed into the form, so that the ledger
records the words that were on the page and nothing else."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consents.domain.amendments import amendments
from consents.domain.collection_points import collection_point_for
from consents.domain.lifespans import end_of
from consents.domain.notice_tokens import read_notice, sign_notice
from consents.domain.purposes import Notice
from consents.domain.subjects import subject_for_account
from consents.errors import CollectionPointClosed, ConsentsError, NoticeInvalid
from freedom_id.domain.asked_data import SIGN_IN_PAGE
from freedom_id.domain.chosen_values import Value, choices
from freedom_id.domain.consent_requests import (
    Question,
    QuestionChanged,
    SignIn,
    allow,
    duration_ends_at,
    is_settled,
    note_question,
    question_for,
    refuse,
)
from freedom_id.domain.links import open_request
from freedom_id.domain.person import Chosen, Person, chosen_values, person_of
from freedom_id.domain.sandbox_rule import NotForThisPerson, require_meeting
from freedom_id.domain.sandbox_values import asks_at_browser
from freedom_id.enums import Door, Duration
from freedom_id.errors import AccessDenied, AccountUnavailable, InvalidLink
from freedom_id.forms.consent import ConsentForm
from freedom_id.grants import ASKED
from freedom_id.models import Account, Authorization, AuthorizationRequest
from freedom_id.views.browser_session import account_of, current_sign_in, is_expected, is_stale
from freedom_id.views.evidence import evidence_of
from freedom_id.views.problem import link_problem
from freedom_id.views.return_address import allow_return_to, return_code, return_error
from freedom_id.views.shown import show_partner, show_person
from freedom_id.views.step_up import level_problem


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
        if not is_expected(request, asked):
            return return_error(request, asked, "login_required")
        if problem := level_problem(request, asked):
            return problem
        if asks_at_browser(asked.client, asked.state) is AccessDenied:
            return return_error(request, asked, "access_denied")
        require_meeting(asked.client, account_of(request).pk)
        if request.method == "POST":
            return _decide(request, asked)
        return _show(request, asked)
    except (InvalidLink, AccountUnavailable, NotForThisPerson) as error:
        return link_problem(request, error)
    except CollectionPointClosed:
        return link_problem(request, InvalidLink("asks nothing any more"))


def _decide(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    form, sign_in = ConsentForm(request.POST), current_sign_in(request)
    try:
        page = read_notice(request.POST.get("notice", ""), **_page(asked, sign_in))
    except NoticeInvalid as error:
        return _show(request, asked, error=error.description)
    if not form.is_valid():
        return _show(request, asked, error=_("Please choose again."))
    proof: dict[str, Any] = {
        "shown": page.notices,
        "notice_token_id": page.token_id,
        "evidence": evidence_of(request, notice=request.POST["notice"]),
    }
    try:
        if form.cleaned_data["decision"] == "deny":
            refuse(str(asked.pk), sign_in, **proof)
            return return_error(request, asked, "access_denied")
        choice = form.choice(notice.name for notice in page.notices)
        code = allow(str(asked.pk), sign_in, ticked=form.ticked(), choice=choice, **proof)
        return return_code(request, asked, code)
    except (ConsentsError, QuestionChanged):
        return _show(request, asked, error=_("The text changed meanwhile. Please read it and choose again."))


def _show(request: HttpRequest, asked: AuthorizationRequest, *, error: str = "") -> HttpResponse:
    account = account_of(request)
    if not error and _may_skip(asked, account):
        with suppress(QuestionChanged):  # withdrawn at this very moment: then the person is asked
            code = allow(str(asked.pk), current_sign_in(request), ticked=[], shown=[], silently=True)
            return return_code(request, asked, code)
    question = question_for(asked, account, locale=translation.get_language() or "en")
    if not error:
        note_question(asked, question, current_sign_in(request))
    person = person_of(account, _chosen(asked, account))
    context = {
        "partner": show_partner(asked.client),
        "person": show_person(replace(person, chosen={})),
        **_items(asked, question, account, person),
        "connection": question.connection,
        "continue_only": question.no_new_data,
        "durations": _durations(),
        "default_duration": ConsentForm().fields["duration"].initial,
        "track_id": str(asked.pk),
        "notice": sign_notice(notices=question.shown, **_page(asked, current_sign_in(request))),
        "error": error,
    }
    response = render(request, "freedom_id/consent.html", context, status=409 if error else 200)
    return allow_return_to(response, asked)


def _durations() -> list[dict[str, Any]]:
    """How long the person can share, each with its end as of now."""
    now = timezone.now()
    return [
        {"value": duration.value, "label": duration.label, "ends_at": duration_ends_at(duration, now)}
        for duration in Duration
    ]


def _items(
    asked: AuthorizationRequest, question: Question, account: Account, person: Person
) -> dict[str, list[dict[str, Any]]]:
    """What the page lists, with what changed since the person agreed to an earlier text of the same grant, and where
    there are several values, which one to show."""
    new = [*question.required, *question.optional]
    now = timezone.now()
    changes = amendments(subject_for_account(account), new, scope_key=asked.client.client_id)
    values = choices(person, [notice.name for notice in new])

    def items(notices: Sequence[Notice]) -> list[dict[str, Any]]:
        return [
            {
                "grant": notice.name,
                "title": notice.title,
                **_value(person, notice.name, values.get(notice.name)),
                "ends_at": end_of(now, lifespan=notice.lifespan, months=notice.lifespan_months),
                "text": notice.text,
                "consequence": notice.consequence,
                "version": notice.version_number,
                "locale": notice.locale,
                "amendment": changes.get(notice.name),
            }
            for notice in notices
        ]

    return {
        "required": items(question.required),
        "optional": items(question.optional),
        "standing": items(question.standing),
    }


def _chosen(asked: AuthorizationRequest, account: Account) -> Chosen:
    """What the partner sees already; what is asked now shows the main one until the person chooses another."""
    live = Authorization.objects.filter(account=account, client=asked.client, ended_at__isnull=True).first()
    return chosen_values(live.grants) if live else {}


def _value(person: Person, grant: str, values: Sequence[Value] | None) -> dict[str, Any]:
    """What would be sent, masked; `values` are there where the person can choose one."""
    masked = person.masked(ASKED[grant].field) if ASKED[grant].unlocks_field else ""
    if values is not None:
        masked = values[0].masked if values else ""
    missing = ASKED[grant].unlocks_field and not masked
    return {"value_masked": masked, "missing": missing, "choosable": values is not None, "values": values or []}


def _may_skip(asked: AuthorizationRequest, account: Account) -> bool:
    """OIDC Core §3.1.2.4: consent that the ledger holds is not asked again at the standard door, unless the client says
    `prompt=consent`. Who the person is (`sub`) is told only after the first yes to this client, even without data. The
    Freedom ID door always shows who asks ("continue as …")."""
    return asked.door == Door.OAUTH and "consent" not in asked.prompt.split() and is_settled(asked, account)


def _page(asked: AuthorizationRequest, sign_in: SignIn) -> dict[str, Any]:
    """What the notice of this page belongs to: this request of the partner, asked in this sign-in."""
    return {
        "point": collection_point_for(asked.client.client_id, name=SIGN_IN_PAGE),
        "account_id": sign_in.account.pk,
        "binding": f"{asked.pk} {sign_in.sign_in_id}",
    }
