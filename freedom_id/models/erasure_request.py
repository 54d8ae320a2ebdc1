import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ErasureState


class ErasureRequest(models.Model):
    """A member of staff wants an account erased; nothing happens until another one approves it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account"))
    reason = models.CharField(_("reason"), max_length=255)
    state = models.CharField(_("state"), max_length=9, choices=ErasureState, default=ErasureState.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("request to erase")
        verbose_name_plural = _("requests to erase")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ErasureState.values), name="erasure_state_is_known"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="erasure_has_a_reason"),
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(state=ErasureState.WAITING), name="erasure_one_waiting"
            ),
            models.CheckConstraint(
                condition=models.Q(state=ErasureState.WAITING, decided_by__isnull=True, decided_at__isnull=True)
                | (
                    ~models.Q(state=ErasureState.WAITING) & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="erasure_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ErasureState.APPROVED) | ~models.Q(decided_by=models.F("asked_by")),
                name="erasure_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of SSOID {self.account_id}"
