from base64 import b64encode
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.crypto import constant_time_compare
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from consents.domain.export import FORMATS, Row
from freedom_id.admin.links import NOTHING
from freedom_id.admin.progress import ProgressAdmin
from freedom_id.admin.rfc9110_range import Unsatisfiable, asked_range
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.client_address import client_ip
from freedom_id.domain.audit import By
from freedom_id.domain.export_sources import RIGHTS, SOURCES
from freedom_id.domain.staff_exports import ask_export, exports_of, keep_table, link_mark, take_export
from freedom_id.enums import ExportForm, ExportKind
from freedom_id.forms.staff_export import StaffExportForm
from freedom_id.models import Account, StaffExport

MARK = "mark"


@admin.register(StaffExport)
class StaffExportAdmin(ProgressAdmin, ViewOnlyAdmin):
    """Files of the worker, and tables of reports. Each member of staff sees her own; others' are as if they were not
    there."""

    change_list_template = "admin/freedom_id/staffexport/change_list.html"
    list_display = ["asked_at", "kind", "form", "state", "row_count", "size", "expires_at"]
    list_filter = ["kind", "state"]
    fields = [
        *("kind", "form", "filter", "state", "file_link", "total", "row_count", "size", "sha256", "asked_at"),
        *("ready_at", "expires_at", "attempts", "last_error"),
    ]
    ordering = ["-asked_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(asked_by=request.user.pk)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("ask/", view(self.ask), name="freedom_id_staffexport_ask"),
            path("<uuid:object_id>/file/", view(self.file), name="freedom_id_staffexport_file"),
            *super().get_urls(),
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django looks for the row first, and would say to anybody that it is not there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def progress_of(self, obj: StaffExport) -> tuple[int, int]:
        return obj.row_count, obj.total or 0

    def ask(self, request: HttpRequest) -> HttpResponse:
        """What is wanted, among the kinds that she may export; the page of the export follows."""
        kinds = [kind for kind, source in SOURCES.items() if request.user.has_perm(source.permission)]
        if not (self.has_view_permission(request) and kinds):
            raise PermissionDenied
        form = StaffExportForm(request.POST if request.method == "POST" else None, kinds=kinds)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            return ask_for(request, ExportKind(given["kind"]), ExportForm(given["form"]), form.chosen)
        context = {
            **self.admin_site.each_context(request),
            **{"title": _("Export"), "opts": self.opts, "form": form, "media": self.media},
        }
        return TemplateResponse(request, "admin/freedom_id/staffexport/ask.html", context)

    def file(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        """The file or a range of it, for who asked for it, by the address that its page showed, until it expires."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        export = exports_of(cast(Account, request.user)).filter(pk=object_id).first()
        if export is None or not export.is_ready or not _is_marked(request, export):
            raise Http404
        if not request.user.has_perm(RIGHTS[ExportKind(export.kind)]):
            raise PermissionDenied
        return _answer(request, export)

    @admin.display(description=_("which rows"))
    def filter(self, export: StaffExport) -> str:
        return urlencode(export.chosen) or str(_("All"))

    @admin.display(description=_("file"))
    def file_link(self, export: StaffExport) -> SafeString | str:
        if not export.is_ready:
            return NOTHING
        address = reverse("admin:freedom_id_staffexport_file", args=[export.pk])
        return format_html('<a href="{}?{}={}" download>{}</a>', address, MARK, link_mark(export), export.filename)


def ask_for(request: HttpRequest, kind: ExportKind, form: ExportForm, chosen: dict[str, str]) -> HttpResponse:
    """Have it written for who asks, and lead to its page. Raises InvalidFilter."""
    return redirect("admin:freedom_id_staffexport_change", ask_export(kind, form, chosen, by=_by(request)).pk)


def keep_for(
    request: HttpRequest, form: ExportForm, chosen: dict[str, str], columns: Sequence[str], rows: Sequence[Row]
) -> HttpResponse:
    """Keep the table of a report for who asks, and lead to its page."""
    kept = keep_table(form, chosen, columns, rows, by=_by(request))
    return redirect("admin:freedom_id_staffexport_change", kept.pk)


def _by(request: HttpRequest) -> By:
    return By(cast(Account, request.user), ip=client_ip(request))


def _is_marked(request: HttpRequest, export: StaffExport) -> bool:
    return constant_time_compare(request.GET.get(MARK, ""), link_mark(export))


def _answer(request: HttpRequest, export: StaffExport) -> HttpResponseBase:
    etag = f'"{export.sha256}"'
    try:
        part = asked_range(request, size=export.size, etag=etag)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{export.size}"})
    start, stop = part or (0, export.size)
    content = take_export(export, start, stop, by=_by(request))
    response = StreamingHttpResponse(content, content_type=FORMATS[export.form], status=206 if part else 200)
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{export.size}"
    headers = {
        "Content-Length": str(stop - start),
        "Content-Disposition": f'attachment; filename="{export.filename}"',
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(export.sha256)).decode()}:",  # RFC 9530 §3
        "Cache-Control": "private, no-store",
    }
    for name, value in headers.items():
        response.headers[name] = value
    return response
