from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponseBase

from consents.admin.reports import ReportsAdmin
from consents.forms.report_filter import ReportFilter
from consents.models import Reports
from freedom_id.admin.staff_exports import ask_for
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.enums import ExportForm, ExportKind

admin.site.unregister([Group, Reports])


@admin.register(Reports)
class PortalReportsAdmin(ReportsAdmin):
    """The ledger is written by the worker, as every other large file for staff."""

    def ledger_file(self, request: HttpRequest, part: ReportFilter, form: str) -> HttpResponseBase:
        chosen = {name: str(value) for name, value in part.cleaned_data.items() if value}
        return ask_for(request, ExportKind.LEDGER, ExportForm(form), chosen)


@admin.register(Group)
class RoleAdmin(ViewOnlyAdmin):
    """Made from the table in identity_portal/staff/roles.py; a change here would not outlive a migration."""

    list_display = ["name"]
    fields = ["name", "permissions"]
    ordering = ["name"]

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("auth.view_group")
