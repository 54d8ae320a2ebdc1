from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.admin.on_behalf import ON_BEHALF, OnBehalfPages
from consents.admin.view_only import ViewOnly
from consents.domain.legal_hold import clear_legal_hold, set_legal_hold
from consents.domain.on_behalf import find_subject_by_reference
from consents.domain.queries.history import history_for_subject, units_of
from consents.forms.on_behalf import FindPerson, Reason
from consents.models import Erasure, Receipt, Subject

HOLD = "consents.hold_subject"
MOST_ROWS = 200


@admin.register(Subject)
class SubjectAdmin(ViewOnly, OnBehalfPages):
    """Made at the first decision; outlives its account. The account itself is personal data and not shown."""

    list_display = ["id", "has_account", "epoch", "on_hold"]
    fields = ["id", "has_account", "epoch", "legal_hold"]
    search_fields = ()
    ordering = ["id"]
    change_form_template = "admin/consents/subject/change_form.html"

    @admin.display(description=gettext_lazy("has an account"), boolean=True)
    def has_account(self, subject: Subject) -> bool:
        return subject.account_id is not None

    @admin.display(description=gettext_lazy("on legal hold"), boolean=True)
    def on_hold(self, subject: Subject) -> bool:
        return bool(subject.legal_hold)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:subject_id>/record/", view(self.record), name="consents_subject_record"),
            path("<uuid:subject_id>/withdraw/", view(self.withdraw), name="consents_subject_withdraw"),
            path("<uuid:subject_id>/hold/", view(self.hold), name="consents_subject_hold"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A POST finds one person by an exact reference."""
        if request.method == "POST":
            return self._find(request)
        return super().changelist_view(request, {"may_find": request.user.has_perm(ON_BEHALF)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        subject = self.get_object(request, object_id)
        return super().change_view(request, object_id, form_url, self._file_of(request, subject))

    def hold(self, request: HttpRequest, subject_id: Any) -> HttpResponse:
        """Set a legal hold, or clear it, with a reason that stands in the log."""
        subject = self._subject(request, subject_id, HOLD)
        form = Reason(request.POST)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            if "clear" in request.POST:
                clear_legal_hold(subject)
                self.log_change(request, subject, f"Legal hold cleared: {reason}")
                self.message_user(request, _("The legal hold is cleared."), messages.SUCCESS)
            else:
                set_legal_hold(subject, reason=reason)
                self.log_change(request, subject, f"Legal hold set: {reason}")
                self.message_user(request, _("The legal hold is set: nothing is destroyed now."), messages.SUCCESS)
        elif request.method == "POST":
            self.message_user(request, _("Say why, in at most 255 characters."), messages.ERROR)
        return redirect("admin:consents_subject_change", quote(subject.pk))

    def _find(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request) or not request.user.has_perm(ON_BEHALF):
            raise PermissionDenied
        form = FindPerson(request.POST)
        subject = find_subject_by_reference(form.cleaned_data["reference"]) if form.is_valid() else None
        if subject is not None:
            return redirect("admin:consents_subject_change", quote(subject.pk))
        self.message_user(request, _("Nobody has exactly this reference."), messages.WARNING)
        return redirect("admin:consents_subject_changelist")

    def _file_of(self, request: HttpRequest, subject: Subject | None) -> dict[str, Any]:
        """What the ledger knows of the person; five queries, whatever their history."""
        if subject is None or not self.has_view_permission(request):
            return {}
        return {
            "units": units_of(subject),
            "timeline": list(history_for_subject(subject)[:MOST_ROWS]),
            "most_rows": MOST_ROWS,
            "receipts": list(Receipt.objects.filter(subject=subject).defer("document", "jws").order_by("-issued_at")),
            "erasures": list(Erasure.objects.filter(subject_id=subject.pk).defer("certificate")),
            "may_decide": request.user.has_perm(ON_BEHALF),
            "may_hold": request.user.has_perm(HOLD),
            "reason_form": Reason(label_suffix=""),
        }
