"""The toolkit's token tables, swapped from the first migration. Every token is stored as a digest only.

The inherited columns stay (a test compares them with the toolkit's abstract models), so that its views, admin and
commands keep working; ours tie each row to a family and so to the live `Authorization`. `user` and `application`
repeat what the family says: they carry neither index nor foreign key in the database, and the digest no index for
patterns, because every token that is issued would pay for them.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractDeviceGrant,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
    TokenChecksumField,
)

from freedom_id.models.authorization import Authorization, TokenFamily


def _repeated(to: str, **options: Any) -> Any:
    """A foreign key that the family implies."""
    return models.ForeignKey(to, models.CASCADE, related_name="+", db_constraint=False, db_index=False, **options)


class Grant(AbstractGrant):
    """An authorization code (RFC 6749 §4.1.2). `code` holds its SHA-256; a spent row stays, to know a replay.
    `family_id` is drawn with the code, so that spending it changes no index; the family is there once the code is
    spent."""

    user = _repeated(settings.AUTH_USER_MODEL)
    application = _repeated(settings.OAUTH2_PROVIDER_APPLICATION_MODEL)
    code = models.CharField(_("digest of the code"), max_length=255)
    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="codes")
    grants = models.JSONField(default=list)
    sign_in_id = models.UUIDField(null=True, blank=True)
    authenticated_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)
    family_id = models.UUIDField(default=uuid.uuid4, editable=False)
    id_token_claims = models.TextField(blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("authorization code")
        verbose_name_plural = _("authorization codes")
        constraints = [models.UniqueConstraint(fields=["code"], name="grant_digest_is_unique")]
        indexes = [models.Index(fields=["expires"], name="grant_expires")]


class AccessToken(AbstractAccessToken):
    user = _repeated(settings.AUTH_USER_MODEL, null=True, blank=True)
    application = _repeated(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, null=True, blank=True)
    token_checksum = TokenChecksumField(_("digest"), max_length=64)
    family = models.ForeignKey(TokenFamily, models.CASCADE, related_name="access_tokens")

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        constraints = [models.UniqueConstraint(fields=["token_checksum"], name="accesstoken_digest_is_unique")]
        indexes = [models.Index(fields=["expires"], name="accesstoken_expires")]


class RefreshToken(AbstractRefreshToken):
    """`rotated_at` is set once, by compare-and-set; the successor is derived from the presented token, so a retry
    inside the grace period meets the same one."""

    user = _repeated(settings.AUTH_USER_MODEL)
    application = _repeated(settings.OAUTH2_PROVIDER_APPLICATION_MODEL)
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
