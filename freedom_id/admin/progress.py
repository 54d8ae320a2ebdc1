from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

SECONDS = "3"
STILL = "still"


class ProgressAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The page of a row that the worker works off: how far it is, as a bar and in figures. It comes again by itself
    until the row is finished, by a header and not by a script, unless `?still` says that it shall not."""

    change_form_template = "admin/freedom_id/progress.html"

    def progress_of(self, obj: Any) -> tuple[int, int]:
        """(done, of how many)"""
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        moving = obj is not None and obj.is_unfinished
        if obj is not None:
            done, total = self.progress_of(obj)
            context |= {"done": done, "total": max(done, total), "moving": moving, "still": STILL in request.GET}
        response = super().render_change_form(request, context, *args, **kwargs)
        if moving and STILL not in request.GET:
            response.headers["Refresh"] = SECONDS
        return response
