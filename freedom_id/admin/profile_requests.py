from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from freedom_id.admin.waiting import WaitingFilter
from freedom_id.admin.work_queues import QueueAdmin
from freedom_id.models import ProfileRequest


@admin.register(ProfileRequest)
class ProfileRequestAdmin(QueueAdmin):
    """Worked on under a lease. The parcel is the person's whole profile: it is not even unsealed here."""

    account_path = "authorization__account"
    client_path = "authorization__client"
    list_display = [
        *("request_id", "age", "ssoid", "partner", "state", "attempts", "last_fault", "due_at", "finished_at", "reason")
    ]
    list_filter = [WaitingFilter, *QueueAdmin.list_filter]
    search_fields = ["request_id__exact", "authorization__account__id__exact", "authorization__client__name"]
    fields = [
        "request_id",
        "ssoid",
        "partner",
        "authorization",
        "state",
        "reason",
        "last_error",
        "attempts",
        "created_at",
        "due_at",
        "finished_at",
        "expires_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("parcel")
