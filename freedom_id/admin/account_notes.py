from django.contrib import admin

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import AccountNote


@admin.register(AccountNote)
class AccountNoteAdmin(ViewOnlyAdmin):
    """Written on the page of the account; the list shows no text, because a list is no look at a person."""

    account_path = "account"
    list_display = ["written_at", "ssoid", "author_id"]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = ["ssoid", "author_id", "text", "written_at"]
    ordering = ["-written_at"]
