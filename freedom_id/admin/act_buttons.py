"""Acts on one row: the same actions as in the list, as buttons on the row's page, and a page that asks first."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise

CONFIRMED = "confirmed"


class ActButtonsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows the actions that `acts_for` names as buttons; each posts to the list's own action. Those in `dangerous`
    take something away from somebody, and look like it."""

    change_form_template = "admin/freedom_id/change_form.html"
    dangerous: ClassVar[set[str]] = set()

    def acts_for(self, obj: Any) -> list[str]:
        """Names of the actions that make sense for the row as it is."""
        raise NotImplementedError

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        labels = self._labels(request)
        names = [name for name in self.acts_for(obj) if name in labels] if obj else []
        context["acts"] = [{"name": name, "label": labels[name], "dangerous": name in self.dangerous} for name in names]
        context["action_checkbox_name"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, add, change, form_url, obj)

    def confirmation(
        self, request: HttpRequest, queryset: QuerySet[Any], *, action: str, title: str | Promise, effect: str | Promise
    ) -> TemplateResponse | None:
        """The page that says what `action` will do, or None when its button was pressed there."""
        if CONFIRMED in request.POST:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "effect": effect,
            "rows": queryset,
            "action": action,
            "label": self._labels(request)[action],
            "dangerous": action in self.dangerous,
            "opts": self.opts,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/freedom_id/confirm.html", context)

    def _labels(self, request: HttpRequest) -> dict[str, str]:
        """Label of each action that this member of staff may do, by name."""
        return {name: found[2] for name, found in self.get_actions(request).items() if found}
