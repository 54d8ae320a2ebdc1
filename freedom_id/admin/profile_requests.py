from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import ProfileRequest


@admin.register(ProfileRequest)
class ProfileRequestAdmin(ViewOnlyAdmin):
    """Worked on under a lease. The parcel is the person's whole profile: it is not even unsealed here."""

    account_path = "authorization__account"
    client_path = "authorization__client"
    list_display = ["request_id", "ssoid", "partner", "state", "attempts", "created_at", "finished_at", "reason"]
    list_filter = ["state"]
    search_fields = ["request_id__exact", "authorization__account__id__exact", "authorization__client__name"]
    fields = [
        "request_id",
        "ssoid",
        "partner",
        "authorization",
        "state",
        "reason",
        "attempts",
        "created_at",
        "due_at",
        "finished_at",
        "expires_at",
    ]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("parcel")
