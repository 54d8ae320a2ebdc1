"""The copy of everything: asked for, watched while the worker writes it, taken as a file or on paper."""

import json
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from freedom_id.domain.copy_requests import UnknownCopy, ask_copy, copies_of, take_copy
from freedom_id.domain.personal_copy import CHAPTERS
from freedom_id.enums import CopyState
from freedom_id.errors import RateLimited
from freedom_id.models import Account, PersonalCopy
from freedom_id.views.browser_session import account_of
from freedom_id.views.copy_words import TITLES, printed_chapters
from freedom_id.views.fresh_proof import persons_act, with_fresh_proof
from freedom_id.views.problem import limited_text

SHOWN = 5


@require_http_methods(["GET", "POST"])
@partial(with_fresh_proof, after_post="freedom_id:copy")
def copies(request: HttpRequest) -> HttpResponse:
    """What is being made and what can be taken; one press asks for a new one."""
    if request.method == "GET":
        return render(request, "freedom_id/me/copy.html", _state(account_of(request)))
    try:
        ask_copy(persons_act(request))
    except RateLimited as error:
        messages.warning(request, limited_text(error))
    return redirect("freedom_id:copy")


@require_safe
@partial(with_fresh_proof, after_post="freedom_id:copy")
def copy_file(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    copy = _taken(request, copy_id)
    headers = {"Content-Disposition": f'attachment; filename="freedom-id-{copy.ready_at:%Y-%m-%d}.json"'}
    return HttpResponse(copy.content, content_type="application/json", headers=headers)


@require_safe
@partial(with_fresh_proof, after_post="freedom_id:copy")
def copy_print(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """The same in the person's language, to read and to print."""
    copy = _taken(request, copy_id)
    context = {"copy": copy, "chapters": printed_chapters(json.loads(copy.content or "{}"))}
    return render(request, "freedom_id/me/copy_print.html", context)


def _taken(request: HttpRequest, copy_id: UUID) -> PersonalCopy:
    """A foreign id answers as an unknown one."""
    try:
        return take_copy(persons_act(request), copy_id)
    except UnknownCopy:
        raise Http404 from None


def _state(account: Account) -> dict[str, Any]:
    found = list(copies_of(account)[:SHOWN])
    unfinished = next((copy for copy in found if copy.is_unfinished), None)
    writing = list(TITLES.values())[min(unfinished.step, len(CHAPTERS) - 1)] if unfinished else ""
    return {
        "unfinished": unfinished,
        "writing": writing,
        "steps": len(CHAPTERS),
        "ready": [copy for copy in found if copy.is_ready],
        "failed": bool(found) and found[0].state == CopyState.FAILED,
        "gone": [copy for copy in found if not copy.is_ready and copy.ready_at],
    }
