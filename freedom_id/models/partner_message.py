import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import PartnerMessageKind
from freedom_id.models.partner_application import PartnerApplication
from freedom_id.models.secret_handover import SecretHandover


class PartnerMessage(models.Model):
    """A mail to the contact of an application, on its way. It names the application, never an address or a link.
    queued (due_at) → sent (sent_at); given up after a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(PartnerApplication, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=9, choices=PartnerMessageKind)
    handover = models.ForeignKey(SecretHandover, models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("message to a partner")
        verbose_name_plural = _("messages to partners")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=PartnerMessageKind.values), name="partnermessage_kind_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(sent_at__isnull=True), name="partnermessage_to_send"),
        ]

    def __str__(self) -> str:
        return f"message to a partner, {self.created_at:%Y-%m-%d %H:%M}"
