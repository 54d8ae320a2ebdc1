from django.contrib import admin

from freedom_id.admin.sent_to import SentToAdmin
from freedom_id.models import OneTimeCode


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(SentToAdmin):
    """Asked for by a person, drawn by the worker. The code is nowhere, its digest is not shown."""

    account_path = "account"
    client_path = "client"
    list_display = [
        *("created_at", "ssoid", "purpose", "partner", "channel", "sent_to", "attempts", "sent_at", "delivered_at"),
        *("consumed_at", "retired_at"),
    ]
    list_filter = ["purpose", "channel", ("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = [
        "ssoid",
        "purpose",
        "partner",
        "channel",
        "sent_to",
        "locale",
        "requested_by",
        "ref_code",
        "attempts",
        "resends",
        "created_at",
        "due_at",
        "sent_at",
        "delivered_at",
        "undelivered_at",
        "expires_at",
        "consumed_at",
        "retired_at",
        "used_at",
    ]
    ordering = ["-created_at"]
