"""The questions of a collection point, and the page that says what was saved."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consents.domain.collection_points import collection_point_to_answer
from consents.domain.notice_tokens import read_notice, sign_notice
from consents.domain.parties import controller_names, party_name
from consents.domain.queries.history import answers_to_notice
from consents.domain.questions import count_shown, questions_at, record_answers
from consents.domain.subjects import subject_for_account
from consents.errors import CollectionPointClosed, ConsentsError, NoticeInvalid, NoticeSpent
from consents.forms.answers import AnswersForm, field_name
from consents.models import CollectionPoint
from consents.views.evidence import evidence_of
from consents.views.shown import show_decision
from consents.views.who import account_of, binding_of, safe_next, subject_of


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, point: str) -> HttpResponse:
    """`ask/<id or name of the point>/[?next=]`"""
    try:
        asking = collection_point_to_answer(point)
    except CollectionPointClosed:
        raise Http404
    return _save(request, asking) if request.method == "POST" else _show(request, asking)


@never_cache
@login_required
@require_safe
def answered(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """`answered/<token>/[?next=]`: what was saved, with the receipt."""
    return _saved(request, token_id)


def _save(request: HttpRequest, point: CollectionPoint) -> HttpResponse:
    account, token = account_of(request), request.POST.get("notice", "")
    try:
        shown = read_notice(token, point=point, account_id=account.pk, binding=binding_of(request))
    except NoticeInvalid as error:
        return _show(request, point, error=error.description)
    form = AnswersForm([notice.version_id for notice in shown.notices], request.POST)
    if not form.is_valid():
        return _show(request, point, unanswered=True)
    try:
        evidence = evidence_of(request, notice=token)
        person = subject_for_account(account)
        record_answers(person, point=point, shown=shown, agreed=form.agreed, evidence=evidence)
    except NoticeSpent:
        return _saved(request, shown.token_id, again=True)
    except ConsentsError:
        return _show(request, point, error=_("The text changed meanwhile. Please read it and choose again."))
    onward = safe_next(request, point.allowed_origins)
    query = f"?{urlencode({'next': onward})}" if onward else ""
    return redirect(reverse("consents:answered", args=[shown.token_id]) + query)


def _show(request: HttpRequest, point: CollectionPoint, *, error: str = "", unanswered: bool = False) -> HttpResponse:
    """The questions. Answers given before stay chosen as long as they answer the same words."""
    questions = questions_at(point, subject_of(request), locale=translation.get_language() or "en")
    versions = [question.text.version_id for question in questions.asked]
    form = AnswersForm(versions, request.POST) if unanswered else AnswersForm(versions, initial=request.POST.dict())
    shown = [question.shown for question in questions.asked]
    context = {
        "questions": [(question, form[field_name(question.text.version_id)]) for question in questions.asked],
        "standing": questions.standing,
        "recipient": party_name(point.recipient),
        "controllers": controller_names(),
        "notice": sign_notice(point, shown, account_id=account_of(request).pk, binding=binding_of(request)),
        "next": safe_next(request, point.allowed_origins),
        "error": error,
        "unanswered": unanswered,
    }
    if request.method == "GET":
        count_shown(questions.asked, point=point)
    return render(request, "consents/ask.html", context, status=409 if error else 400 if unanswered else 200)


def _saved(request: HttpRequest, token_id: UUID, *, again: bool = False) -> HttpResponse:
    answers = [show_decision(row, text) for row, text in answers_to_notice(subject_of(request), token_id)]
    point = answers[0].row.collection_point if answers else None
    if point is None:
        raise Http404
    context = {
        "answers": answers,
        "receipt": answers[0].row.receipt_id,
        "next": safe_next(request, point.allowed_origins),
        "again": again,
    }
    return render(request, "consents/answered.html", context, status=409 if again else 200)
