from django.contrib import admin

from consents.admin.view_only import ViewOnly
from consents.models import ConsentTransaction


@admin.register(ConsentTransaction)
class ConsentTransactionAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The ledger is written by `domain.recording` alone, and never changed or deleted."""

    list_display = ["id", "recorded_at", "action", "purpose", "purpose_version", "scope_key", "actor", "subject_seq"]
    list_filter = ["action", "actor"]
    list_select_related = ["purpose", "purpose_version"]
    search_fields = ["id__exact", "subject__id__exact", "purpose__name"]
    ordering = ["-id"]
