from django.contrib import admin

from freedom_id.admin.sent_to import SentToAdmin
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.admin.work_queues import QueueAdmin
from freedom_id.models import OneTimeCode


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(SentToAdmin, QueueAdmin):
    """Asked for by a person, drawn by the worker. The code is nowhere, its digest is not shown."""

    actions = ["retry", "cancel"]
    account_path = "account"
    client_path = "client"
    list_display = [
        *("created_at", "age", "ssoid", "purpose", "partner", "channel", "sent_to", "tries", "last_fault", "due_at"),
        *("sent_at", "delivered_at", "consumed_at", "retired_at"),
    ]
    list_filter = [WaitingFilter, *QueueAdmin.list_filter, "purpose", "channel"]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = [
        "ssoid",
        "purpose",
        "partner",
        "channel",
        "sent_to",
        "country",
        "locale",
        "requested_by",
        "ref_code",
        "attempts",
        "resends",
        "created_at",
        "tries",
        "last_error",
        "due_at",
        "sent_at",
        "delivered_at",
        "undelivered_at",
        "expires_at",
        "consumed_at",
        "retired_at",
        "used_at",
    ]
