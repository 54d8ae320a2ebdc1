from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import Authenticator, RecoveryCode


@admin.register(Authenticator)
class AuthenticatorAdmin(ViewOnlyAdmin):
    """Added, proven and removed by the person. The secret of an app is not even unsealed here."""

    account_path = "account"
    list_display = ["created_at", "ssoid", "type", "verified_at", "codes_left"]
    list_filter = ["type", ("verified_at", admin.EmptyFieldListFilter)]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = ["ssoid", "type", "created_at", "verified_at", "codes_left"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).defer("secret").annotate(left=Count("recovery_codes"))
        return rows

    @admin.display(description=_("codes left"), ordering="left")
    def codes_left(self, row: Any) -> int:
        found: int = row.left
        return found


@admin.register(RecoveryCode)
class RecoveryCodeAdmin(ViewOnlyAdmin):
    """Which codes of whom were not used yet; neither a code nor its digest."""

    account_path = "authenticator__account"
    list_display = ["id", "ssoid"]
    search_fields = ["authenticator__account__id__exact", "authenticator__account__freedom_id__exact"]
    fields = ["id", "ssoid"]
    ordering = ["-id"]
