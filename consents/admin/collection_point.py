from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import translation

from consents.admin.acts import Act, ActsAdmin
from consents.conf import conf
from consents.domain.purposes import notices_for
from consents.forms.point import PointForm
from consents.models import CollectionPoint


@admin.register(CollectionPoint)
class CollectionPointAdmin(ActsAdmin):
    """Never deleted: ledger rows point at it. To end it, close it."""

    form = PointForm
    list_display = ["name", "recipient", "channel", "status", "version"]
    list_filter = ["channel", "status"]
    search_fields = ["name", "recipient", "purposes__name"]

    def get_fields(self, request: HttpRequest, obj: CollectionPoint | None = None) -> Any:
        return ["name", "recipient", *(["version"] if obj else []), "channel", "status", "purposes", "allowed_origins"]

    def get_readonly_fields(self, request: HttpRequest, obj: CollectionPoint | None = None) -> list[str]:
        """Name and recipient identify the point in code and in the ledger."""
        return ["name", "recipient", "version"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: CollectionPoint | None = None) -> bool:
        return False

    def acts(self) -> dict[str, Act]:
        return {}

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """The row as the domain wrote it; the form's own writing of rows is left out."""
        return form.write()

    def save_model(self, request: HttpRequest, obj: CollectionPoint, form: Any, change: bool) -> None:
        """Written by `save_form`."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Written by `save_form`."""

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["locales"] = conf.locales
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview_view)
        name = "consents_collectionpoint_preview"
        return [path("<uuid:object_id>/preview/", view, name=name), *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """What a person is asked here, in `?locale=`: nothing on the page can be answered."""
        point = self.get_object(request, str(object_id))
        if point is None or not self.has_view_permission(request, point):
            raise PermissionDenied
        given = request.GET.get("locale", "")
        locale = given if given in conf.locales else conf.locales[0]
        names = list(point.purposes.order_by("name").values_list("name", flat=True))
        notices = notices_for(names, locale=locale, point=point)
        context = {
            "point": point,
            "locale": locale,
            "locales": conf.locales,
            "notices": notices.values(),
            "unasked": [name for name in names if name not in notices],
        }
        with translation.override(locale if locale in dict(settings.LANGUAGES) else None):
            return TemplateResponse(request, "admin/consents/collectionpoint/preview.html", context).render()
