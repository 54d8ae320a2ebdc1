from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.enums import Status
from consents.models.purpose import Purpose, PurposeVersion
from consents.models.subject import Subject
from consents.models.transaction import SCOPE_KEY_MAX_LENGTH, ConsentTransaction


class ConsentState(models.Model):
    """The last word of one unit (subject, purpose, scope_key); `rebuild_state` makes it again from the ledger."""

    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="states", verbose_name=_("subject"), db_index=False
    )
    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="states", verbose_name=_("purpose"), db_index=False
    )
    scope_key = models.CharField(_("scope key"), max_length=SCOPE_KEY_MAX_LENGTH, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    purpose_version = models.ForeignKey(
        PurposeVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("version"), db_index=False
    )
    version_number = models.PositiveIntegerField(_("version number"))
    given_at = models.DateTimeField(
        _("given at"), null=True, blank=True, help_text=_("When the present yes was first said; empty after a no.")
    )
    since = models.DateTimeField(_("since"), help_text=_("When the last decision was made."))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_transaction = models.ForeignKey(
        ConsentTransaction,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("last transaction"),
        db_index=False,
    )
    seq = models.PositiveIntegerField(_("sequence number"))

    class Meta:
        verbose_name = _("consent state")
        verbose_name_plural = _("consent states")
        constraints = [
            models.UniqueConstraint(fields=["subject", "purpose", "scope_key"], name="consents_state_unit_unique"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="consents_state_status_known"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="consents_state_seq_from_one"),
        ]
        indexes = [
            # Covers the consent check, so that it reads no table page. All columns are keys, because INCLUDE is
            # PostgreSQL's alone.
            models.Index(
                fields=[
                    "subject",
                    "purpose",
                    "scope_key",
                    "status",
                    "version_number",
                    "expires_at",
                    "last_transaction",
                ],
                name="consents_state_check",
            ),
            models.Index(fields=["purpose", "-id"], name="consents_state_purpose"),
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="consents_state_expiring"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} since {self.since:%Y-%m-%d}"
