from django.contrib import admin

from consents.admin.view_only import ViewOnly
from consents.models import ConsentState


@admin.register(ConsentState)
class ConsentStateAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """A projection of the ledger: an edit here would be a lie that the next rebuild undoes."""

    list_display = ["id", "purpose", "scope_key", "status", "purpose_version", "since", "expires_at", "seq"]
    list_filter = ["status"]
    list_select_related = ["purpose", "purpose_version"]
    search_fields = ["subject__id__exact", "purpose__name"]
    ordering = ["-id"]
