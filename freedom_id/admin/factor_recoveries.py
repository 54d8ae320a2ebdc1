from django.contrib import admin

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import FactorRecovery


@admin.register(FactorRecovery)
class FactorRecoveryAdmin(ViewOnlyAdmin):
    """Opened and stopped by the person, carried out by the worker: staff can neither hasten nor stop it."""

    account_path = "account"
    list_display = ["opened_at", "ssoid", "state", "due_at", "closed_at"]
    list_filter = ["state"]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = ["ssoid", "state", "network", "opened_at", "due_at", "closed_at"]
    ordering = ["-opened_at"]
