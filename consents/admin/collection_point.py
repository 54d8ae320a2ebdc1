from django.contrib import admin
from django.http import HttpRequest

from consents.models import CollectionPoint


@admin.register(CollectionPoint)
class CollectionPointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Never deleted: ledger rows point at it. To end it, close it."""

    list_display = ["name", "recipient", "channel", "status"]
    list_filter = ["channel", "status"]
    search_fields = ["name", "recipient", "purposes__name"]
    filter_horizontal = ["purposes"]

    def get_readonly_fields(self, request: HttpRequest, obj: CollectionPoint | None = None) -> list[str]:
        """Name and recipient identify the point in code and in the ledger."""
        return ["name", "recipient"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: CollectionPoint | None = None) -> bool:
        return False
