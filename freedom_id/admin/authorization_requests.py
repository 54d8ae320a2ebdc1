from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from freedom_id.admin.links import NOTHING
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.domain.queries.decision_explained import Explanation, Fact, Step, explain_request
from freedom_id.models import AuthorizationRequest

SEES_PEOPLE = "freedom_id.view_account"


@admin.register(AuthorizationRequest)
class AuthorizationRequestAdmin(ViewOnlyAdmin):
    """Deposited by a partner, spent by one decision. `state`, `nonce` and the challenge are not shown. Who may see
    people is told, rule by rule, why it ended as it did."""

    account_path = "account"
    client_path = "client"
    change_form_template = "admin/freedom_id/authorizationrequest/change_form.html"
    list_display = ["created_at", "partner", "door", "expires_at", "decided_at", "outcome"]
    list_filter = ["door", "outcome", ("decided_at", admin.EmptyFieldListFilter)]
    search_fields = ["id__exact", "client__name", "client__client_id"]
    fields = [
        "id",
        "partner",
        "door",
        "redirect_uri",
        "scope",
        "grants",
        "prompt",
        "max_age",
        "locale",
        "created_at",
        "expires_at",
        "signed_in_at",
        "decided_at",
        "outcome",
    ]
    ordering = ["-created_at"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        asked, shown = self.get_object(request, object_id), {}
        if asked is not None and self.has_view_permission(request, asked) and request.user.has_perm(SEES_PEOPLE):
            shown = _page_of(request, explain_request(asked))
        return super().change_view(request, object_id, form_url, shown)


def _page_of(request: HttpRequest, explanation: Explanation) -> dict[str, Any]:
    asked, stopped = explanation.request, explanation.stopped_at
    account = reverse("admin:freedom_id_account_change", args=[asked.account_id]) if asked.account_id else ""
    steps = [_lines_of(request, step) for step in explanation.steps]
    return {"steps": steps, "stopped_at": stopped.title if stopped else "", "account_url": account}


def _lines_of(request: HttpRequest, step: Step) -> dict[str, Any]:
    facts = [
        {"label": _plain(fact.label), "value": _plain(fact.value), "url": _address(request, fact)}
        for fact in step.facts
    ]
    may_open = request.user.has_perm("consents.view_evidence")
    words = [
        {
            "words": one,
            "evidence": reverse("admin:consents_evidence_change", args=[one.evidence_id])
            if may_open and one.evidence_id
            else "",
        }
        for one in step.words
    ]
    return {"step": step, "verdict": step.verdict.value, "facts": facts, "words": words}


def _address(request: HttpRequest, fact: Fact) -> str:
    """Of the page of the row, for whom may view it."""
    if fact.row is None:
        return ""
    app, _dot, model = fact.row[0].partition(".")
    if not request.user.has_perm(f"{app}.view_{model}"):
        return ""
    return reverse(f"admin:{app}_{model}_change", args=[fact.row[1]])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return NOTHING if value in (None, "") else value
