import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import RecoveryState


class FactorRecovery(models.Model):
    """Somebody who proved the first factor says that the app is lost: at `due_at` it is removed, unless the person
    stops it. open → done | stopped, once; an account has one open at a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(_("state"), max_length=7, choices=RecoveryState, default=RecoveryState.OPEN)
    network = models.GenericIPAddressField(_("network"), null=True, blank=True)
    opened_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("takes effect"))
    closed_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("removal of a lost app")
        verbose_name_plural = _("removals of lost apps")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(state=RecoveryState.OPEN), name="recovery_one_open_per_account"
            ),
            models.CheckConstraint(condition=models.Q(state__in=RecoveryState.values), name="recovery_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(state=RecoveryState.OPEN, closed_at__isnull=True)
                | ~models.Q(state=RecoveryState.OPEN) & models.Q(closed_at__isnull=False),
                name="recovery_end_has_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=RecoveryState.DONE) | models.Q(closed_at__gte=models.F("due_at")),
                name="recovery_is_done_when_due",
            ),
            models.CheckConstraint(condition=models.Q(due_at__gt=models.F("opened_at")), name="recovery_has_a_delay"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state=RecoveryState.OPEN), name="recovery_to_carry_out"),
        ]

    def __str__(self) -> str:
        return f"{self.state}, {self.opened_at:%Y-%m-%d %H:%M}"
