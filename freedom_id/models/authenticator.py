from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ProofType
from freedom_id.models.credential import draw_number
from freedom_id.models.fields import SealedTextField

AUTHENTICATORS = (ProofType.TOTP, ProofType.RECOVERY)


class Authenticator(models.Model):
    """What a person proves to be herself by and nobody reaches her at: no reader of `Credential` can take its secret
    for a number or an address.

    A TOTP secret is new until its first right code. `last_step` is the newest time step whose code was used.
    """

    number = models.BigIntegerField(primary_key=True, default=draw_number, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="authenticators")
    type = models.CharField(_("type"), max_length=8, choices=[(kind.value, kind.label) for kind in AUTHENTICATORS])
    secret = SealedTextField(blank=True, default="")
    last_step = models.BigIntegerField(null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("authenticator")
        verbose_name_plural = _("authenticators")
        constraints = [
            models.UniqueConstraint(fields=["account", "type"], name="authenticator_one_per_type"),
            models.CheckConstraint(
                condition=models.Q(type__in=[kind.value for kind in AUTHENTICATORS]), name="authenticator_type_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} of SSOID {self.account_id}"


class RecoveryCode(models.Model):
    """The digest of a code that was not used yet; a used one is gone."""

    authenticator = models.ForeignKey(Authenticator, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["authenticator", "digest"], name="recoverycode_is_drawn_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"
