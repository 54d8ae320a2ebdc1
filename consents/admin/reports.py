from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from consents.admin.export_journal import recent_exports, streamed
from consents.admin.report_figures import Table
from consents.admin.report_pages import LEDGER_FILTERS, PAGES, ReportPage
from consents.admin.view_only import ViewOnly
from consents.domain.export import FORMATS, LEDGER_COLUMNS, ledger_rows
from consents.forms.report_filter import ReportFilter
from consents.models import Reports

VIEW, EXPORT = "consents.view_dailycount", "consents.export_reports"


@admin.register(Reports)
class ReportsAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The reports, one page each, and exports. Who may read the daily counts reads them; exporting is a right apart."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(VIEW)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.index), name="consents_reports_changelist"),
            path("export.<slug:form>", view(self.export_ledger), name="consents_reports_export_ledger"),
            path("<slug:name>/", view(self.report), name="consents_reports_report"),
            path("<slug:name>/export.<slug:form>", view(self.export_report), name="consents_reports_export"),
        ]

    def index(self, request: HttpRequest) -> HttpResponse:
        """All reports, and the export of the ledger."""
        self._require(request, VIEW)
        context = {
            "title": _("Reports"),
            "pages": [{"name": name, "title": page.title, "about": page.about} for name, page in PAGES.items()],
            "filter": ReportFilter(request.GET, only=LEDGER_FILTERS),
        }
        return self._page(request, "index", context)

    def report(self, request: HttpRequest, name: str) -> HttpResponse:
        """`?since=&until=&purpose=…`; a filter that says nothing sensible is answered with its errors."""
        self._require(request, VIEW)
        page = _page_named(name)
        form = ReportFilter(request.GET, only=page.only)
        figures = page.figures(form) if form.is_valid() else None
        return self._page(
            request, "report", {"title": page.title, "name": name, "page": page, "filter": form, "figures": figures}
        )

    def export_report(self, request: HttpRequest, name: str, form: str) -> HttpResponseBase:
        self._require(request, EXPORT)
        page = _page_named(name)
        part = self._posted(request, form, page.only)
        if part is None:
            return self.report(request, name)
        return self.table_file(request, name, part, page.figures(part).tables[0], form)

    def export_ledger(self, request: HttpRequest, form: str) -> HttpResponseBase:
        self._require(request, EXPORT)
        part = self._posted(request, form, LEDGER_FILTERS)
        return self.index(request) if part is None else self.ledger_file(request, part, form)

    def ledger_file(self, request: HttpRequest, part: ReportFilter, form: str) -> HttpResponseBase:
        """The answer to who may export the ledger and chose a part of it: the file, as a stream. A site that has large
        files written outside of the request overrides this."""
        rows = ledger_rows(part.part())
        return streamed(request, what="ledger", part=part, columns=list(LEDGER_COLUMNS), rows=rows, form=form)

    def table_file(
        self, request: HttpRequest, name: str, part: ReportFilter, table: Table, form: str
    ) -> HttpResponseBase:
        """The same of the first table of the report `name`, which is counted."""
        return streamed(request, what=name, part=part, columns=list(table.columns), rows=table.rows, form=form)

    def _posted(self, request: HttpRequest, form: str, only: tuple[str, ...]) -> ReportFilter | None:
        """The valid filter of a POST; None when the page has to be shown again. An export writes a line of the journal,
        so it is no GET."""
        if form not in FORMATS:
            raise Http404
        part = ReportFilter(request.POST, only=only)
        return part if request.method == "POST" and part.is_valid() else None

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        common = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "forms": list(FORMATS),
            "may_export": request.user.has_perm(EXPORT),
            "exports": recent_exports(),
        }
        return TemplateResponse(request, f"admin/consents/reports/{template}.html", {**common, **context})

    def _require(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied


def _page_named(name: str) -> ReportPage:
    if name not in PAGES:
        raise Http404
    return PAGES[name]
