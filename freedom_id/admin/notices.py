from django.contrib import admin

from freedom_id.admin.sent_to import SentToAdmin
from freedom_id.models import Notice


@admin.register(Notice)
class NoticeAdmin(SentToAdmin):
    """An outbox row: written with the act that it tells of, sent by the worker, gone after a day."""

    account_path = "account"
    list_display = ["created_at", "ssoid", "kind", "about", "masked", "channel", "sent_to", "due_at", "sent_at"]
    list_filter = ["kind", "channel", ("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = ["ssoid", "kind", "about", "masked", "channel", "sent_to", "created_at", "due_at", "sent_at"]
    ordering = ["-created_at"]
