"""The toolkit registers these models itself; here they are view-only, without the stored digests."""

from datetime import datetime

# The toolkit's own registration must come first, whatever the order of INSTALLED_APPS.
import oauth2_provider.admin  # noqa: F401
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.links import NOTHING
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import AccessToken, DeviceSecret, Grant, IDToken, PartnerClient, RefreshToken

for model in (AccessToken, Grant, IDToken, PartnerClient, RefreshToken):
    admin.site.unregister(model)


class TokenAdmin(ViewOnlyAdmin):
    """Issued and ended by the domain. Found by whom it belongs to, never by itself: a search is a URL, and URLs are
    logged."""

    account_path = "user"
    client_path = "application"
    list_display = ["id", "ssoid", "partner", "scope", "created", "expires"]
    search_fields = ["user__id__exact", "user__freedom_id__exact", "application__name", "application__client_id"]
    ordering = ["-id"]


@admin.register(Grant)
class GrantAdmin(TokenAdmin):
    list_display = ["id", "ssoid", "partner", "created", "expires", "spent_at"]
    fields = [
        "id",
        "ssoid",
        "partner",
        "authorization",
        "redirect_uri",
        "scope",
        "grants",
        "authenticated_at",
        "created",
        "expires",
        "spent_at",
    ]


@admin.register(AccessToken)
class AccessTokenAdmin(TokenAdmin):
    fields = ["id", "ssoid", "partner", "family", "scope", "created", "expires"]


@admin.register(RefreshToken)
class RefreshTokenAdmin(TokenAdmin):
    list_display = ["id", "ssoid", "partner", "created", "expires", "rotated_at", "revoked_when"]
    fields = ["id", "ssoid", "partner", "family", "created", "expires", "rotated_at", "revoked_when"]

    @admin.display(description=_("Revoked"), ordering="revoked")
    def revoked_when(self, token: RefreshToken) -> datetime | str:
        return token.revoked or NOTHING


@admin.register(IDToken)
class IDTokenAdmin(TokenAdmin):
    fields = ["id", "ssoid", "partner", "scope", "created", "expires"]


@admin.register(DeviceSecret)
class DeviceSecretAdmin(ViewOnlyAdmin):
    account_path = "family__authorization__account"
    client_path = "family__authorization__client"
    list_display = ["id", "ssoid", "partner", "created_at", "expires_at", "ended_at"]
    fields = ["id", "ssoid", "partner", "family", "created_at", "expires_at", "ended_at"]
    search_fields = ["family__authorization__account__id__exact", "family__authorization__client__client_id"]
    ordering = ["-id"]
