from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from freedom_id.admin.work_queues import QueueAdmin
from freedom_id.models import PersonalCopy


@admin.register(PersonalCopy)
class PersonalCopyAdmin(QueueAdmin):
    """How far a copy is. What is in it is the person's alone: it is not even read here."""

    account_path = "account"
    list_display = [
        *("asked_at", "age", "ssoid", "state", "step", "attempts", "last_fault", "due_at", "ready_at", "downloads")
    ]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = [
        *("ssoid", "state", "step", "attempts", "last_error", "due_at", "asked_at", "ready_at", "expires_at"),
        "downloads",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("content")
