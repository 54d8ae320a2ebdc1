from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from freedom_id.admin.figures import partner_figures
from freedom_id.forms.figures_filter import FiguresFilter


class PartnerUsage(admin.ModelAdmin):  # type: ignore[type-arg]
    """Adds the page of how a partner is used, for whoever has that right."""

    change_form_template = "admin/freedom_id/partnerclient/change_form.html"

    def has_usage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.usage_partnerclient")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.usage)
        return [path("<path:object_id>/usage/", view, name="freedom_id_partnerclient_usage"), *super().get_urls()]

    def usage(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """`?period=&language=`"""
        if not self.has_usage_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        client: Any = self.get_object(request, object_id)
        if client is None:
            raise Http404
        chosen = FiguresFilter(request.GET, of=client)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "original": client}
        context |= {"title": _("How %s is used") % client, "filter": chosen, "span": chosen.span()}
        context["figures"] = partner_figures(chosen.span())
        return TemplateResponse(request, "admin/freedom_id/partnerclient/usage.html", context)
