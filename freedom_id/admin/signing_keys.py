from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.models import SigningKey


@admin.register(SigningKey)
class SigningKeyAdmin(ViewOnlyAdmin):
    """Made and rotated by the domain, which keeps exactly one signing; the private half is not even unsealed here."""

    list_display = ["kid", "algorithm", "state", "created_at", "activated_at", "retired_at"]
    list_filter = [WaitingFilter, "state"]
    fields = ["kid", "algorithm", "state", "public_jwk", "created_at", "activated_at", "retired_at"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("private_jwk")
