import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.models.append_only import AppendOnly
from consents.models.subject import Subject


class Receipt(AppendOnly):
    """What a person gets for one submission, signed. The ledger rows of the submission point here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("subject"), db_index=False
    )
    recipient = models.CharField(_("recipient"), max_length=255, blank=True)
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now, editable=False)
    document = models.TextField(_("document"), help_text=_("What is signed, as canonical JSON."))
    jws = models.TextField(_("signature"), help_text=_("The document as a compact JWS."))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(document="") & ~models.Q(jws=""), name="consents_receipt_is_signed"
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "recipient", "issued_at"], name="consents_receipt_of_subject"),
            models.Index(fields=["-issued_at"], name="consents_receipt_newest"),
        ]

    def __str__(self) -> str:
        return str(self.id)
