from django.db import models
from django.utils.translation import gettext_lazy as _

from freedom_id.models.partner_client import PartnerClient


class SpentAssertion(models.Model):
    """An assertion by which a client authenticated (RFC 7523 §3): inserting its row is what spends it. It stays until
    the assertion itself is worth nothing."""

    client = models.ForeignKey(PartnerClient, models.CASCADE, related_name="+", db_index=False)
    jti_digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("spent assertion")
        verbose_name_plural = _("spent assertions")
        constraints = [models.UniqueConstraint(fields=["client", "jti_digest"], name="spentassertion_once")]
        indexes = [models.Index(fields=["expires_at"], name="spentassertion_expires")]

    def __str__(self) -> str:
        return f"assertion {self.pk}"
