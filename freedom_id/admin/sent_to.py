from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.links import NOTHING
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.domain.identifiers import mask_address


class SentToAdmin(ViewOnlyAdmin):
    """For messages: `sent_to` is the column of the number or address, masked."""

    @admin.display(description=_("sent to"))
    def sent_to(self, message: Any) -> str:
        return mask_address(message.channel, message.address) if message.address else NOTHING
