"""The toolkit's token tables, swapped from the first migration. Every token is stored as a digest only.

The inherited columns stay as the toolkit defines them (a test compares them with its abstract models), so that its
views, admin and commands keep working; ours tie each row to a family and so to the live `Authorization`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from freedom_id.models.authorization import Authorization, TokenFamily


class Grant(AbstractGrant):
    """An authorization code (RFC 6749 §4.1.2). `code` holds its SHA-256; a spent row stays, to know a replay."""

    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="codes")
    grants = models.JSONField(default=list)
    sign_in_id = models.UUIDField(null=True, blank=True)
    authenticated_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)
    family = models.OneToOneField(TokenFamily, models.SET_NULL, null=True, blank=True, related_name="code")

    class Meta:
        verbose_name = _("authorization code")
        verbose_name_plural = _("authorization codes")
        indexes = [models.Index(fields=["expires"], name="grant_expires")]


class AccessToken(AbstractAccessToken):
    family = models.ForeignKey(TokenFamily, models.CASCADE, related_name="access_tokens")

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        indexes = [models.Index(fields=["expires"], name="accesstoken_expires")]


class RefreshToken(AbstractRefreshToken):
    """`rotated_at` is set once, by compare-and-set; the successor is derived from the presented token, so a retry
    inside the grace period meets the same one."""

    family = models.ForeignKey(TokenFamily, models.CASCADE, related_name="refresh_tokens")
    expires = models.DateTimeField(_("expires"))
    rotated_at = models.DateTimeField(_("rotated"), null=True, blank=True)

    class Meta:
        verbose_name = _("refresh token")
        verbose_name_plural = _("refresh tokens")
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="refreshtoken_digest_is_unique"),
        ]
        indexes = [models.Index(fields=["expires"], name="refreshtoken_expires")]


class IDToken(AbstractIDToken):
    class Meta:
        verbose_name = _("ID token")
        verbose_name_plural = _("ID tokens")


class DeviceGrant(AbstractDeviceGrant):
    """Swapped so that the table is ours from the start; the device grant itself is not offered."""

    class Meta(AbstractDeviceGrant.Meta):
        verbose_name = _("device grant")
        verbose_name_plural = _("device grants")
