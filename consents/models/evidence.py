import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from consents.models.append_only import AppendOnly
from consents.models.subject import Subject


class SubjectKey(models.Model):
    """The key under which one person's evidence lies; itself sealed under the site's. Destroying it forgets it all."""

    subject = models.OneToOneField(
        Subject, on_delete=models.PROTECT, primary_key=True, related_name="key", verbose_name=_("subject")
    )
    sealed = models.CharField(_("sealed key"), max_length=255, editable=False)

    class Meta:
        verbose_name = _("subject key")
        verbose_name_plural = _("subject keys")

    def __str__(self) -> str:
        return str(self.subject_id)


class Evidence(models.Model):
    """How one submission came about: address, browser, sign-in, the signed notice, a scan's digest. Sealed; may be
    destroyed, while the ledger keeps a commitment to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("subject"))
    sealed = models.TextField(_("sealed"), editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        permissions = [("open_evidence", _("Can open evidence with a reason"))]
        indexes = [models.Index(fields=["-created_at"], name="consents_evidence_newest")]

    def __str__(self) -> str:
        return str(self.id)


class EvidenceAccess(AppendOnly):
    """Somebody opened a piece of evidence, and why. Written in the transaction that opens it."""

    evidence_id = models.UUIDField(_("evidence"))
    subject_id = models.UUIDField(_("subject"), db_index=True)
    actor_ref = models.CharField(_("who"), max_length=255)
    reason = models.CharField(_("reason"), max_length=255)
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("access to evidence")
        verbose_name_plural = _("accesses to evidence")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(actor_ref="") & ~models.Q(reason=""), name="consents_access_says_who_and_why"
            )
        ]
        indexes = [models.Index(fields=["actor_ref", "opened_at"], name="consents_access_of_actor")]

    def __str__(self) -> str:
        return str(self.evidence_id)
