from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import KeyState
from freedom_id.models.fields import SealedTextField


class SigningKey(models.Model):
    """A key that signs tokens. `kid` is the RFC 7638 thumbprint; the private half is sealed."""

    kid = models.CharField(max_length=64, primary_key=True)
    algorithm = models.CharField(_("algorithm"), max_length=5, default="ES256")
    public_jwk = models.JSONField(_("public key"))
    private_jwk = SealedTextField(_("private key"), editable=False)
    state = models.CharField(_("state"), max_length=9, choices=KeyState, default=KeyState.PUBLISHED)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    activated_at = models.DateTimeField(_("signs since"), null=True, editable=False)
    retired_at = models.DateTimeField(_("signed until"), null=True, editable=False)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"], condition=Q(state=KeyState.SIGNING), name="signingkey_one_signs"
            ),
            models.UniqueConstraint(
                fields=["algorithm"], condition=Q(state=KeyState.PUBLISHED), name="signingkey_one_comes_next"
            ),
            models.CheckConstraint(condition=Q(state__in=KeyState.values), name="signingkey_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=KeyState.PUBLISHED, activated_at=None, retired_at=None)
                | Q(state=KeyState.SIGNING, activated_at__isnull=False, retired_at=None)
                | Q(state=KeyState.RETIRED, activated_at__isnull=False, retired_at__isnull=False)
                | Q(state=KeyState.REVOKED, retired_at__isnull=False),
                name="signingkey_moments_follow_the_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:8]}"
