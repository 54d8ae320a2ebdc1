from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from consents.models.subject import Subject


class AnsweredKey(models.Model):
    """An Idempotency-Key that was answered: the same request gets the same answer, and nothing is written again."""

    caller = models.CharField(_("caller"), max_length=255)
    subject = models.ForeignKey(
        Subject, on_delete=models.CASCADE, related_name="+", verbose_name=_("subject"), db_index=False
    )
    key = models.CharField(_("key"), max_length=255)
    request_sha256 = models.CharField(_("SHA-256 of the request"), max_length=64)
    answer = models.JSONField(_("answer"))
    created_at = models.DateTimeField(_("created at"), db_default=Now(), db_index=True, editable=False)

    class Meta:
        verbose_name = _("answered key")
        verbose_name_plural = _("answered keys")
        constraints = [
            models.UniqueConstraint(fields=["subject", "caller", "key"], name="consents_answered_key_once"),
            models.CheckConstraint(condition=~models.Q(key=""), name="consents_answered_key_given"),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.created_at:%Y-%m-%d}"
