from typing import Any

from django.contrib import admin
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.links import partner_link
from freedom_id.enums import ClientStatus
from freedom_id.models import BridgePolicy, PartnerClient


@admin.register(BridgePolicy)
class BridgePolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A pair is added or taken away, never changed, so that its history stays readable."""

    list_display = ["asks", "token_for", "created_at"]
    list_display_links = ["created_at"]
    search_fields = ["caller__name", "caller__client_id", "audience__name", "audience__client_id"]
    fields = ["caller", "audience"]
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Names without the partners' rows, which carry logos and sealed keys."""
        names = {"caller_name": F("caller__name"), "audience_name": F("audience__name")}
        rows: QuerySet[Any] = super().get_queryset(request).annotate(**names)
        return rows

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        open_ones = PartnerClient.objects.exclude(status=ClientStatus.CLOSED)
        if db_field.name == "caller":
            open_ones = open_ones.filter(client_type=PartnerClient.CLIENT_CONFIDENTIAL)
        kwargs["queryset"] = open_ones.only("name", "client_id").order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("partner that asks"), ordering="caller__name")
    def asks(self, row: Any) -> SafeString | str:
        return partner_link(row.caller_id, row.caller_name)

    @admin.display(description=_("partner that the token is for"), ordering="audience__name")
    def token_for(self, row: Any) -> SafeString | str:
        return partner_link(row.audience_id, row.audience_name)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
