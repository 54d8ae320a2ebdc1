from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.links import NOTHING
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.domain.identifiers import mask_email, mask_phone
from freedom_id.enums import Channel
from freedom_id.models import OneTimeCode


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(ViewOnlyAdmin):
    """Asked for by a person, drawn by the worker. The code is nowhere, its digest is not shown."""

    account_path = "account"
    client_path = "client"
    list_display = [
        *("created_at", "ssoid", "purpose", "partner", "channel", "masked", "attempts", "sent_at", "delivered_at"),
        *("consumed_at", "retired_at"),
    ]
    list_filter = ["purpose", "channel", ("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = [
        "ssoid",
        "purpose",
        "partner",
        "channel",
        "masked",
        "locale",
        "requested_by",
        "ref_code",
        "attempts",
        "resends",
        "created_at",
        "due_at",
        "sent_at",
        "delivered_at",
        "undelivered_at",
        "expires_at",
        "consumed_at",
        "retired_at",
        "used_at",
    ]
    ordering = ["-created_at"]

    @admin.display(description=_("sent to"))
    def masked(self, code: OneTimeCode) -> str:
        if not code.address:
            return NOTHING
        return mask_phone(code.address) if code.channel == Channel.SMS else mask_email(code.address)
