from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.domain.identifiers import mask_email, mask_phone
from freedom_id.enums import Channel
from freedom_id.models import OneTimeCode


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(ViewOnlyAdmin):
    """Asked for by a person, drawn by the worker. The code is nowhere, its digest is not shown."""

    account_path = "account"
    list_display = ["created_at", "ssoid", "channel", "masked", "attempts", "sent_at", "consumed_at", "retired_at"]
    list_filter = ["channel", ("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = [
        "ssoid",
        "channel",
        "masked",
        "locale",
        "requested_by",
        "attempts",
        "created_at",
        "due_at",
        "sent_at",
        "expires_at",
        "consumed_at",
        "retired_at",
    ]
    ordering = ["-created_at"]

    @admin.display(description=_("sent to"))
    def masked(self, code: OneTimeCode) -> str:
        return mask_phone(code.address) if code.channel == Channel.SMS else mask_email(code.address)
