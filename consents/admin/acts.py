"""Acts on one row: a button posts to an address of its own, the domain does it or says why not."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path

from consents.errors import ConsentsError

Act = Callable[[HttpRequest, Any], Any]


class ActsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """`acts` maps a name to what it does with (request, row); it returns the row to show next, and may refuse."""

    class Media:
        css = {"all": ["consents/admin.css"]}

    def acts(self) -> dict[str, Act]:
        raise NotImplementedError

    def may_act(self, request: HttpRequest) -> bool:
        """Also where the row itself may be edited no more."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        return [path("<uuid:object_id>/act/<slug:act>/", view, name=name), *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: Any, act: str) -> HttpResponse:
        row = self.get_object(request, str(object_id))
        if row is None or act not in self.acts() or not self.may_act(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            shown = self.acts()[act](request, row) or row
        except ConsentsError as error:
            self.message_user(request, error.description, messages.ERROR)
            shown = row
        else:
            self.log_change(request, row, act)
        return redirect(f"admin:{self.opts.app_label}_{shown._meta.model_name}_change", shown.pk)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """What the domain refuses of a form that was filled in rightly: somebody changed the row meanwhile."""
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except ConsentsError as error:
            self.message_user(request, error.description, messages.ERROR)
            return redirect(request.get_full_path())


def staff_ref(request: HttpRequest) -> str:
    """The member of staff by a stable reference that says nothing personal."""
    return str(request.user.pk)
