"""In words: when a secret of a partner was last used, which is kept to the hour."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from freedom_id.admin.waiting import PARAMETER, SECRETS
from freedom_id.domain.client_secrets import USE_MARKED_EVERY
from freedom_id.enums import ClientAuthentication
from freedom_id.models import PartnerClient

PRESENT = ["secret_drawn_at", "present_secret_use"]
FORMER = ["previous_secret_drawn_at", "previous_secret_expires_at", "former_secret_use"]
SECRET_FIELDS = [*PRESENT, *FORMER, "keys_use"]


class SecretUse(admin.ModelAdmin):  # type: ignore[type-arg]
    """The columns and lines of a partner's admin about its secrets, or its keys."""

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Where former secrets end soon, whether they are still used."""
        ending = request.GET.get(PARAMETER) == SECRETS.name
        return [*self.list_display, *(["previous_secret_expires_at", "former_secret_use"] if ending else [])]

    def secret_fields(self, client: PartnerClient) -> list[str]:
        if client.token_endpoint_auth_method == ClientAuthentication.PRIVATE_KEY_JWT:
            return ["keys_use"]
        return [*PRESENT, *(FORMER if client.previous_secret else [])]

    @admin.display(description=gettext_lazy("use of the secret"))
    def present_secret_use(self, client: PartnerClient) -> str:
        return _use(client.client_secret, client.secret_drawn_at, client.secret_used_at)

    @admin.display(description=gettext_lazy("use of the former secret"))
    def former_secret_use(self, client: PartnerClient) -> str:
        return _use(client.previous_secret, client.previous_secret_drawn_at, client.previous_secret_used_at)

    @admin.display(description=gettext_lazy("use of the public keys"))
    def keys_use(self, client: PartnerClient) -> str:
        return _use(client.jwks, None, client.keys_used_at)


def _use(stored: object, drawn_at: datetime | None, used_at: datetime | None) -> str:
    if not stored:
        return _("There is none.")
    if used_at is None:
        return _("Never used.") if drawn_at else _("Not used since uses are recorded.")
    if timezone.now() - used_at < USE_MARKED_EVERY:
        return _("Used within the last hour.")
    return _("Last used %(time)s ago.") % {"time": timesince(used_at, depth=1)}
