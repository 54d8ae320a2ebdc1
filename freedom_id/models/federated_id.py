from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ProofType
from freedom_id.models.credential import draw_number
from freedom_id.models.fields import SealedTextField

FEDERATED = (ProofType.FACEBOOK, ProofType.GOOGLE)


class FederatedId(models.Model):
    """What an identity provider calls a person. A claim has a nonce and no value, since only an ID token says which;
    a proven one has the value `<iss> <sub>`, and belongs to one account."""

    number = models.BigIntegerField(primary_key=True, default=draw_number, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="federated_ids")
    type = models.CharField(_("type"), max_length=11, choices=[(kind.value, kind.label) for kind in FEDERATED])
    value = SealedTextField(_("value"), blank=True, default="")
    value_index = models.CharField(_("look-up digest"), max_length=64, blank=True, default="", editable=False)
    nonce_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    nonce_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("account at another provider")
        verbose_name_plural = _("accounts at other providers")
        constraints = [
            models.UniqueConstraint(
                fields=["value_index"],
                condition=models.Q(verified_at__isnull=False),
                name="federatedid_verified_by_one_account",
            ),
            models.UniqueConstraint(
                fields=["account", "type"],
                condition=models.Q(verified_at__isnull=True),
                name="federatedid_one_claim_per_type",
            ),
            models.CheckConstraint(
                condition=models.Q(type__in=[kind.value for kind in FEDERATED]), name="federatedid_type_is_known"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(verified_at__isnull=True, value_index="", nonce_expires_at__isnull=False)
                    & ~models.Q(nonce_digest="")
                )
                | (
                    models.Q(verified_at__isnull=False, nonce_digest="", nonce_expires_at__isnull=True)
                    & ~models.Q(value_index="")
                ),
                name="federatedid_is_claimed_or_proven",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} of SSOID {self.account_id}"
