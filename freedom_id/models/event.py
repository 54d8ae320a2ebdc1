import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import CustomerChannel, EventAction


class AccountEvent(models.Model):
    """Security journal of an account (not the consent ledger): who did what, never with which value.

    `account` is null for a failed sign-in with an identifier that nobody has, and a look-up of a number that means
    nobody: the same row is written, so that the answer takes the same time. `client` is whom the act is about, `actor`
    the client that did it, if it is another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="events")
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    action = models.CharField(_("action"), max_length=40, choices=EventAction)
    channel = models.CharField(_("channel"), max_length=9, choices=CustomerChannel, blank=True, default="")
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    happened_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
        indexes = [models.Index(fields=["account", "-happened_at"], name="event_of_account")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action=EventAction.LOOKED_UP, channel__in=CustomerChannel.values)
                | (~models.Q(action=EventAction.LOOKED_UP) & models.Q(channel="")),
                name="event_channel_of_a_look_up",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.happened_at:%Y-%m-%d %H:%M}"
