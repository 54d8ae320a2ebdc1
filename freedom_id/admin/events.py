from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.links import partner_link
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.models import AccountEvent


@admin.register(AccountEvent)
class AccountEventAdmin(ViewOnlyAdmin):
    """A journal that could be edited would prove nothing."""

    account_path = "account"
    client_path = "client"
    list_display = ["happened_at", "ssoid", "action", "reason", "method", "partner", "done_by", "channel", "ip"]
    list_filter = [WaitingFilter, "action"]
    search_fields = ["account__id__exact", "account__freedom_id__exact", "ip__exact"]
    fields = ["happened_at", "ssoid", "action", "reason", "method", "partner", "done_by", "channel", "ip", "track_id"]
    ordering = ["-happened_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(actor_name=F("actor__name"))
        return rows

    @admin.display(description=_("done by"), ordering="actor__name")
    def done_by(self, row: Any) -> SafeString | str:
        return partner_link(row.actor_id, row.actor_name)
