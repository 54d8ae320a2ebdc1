from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import Authorization, TokenFamily


class TokenFamilyInline(admin.TabularInline):  # type: ignore[type-arg]
    model = TokenFamily
    fields = readonly_fields = ("authenticated_at", "scope", "expires_at", "ended_at", "end_reason")
    ordering = ["-created_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Authorization)
class AuthorizationAdmin(ViewOnlyAdmin):
    """Written with the consent ledger in one transaction; the person ends it, or a closed partner or account does."""

    account_path = "account"
    client_path = "client"
    list_display = ["created_at", "ssoid", "partner", "kinds_of_data", "ended_at", "end_reason"]
    list_filter = ["end_reason", ("ended_at", admin.EmptyFieldListFilter)]
    search_fields = ["account__id__exact", "account__freedom_id__exact", "client__name", "client__client_id"]
    fields = ["id", "ssoid", "partner", "data", "created_at", "updated_at", "ended_at", "end_reason"]
    ordering = ["-created_at"]
    inlines = [TokenFamilyInline]

    @admin.display(description=_("kinds of data"))
    def kinds_of_data(self, row: Authorization) -> int:
        return len(row.grants)

    @admin.display(description=_("data"))
    def data(self, row: Authorization) -> str:
        """The codes that may be released now."""
        return ", ".join(code.removeprefix("read.") for code in row.grants) or "–"


@admin.register(TokenFamily)
class TokenFamilyAdmin(ViewOnlyAdmin):
    """Ended by the domain alone, which then takes its tokens and tells the partner."""

    account_path = "authorization__account"
    client_path = "authorization__client"
    list_display = ["created_at", "ssoid", "partner", "expires_at", "ended_at", "end_reason"]
    list_filter = ["end_reason", ("ended_at", admin.EmptyFieldListFilter)]
    search_fields = [
        "id__exact",
        "authorization__account__id__exact",
        "authorization__account__freedom_id__exact",
        "authorization__client__name",
    ]
    fields = [
        "id",
        "ssoid",
        "partner",
        "authorization",
        "source",
        "grants",
        "scope",
        "authenticated_at",
        "revoke_uri",
        "created_at",
        "expires_at",
        "ended_at",
        "end_reason",
    ]
    ordering = ["-created_at"]
