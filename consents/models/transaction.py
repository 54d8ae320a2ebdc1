from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from consents.enums import Action, Actor
from consents.models.append_only import AppendOnly
from consents.models.collection_point import CollectionPoint
from consents.models.purpose import Purpose, PurposeVersion
from consents.models.receipt import Receipt
from consents.models.subject import Subject
from consents.rfc9562_uuid7 import uuid7

SCOPE_KEY_MAX_LENGTH = 255


class ConsentTransaction(AppendOnly):
    """One row of the ledger: what one person decided about one purpose. Written once; triggers refuse the rest.

    The foreign keys carry no index of their own: the unit's unique index starts with the subject, and nothing
    that a ledger row points at is ever deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("subject"), db_index=False
    )
    purpose = models.ForeignKey(
        Purpose, on_delete=models.PROTECT, related_name="+", verbose_name=_("purpose"), db_index=False
    )
    purpose_version = models.ForeignKey(
        PurposeVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("version"), db_index=False
    )
    text_sha256 = models.CharField(_("SHA-256 of the text shown"), max_length=64)
    locale = models.CharField(_("locale"), max_length=35)
    scope_key = models.CharField(
        _("scope key"), max_length=SCOPE_KEY_MAX_LENGTH, blank=True, help_text=_("A client id, or empty.")
    )
    collection_point = models.ForeignKey(
        CollectionPoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("collection point"),
        db_index=False,
    )
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    actor = models.CharField(_("actor"), max_length=10, choices=Actor.choices)
    actor_ref = models.CharField(_("actor reference"), max_length=255, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    # The database's clock at the statement that writes the row; the order of rows never depends on it.
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    subject_seq = models.PositiveIntegerField(_("sequence number"))
    epoch = models.PositiveIntegerField(_("epoch"), help_text=_("The row's place among all rows of the person."))
    # HMAC over the row and over the person's row before it; see `consents.ledger_chain`.
    row_hash = models.CharField(_("hash"), max_length=64, editable=False)
    collection_point_version = models.PositiveIntegerField(_("version of the collection point"), null=True, blank=True)
    notice_token_id = models.UUIDField(
        _("notice token"), null=True, blank=True, help_text=_("Of the page that showed the words, if a page did.")
    )
    # No foreign key: evidence is destroyed before the row is.
    evidence_id = models.UUIDField(_("evidence"), null=True, blank=True)
    evidence_commit = models.CharField(_("commitment to the evidence"), max_length=64, blank=True)
    receipt = models.ForeignKey(
        Receipt,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transactions",
        verbose_name=_("receipt"),
        help_text=_("Of the submission that this row belongs to. Empty where receipts are not signed."),
        db_index=False,
    )

    class Meta:
        verbose_name = _("consent transaction")
        verbose_name_plural = _("consent transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "purpose", "scope_key", "subject_seq"], name="consents_transaction_seq_unique"
            ),
            models.UniqueConstraint(fields=["subject", "epoch"], name="consents_transaction_epoch_unique"),
            models.UniqueConstraint(
                fields=["notice_token_id", "purpose", "scope_key"],
                condition=models.Q(notice_token_id__isnull=False),
                name="consents_transaction_notice_spent_once",
            ),
            models.CheckConstraint(condition=models.Q(epoch__gte=1), name="consents_transaction_epoch_from_one"),
            models.CheckConstraint(condition=~models.Q(row_hash=""), name="consents_transaction_hashed"),
            models.CheckConstraint(
                condition=models.Q(evidence_id=None, evidence_commit="")
                | (models.Q(evidence_id__isnull=False) & ~models.Q(evidence_commit="")),
                name="consents_transaction_evidence_committed",
            ),
            models.CheckConstraint(condition=models.Q(subject_seq__gte=1), name="consents_transaction_seq_from_one"),
            models.CheckConstraint(
                condition=models.Q(action__in=Action.values), name="consents_transaction_action_known"
            ),
            models.CheckConstraint(condition=models.Q(actor__in=Actor.values), name="consents_transaction_actor_known"),
            models.CheckConstraint(
                condition=models.Q(action=Action.WITHDRAW) | models.Q(collection_point__isnull=False),
                name="consents_transaction_decided_somewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at=None)
                | models.Q(action__in=[Action.ALLOW, Action.RENEW], expires_at__gt=models.F("occurred_at")),
                name="consents_transaction_expires_after_yes",
            ),
        ]
        indexes = [
            models.Index(fields=["recorded_at"], name="consents_transaction_recorded"),
            models.Index(fields=["purpose", "-id"], name="consents_transaction_purpose"),
        ]

    def __str__(self) -> str:
        return str(self.id)
