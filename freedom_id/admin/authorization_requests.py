from django.contrib import admin

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import AuthorizationRequest


@admin.register(AuthorizationRequest)
class AuthorizationRequestAdmin(ViewOnlyAdmin):
    """Deposited by a partner, spent by one decision. `state`, `nonce` and the challenge are not shown."""

    client_path = "client"
    list_display = ["created_at", "partner", "door", "expires_at", "decided_at"]
    list_filter = ["door", ("decided_at", admin.EmptyFieldListFilter)]
    search_fields = ["id__exact", "client__name", "client__client_id"]
    fields = [
        "id",
        "partner",
        "door",
        "redirect_uri",
        "scope",
        "grants",
        "prompt",
        "max_age",
        "locale",
        "created_at",
        "expires_at",
        "decided_at",
    ]
    ordering = ["-created_at"]
