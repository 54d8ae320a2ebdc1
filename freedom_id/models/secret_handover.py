import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SecretHandover(models.Model):
    """A link by which a partner takes a secret, once and before `expires_at`. The secret is drawn when it is taken; the
    link is derived from `id` (`domain.secret_handover`), so neither is stored. A newer link ends an open one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="handovers")
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("works until"))
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("link to a secret")
        verbose_name_plural = _("links to secrets")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(taken_at__isnull=True, ended_at__isnull=True),
                name="handover_one_open",
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True) | Q(ended_at__isnull=True), name="handover_taken_or_ended"
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True) | Q(taken_at__lt=F("expires_at")), name="handover_taken_in_time"
            ),
        ]

    def __str__(self) -> str:
        return f"link to a secret, {self.created_at:%Y-%m-%d %H:%M}"
