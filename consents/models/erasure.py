import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from consents.enums import ErasureKind
from consents.models.append_only import AppendOnly


class Erasure(AppendOnly):
    """The journal of what was forgotten. No foreign key: after a shred the subject is gone, this row stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_id = models.UUIDField(_("subject"))
    kind = models.CharField(_("kind"), max_length=10, choices=ErasureKind.choices)
    basis = models.CharField(
        _("basis"), max_length=255, blank=True, help_text=_("Why a skeleton is kept, such as an article of a law.")
    )
    keep_until = models.DateTimeField(_("kept until"), null=True, blank=True)
    epoch = models.PositiveIntegerField(_("ledger rows"))
    head = models.CharField(_("hash of the last row"), max_length=64, blank=True)
    actor_ref = models.CharField(_("who"), max_length=255)
    erased_at = models.DateTimeField(_("erased at"), db_default=Now(), editable=False)
    certificate = models.TextField(
        _("certificate"), blank=True, help_text=_("A compact JWS, where receipts are signed.")
    )

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "kind"], name="consents_erasure_once_per_kind"),
            models.CheckConstraint(condition=models.Q(kind__in=ErasureKind.values), name="consents_erasure_kind_known"),
            models.CheckConstraint(
                condition=models.Q(kind=ErasureKind.SHRED, basis="", keep_until=None)
                | (models.Q(kind=ErasureKind.SKELETON) & ~models.Q(basis="")),
                name="consents_erasure_skeleton_has_a_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} ({self.kind})"
