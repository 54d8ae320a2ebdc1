from django.contrib import admin

from freedom_id.admin.message_previews import MessagePreviews
from freedom_id.admin.sent_to import SentToAdmin
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.admin.work_queues import QueueAdmin
from freedom_id.models import Notice


@admin.register(Notice)
class NoticeAdmin(MessagePreviews, SentToAdmin, QueueAdmin):
    """An outbox row: written with the act that it tells of, sent by the worker, gone after 30 days."""

    account_path = "account"
    change_list_template = "admin/freedom_id/notice/change_list.html"
    list_display = [
        *("created_at", "age", "ssoid", "kind", "about", "masked", "channel", "sent_to", "attempts", "last_fault"),
        *("due_at", "sent_at"),
    ]
    list_filter = [WaitingFilter, *QueueAdmin.list_filter, "kind", "channel"]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = [
        *("ssoid", "kind", "about", "masked", "channel", "sent_to", "created_at", "attempts", "last_error", "due_at"),
        *("sent_at", "cancelled_at", "replayed_at"),
    ]
