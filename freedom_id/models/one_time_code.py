import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import Channel
from freedom_id.models.fields import SealedTextField

MAX_ATTEMPTS = 5


class OneTimeCode(models.Model):
    """A challenge: six digits, drawn by the worker, of which only the keyed digest is stored.

    queued (due_at) → sent (digest, sent_at) → consumed | retired | expired. `account` is null for an address that
    nobody has: such a row takes the same way, sends nothing and can never match.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=5, choices=Channel)
    address = SealedTextField()
    address_index = models.CharField(max_length=64)
    locale = models.CharField(max_length=8, blank=True, default="")
    requested_by = models.CharField(_("name of the partner in the message"), max_length=255, blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        constraints = [
            models.UniqueConstraint(
                fields=["address_index"],
                condition=models.Q(consumed_at__isnull=True, retired_at__isnull=True),
                name="onetimecode_one_live_per_address",
            ),
            models.CheckConstraint(
                condition=models.Q(attempts__lte=MAX_ATTEMPTS), name="onetimecode_attempts_are_bounded"
            ),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="onetimecode_channel_is_known"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at__isnull=True, retired_at__isnull=True),
                name="onetimecode_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"code by {self.channel}, {self.created_at:%Y-%m-%d %H:%M}"
