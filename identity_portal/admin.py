from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponseBase

from consents.admin.report_figures import Table
from consents.admin.reports import ReportsAdmin
from consents.forms.report_filter import ReportFilter
from consents.models import Reports
from freedom_id.admin.staff_exports import ask_for, keep_for
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.enums import ExportForm, ExportKind

admin.site.unregister([Group, Reports])


@admin.register(Reports)
class PortalReportsAdmin(ReportsAdmin):
    """What is exported is a file for staff as every other: the worker writes the ledger, and a table is kept."""

    def ledger_file(self, request: HttpRequest, part: ReportFilter, form: str) -> HttpResponseBase:
        return ask_for(request, ExportKind.LEDGER, ExportForm(form), _chosen(part))

    def table_file(
        self, request: HttpRequest, name: str, part: ReportFilter, table: Table, form: str
    ) -> HttpResponseBase:
        chosen = {"report": name, **_chosen(part)}
        return keep_for(request, ExportForm(form), chosen, list(table.columns), table.rows)


@admin.register(Group)
class RoleAdmin(ViewOnlyAdmin):
    """Made from the table in identity_portal/staff/roles.py; a change here would not outlive a migration."""

    list_display = ["name"]
    fields = ["name", "permissions"]
    ordering = ["name"]

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("auth.view_group")


def _chosen(part: ReportFilter) -> dict[str, str]:
    return {name: str(value) for name, value in part.cleaned_data.items() if value}
