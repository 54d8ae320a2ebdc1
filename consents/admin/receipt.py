from django.contrib import admin

from consents.admin.view_only import ViewOnly
from consents.models import Receipt


@admin.register(Receipt)
class ReceiptAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Receipts are issued by `domain.receipts` alone, and never changed or deleted."""

    list_display = ["id", "issued_at", "recipient"]
    search_fields = ["id__exact", "subject__id__exact"]
    ordering = ["-issued_at"]
