import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import CustomerChannel, EventAction, SignInFailure, SignInMethod


class AccountEvent(models.Model):
    """Security journal of an account (not the consent ledger): who did what, never with which value.

    `account` is null for a failed sign-in with an identifier that nobody has, and a look-up of a number that means
    nobody: the same row is written, so that the answer takes the same time. `client` is whom the act is about, `actor`
    the client that did it, if it is another. `method` is of sign-ins, "" where they are older than it. `reason` says
    why a sign-in failed, `track_id` in the course of which AuthorizationRequest somebody signed in or failed to."""

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
    method = models.CharField(_("method"), max_length=8, choices=SignInMethod, blank=True, default="", db_default="")
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    reason = models.CharField(
        _("why"), max_length=12, choices=SignInFailure, blank=True, default="", db_default="", editable=False
    )
    track_id = models.UUIDField(_("authorization request"), null=True, blank=True, editable=False)
    happened_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
        indexes = [
            models.Index(fields=["account", "-happened_at"], name="event_of_account"),
            models.Index(fields=["action", "happened_at"], name="event_by_action"),
            models.Index(fields=["-happened_at"], name="event_newest_first"),
            models.Index(fields=["ip", "-happened_at"], condition=models.Q(ip__isnull=False), name="event_of_address"),
            models.Index(fields=["track_id"], condition=models.Q(track_id__isnull=False), name="event_of_request"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action=EventAction.LOOKED_UP, channel__in=CustomerChannel.values)
                | (~models.Q(action=EventAction.LOOKED_UP) & models.Q(channel="")),
                name="event_channel_of_a_look_up",
            ),
            models.CheckConstraint(
                condition=models.Q(method="") | models.Q(action=EventAction.SIGNED_IN, method__in=SignInMethod.values),
                name="event_method_of_a_sign_in",
            ),
            models.CheckConstraint(
                condition=models.Q(reason="")
                | models.Q(action=EventAction.SIGN_IN_FAILED, reason__in=SignInFailure.values),
                name="event_reason_of_a_failure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.happened_at:%Y-%m-%d %H:%M}"
