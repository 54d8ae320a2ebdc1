from django.contrib import admin

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import AccountEvent


@admin.register(AccountEvent)
class AccountEventAdmin(ViewOnlyAdmin):
    """A journal that could be edited would prove nothing."""

    account_path = "account"
    client_path = "client"
    list_display = ["happened_at", "ssoid", "action", "partner", "channel", "ip"]
    list_filter = ["action"]
    search_fields = ["account__id__exact", "account__freedom_id__exact", "ip__exact"]
    fields = ["happened_at", "ssoid", "action", "partner", "channel", "ip"]
    ordering = ["-happened_at"]
