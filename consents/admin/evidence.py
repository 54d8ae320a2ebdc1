from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from consents.admin.view_only import ViewOnly
from consents.domain.evidence_access import kinds_of_facts, open_for_staff
from consents.errors import ConsentsError
from consents.forms.on_behalf import Reason
from consents.models import Evidence, EvidenceAccess

OPEN = "consents.open_evidence"


@admin.register(Evidence)
class EvidenceAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Masked: which facts there are. Their values are shown once, to somebody who says why, and that is journalled."""

    list_display = ["id", "subject_id", "created_at"]
    search_fields = ["id__exact", "subject__id__exact"]
    fields = ["id", "subject_id", "created_at"]
    ordering = ["-created_at"]
    change_form_template = "admin/consents/evidence/change_form.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        evidence = self.get_object(request, object_id)
        if request.method == "POST" and evidence is not None and "open" in request.POST:
            return self._open(request, evidence)
        context: dict[str, Any] = {"may_open": request.user.has_perm(OPEN), "reason_form": Reason(label_suffix="")}
        if evidence is not None:
            context["kinds"] = kinds_of_facts(evidence.pk)
        return super().change_view(request, object_id, form_url, context)

    def _open(self, request: HttpRequest, evidence: Evidence) -> HttpResponse:
        if not self.has_view_permission(request, evidence) or not request.user.has_perm(OPEN):
            raise PermissionDenied
        form, facts = Reason(request.POST, label_suffix=""), None
        if form.is_valid():
            try:
                facts = open_for_staff(
                    evidence.pk, staff=cast(AbstractBaseUser, request.user), reason=form.cleaned_data["reason"]
                )
            except ConsentsError as error:
                form.add_error(None, error.description)
            else:
                self.log_change(request, evidence, "Opened")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Evidence"),
            "opts": self.opts,
            "original": evidence,
            "reason_form": form,
            "facts": facts,
        }
        return TemplateResponse(request, "admin/consents/evidence/open.html", context)


@admin.register(EvidenceAccess)
class EvidenceAccessAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who opened which evidence, and why. Written by the act itself."""

    list_display = ["opened_at", "actor_ref", "evidence_id", "subject_id", "reason"]
    search_fields = ["actor_ref__exact", "evidence_id__exact", "subject_id__exact"]
    ordering = ["-id"]
