import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Subject(models.Model):
    """The person as the ledger knows them: a random id. The proof outlives the account, so the link may be cut."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="consent_subject",
        verbose_name=_("account"),
    )
    # The end of the person's chain of ledger rows; every decision moves both under this row's lock.
    epoch = models.PositiveIntegerField(_("epoch"), default=0, editable=False)
    head = models.CharField(_("hash of the last row"), max_length=64, blank=True, editable=False)
    legal_hold = models.CharField(
        _("legal hold"), max_length=255, blank=True, help_text=_("Why nothing of this person may be destroyed now.")
    )

    class Meta:
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")
        permissions = [
            ("decide_on_behalf", _("Can record what a person said on paper or by phone")),
            ("hold_subject", _("Can set and clear a legal hold")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(epoch=0, head="") | (models.Q(epoch__gte=1) & ~models.Q(head="")),
                name="consents_subject_head_of_chain",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
