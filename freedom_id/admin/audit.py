from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.links import account_link
from freedom_id.admin.staff_exports import ask_for
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.domain.staff_exports import InvalidFilter
from freedom_id.enums import ExportForm, ExportKind
from freedom_id.models import AuditCheckpoint, AuditEntry

EXPORT = "freedom_id.export_auditentry"
ORDER = {"o", "p", "e", "all"}  # of the list: an export has its own


@admin.register(AuditEntry)
class AuditEntryAdmin(ViewOnlyAdmin):
    """Written by the act itself. What the list shows is what its button exports; the export is an entry too."""

    change_list_template = "admin/freedom_id/auditentry/change_list.html"
    list_display = ["number", "recorded_at", "staff", "as_what", "action", "object_label", "about"]
    list_filter = [WaitingFilter, "action", "object_type"]
    date_hierarchy = "recorded_at"
    search_fields = ["=actor__id", "=account__id", "=object_key", "=request_id", "=command", "=number"]
    search_help_text = _("Exactly: number, SSOID of staff or person, key of an object, command, id of a request.")
    fields = [
        *("number", "recorded_at", "staff", "as_what", "command", "action", "object_type", "object_key"),
        *("object_label", "about", "reason", "before", "after", "ip", "request_id", "previous_hash", "hash"),
    ]
    ordering = ["-number"]

    @admin.display(description=_("member of staff"), ordering="actor")
    def staff(self, entry: AuditEntry) -> SafeString | str:
        return account_link(entry.actor_id)

    @admin.display(description=_("roles"))
    def as_what(self, entry: AuditEntry) -> str:
        return ", ".join(entry.roles) or entry.command

    @admin.display(description=_("about whom"), ordering="account")
    def about(self, entry: AuditEntry) -> SafeString | str:
        return account_link(entry.account_id)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [path("export/", view, name="freedom_id_auditentry_export"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"may_export": request.user.has_perm(EXPORT)})

    def export(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file of what the list with the same query holds, oldest first; its page follows."""
        if not (self.has_view_permission(request) and request.user.has_perm(EXPORT)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        chosen = {name: str(value) for name, value in request.GET.items() if name not in ORDER}
        try:
            return ask_for(request, ExportKind.AUDIT, ExportForm.CSV, chosen)
        except InvalidFilter:
            self.message_user(request, _("These entries cannot be exported: the filter is not one."), messages.ERROR)
            return redirect("admin:freedom_id_auditentry_changelist")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("freedom_id.view_auditentry")


@admin.register(AuditCheckpoint)
class AuditCheckpointAdmin(ViewOnlyAdmin):
    """Signed by the worker every hour, if there is something new."""

    list_display = ["number", "signed_at", "hash"]
    fields = ["number", "signed_at", "hash", "jws"]
    ordering = ["-number"]
