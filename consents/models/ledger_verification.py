import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerVerification(models.Model):
    """That the ledger was verified, and with what result: what was found sound, or the first fault."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"))
    people = models.PositiveBigIntegerField(_("people"), null=True)
    rows = models.PositiveBigIntegerField(_("rows"), null=True)
    fault = models.CharField(_("first fault"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("verification of the ledger")
        verbose_name_plural = _("verifications of the ledger")
        indexes = [models.Index(fields=["-ended_at"], name="consents_verification_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fault="", people__isnull=False, rows__isnull=False)
                | (~models.Q(fault="") & models.Q(people=None, rows=None)),
                name="consents_verification_sound_or_faulty",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__gte=models.F("began_at")), name="consents_verification_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ended_at:%Y-%m-%d %H:%M} UTC"
