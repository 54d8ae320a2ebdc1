from django.contrib import admin

from freedom_id.admin.waiting import WaitingFilter
from freedom_id.admin.work_queues import QueueAdmin
from freedom_id.models import BackchannelLogout, RevokeCallback

DELIVERY = ["url", "state", "attempts", "last_result", "due_at", "created_at", "finished_at"]


class PartnerCallbackAdmin(QueueAdmin):
    """An outbox row. The partner knows a repeated message by its Idempotency-Key or `jti`."""

    list_display = ["created_at", "age", "partner", "state", "attempts", "last_fault", "due_at", "finished_at"]
    list_filter = [WaitingFilter, *QueueAdmin.list_filter]


@admin.register(RevokeCallback)
class RevokeCallbackAdmin(PartnerCallbackAdmin):
    account_path = "family__authorization__account"
    client_path = "family__authorization__client"
    search_fields = ["family__id__exact", "family__authorization__client__name"]
    fields = ["id", "ssoid", "partner", "family", *DELIVERY]


@admin.register(BackchannelLogout)
class BackchannelLogoutAdmin(PartnerCallbackAdmin):
    account_path = "account"
    client_path = "client"
    search_fields = ["sid__exact", "client__name"]
    fields = ["id", "ssoid", "partner", "sid", *DELIVERY]
