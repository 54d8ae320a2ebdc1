from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import Allowance


@admin.register(Allowance)
class AllowanceAdmin(ViewOnlyAdmin):
    """Counted in one statement of its own; a figure typed here would race with it. Deleting a row lifts the limit."""

    list_display = ["counted_by", "spent", "window_ends_at"]
    search_fields = ["key"]
    fields = ["counted_by", "spent", "window_ends_at"]
    ordering = ["-window_ends_at"]

    @admin.display(description=_("key"), ordering="key")
    def counted_by(self, row: Allowance) -> str:
        return row.key

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("freedom_id.delete_allowance")
