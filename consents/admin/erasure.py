from django.contrib import admin

from consents.admin.view_only import ViewOnly
from consents.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """The journal of what was forgotten: written by the act, never changed."""

    list_display = ["erased_at", "subject_id", "kind", "basis", "keep_until", "actor_ref"]
    list_filter = ["kind"]
    search_fields = ["subject_id__exact", "actor_ref__exact"]
    ordering = ["-erased_at"]
