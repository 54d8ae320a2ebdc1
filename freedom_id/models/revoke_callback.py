import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import CallbackState
from freedom_id.models.authorization import TokenFamily


class RevokeCallback(models.Model):
    """A notice to a partner that a token family ended: outbox row, delivered at least once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    family = models.OneToOneField(TokenFamily, models.CASCADE, related_name="revoke_callback")
    url = models.TextField(_("address"))
    state = models.CharField(_("state"), max_length=9, choices=CallbackState, default=CallbackState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_result = models.CharField(_("last result"), max_length=128, blank=True, default="")
    due_at = models.DateTimeField(_("next try"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("revoke callback")
        verbose_name_plural = _("revoke callbacks")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=CallbackState.values), name="callback_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state=CallbackState.QUEUED), name="callback_to_do")
        ]

    def __str__(self) -> str:
        return f"callback of family {self.family_id}"
