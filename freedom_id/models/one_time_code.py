import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import Channel, CodePurpose, CodeStatus
from freedom_id.models.fields import SealedTextField
from freedom_id.models.sign_up import SignUp

MAX_ATTEMPTS = 5
MAX_RESENDS = 3
RESENT_WITHIN = timedelta(minutes=15)
REFERENCE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LIVE = models.Q(consumed_at__isnull=True, retired_at__isnull=True)


def draw_ref_code() -> str:
    """Four characters by which a person tells messages apart; no secret, and no letters that look alike."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _position in range(4))


class OneTimeCode(models.Model):
    """A challenge: six digits, drawn by the worker, of which only the keyed digest is stored.

    queued (due_at) → sent (digest, sent_at) → consumed | retired | expired. A resend starts it over with a new code.
    What a consumed code of the purpose `credential` proves is spent once (used_at), as is the proof of an address that
    nobody had, on our own pages: it opens an account.
    `account` is null for somebody whom nobody here is: at the Identity door such a row takes the same way, sends
    nothing and can never match. The code of a client's sign-up has no account either, whoever has the address: it is
    sent, and proves the address. `client` is who asked at the Identity door, null for our own pages.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    sign_up = models.ForeignKey(SignUp, models.CASCADE, null=True, blank=True, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=10, choices=CodePurpose, default=CodePurpose.SIGN_IN)
    channel = models.CharField(max_length=5, choices=Channel)
    address = SealedTextField()
    address_index = models.CharField(max_length=64)
    country = models.CharField(_("country of the number"), max_length=2, blank=True, default="", db_default="")
    locale = models.CharField(max_length=8, blank=True, default="")
    requested_by = models.CharField(_("name of the partner in the message"), max_length=255, blank=True, default="")
    ref_code = models.CharField(_("reference"), max_length=4, default=draw_ref_code)
    digest = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(_("resends"), default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(_("tries to send"), default=0, db_default=0)
    last_error = models.CharField(_("last error"), max_length=64, blank=True, default="", db_default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    undelivered_at = models.DateTimeField(_("not delivered"), null=True, blank=True)
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(_("proof spent"), null=True, blank=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        constraints = [
            # One live code for an address and purpose, and none of one door ends that of another.
            models.UniqueConstraint(
                fields=["address_index", "purpose"],
                condition=LIVE & models.Q(client__isnull=True),
                name="onetimecode_one_live_per_address",
            ),
            models.UniqueConstraint(
                fields=["address_index", "purpose", "client", "account"],
                condition=LIVE & models.Q(client__isnull=False, account__isnull=False),
                name="onetimecode_one_live_per_client",
            ),
            models.UniqueConstraint(
                fields=["address_index", "purpose", "client"],
                condition=LIVE & models.Q(client__isnull=False, account__isnull=True),
                name="onetimecode_one_live_for_nobody",
            ),
            models.CheckConstraint(
                condition=models.Q(attempts__lte=MAX_ATTEMPTS), name="onetimecode_attempts_are_bounded"
            ),
            models.CheckConstraint(condition=models.Q(resends__lte=MAX_RESENDS), name="onetimecode_resends_bounded"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="onetimecode_channel_is_known"),
            models.CheckConstraint(
                condition=models.Q(purpose__in=CodePurpose.values), name="onetimecode_purpose_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ref_code__regex=r"^[A-Za-z0-9]{4}$"), name="onetimecode_reference_has_four"
            ),
            models.CheckConstraint(
                condition=models.Q(consumed_at__isnull=True)
                | models.Q(account__isnull=False)
                | models.Q(sign_up__isnull=False)
                | models.Q(client__isnull=True, purpose__in=[CodePurpose.SIGN_IN, CodePurpose.SIGN_UP]),
                name="onetimecode_nobody_proves_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(purpose=CodePurpose.SIGN_UP, sign_up__isnull=False, account__isnull=True)
                | models.Q(purpose=CodePurpose.SIGN_UP, sign_up__isnull=True, client__isnull=True)
                | (~models.Q(purpose=CodePurpose.SIGN_UP) & models.Q(sign_up__isnull=True)),
                name="onetimecode_sign_up_has_no_account",
            ),
            models.CheckConstraint(
                condition=models.Q(delivered_at__isnull=True) | models.Q(undelivered_at__isnull=True),
                name="onetimecode_delivered_or_not",
            ),
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True) | models.Q(consumed_at__isnull=False),
                name="onetimecode_spent_after_it_proved",
            ),
            models.CheckConstraint(
                condition=models.Q(country="") | models.Q(country__regex=r"^[A-Z]{2}$", channel=Channel.SMS),
                name="onetimecode_country_of_a_number",
            ),
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

    @property
    def is_somebodys(self) -> bool:
        """Whether there is anybody to send it to, who can prove something by it."""
        return self.account_id is not None or self.sign_up_id is not None or self.client_id is None

    def status_at(self, now: datetime) -> CodeStatus:
        if self.consumed_at:
            return CodeStatus.VERIFIED
        if self.attempts >= MAX_ATTEMPTS:
            return CodeStatus.BLOCKED
        if self.retired_at or self.expires_at <= now:
            return CodeStatus.EXPIRED
        return CodeStatus.FAILED if self.attempts else CodeStatus.SEND

    def is_open_at(self, now: datetime) -> bool:
        """Whether a try would be judged."""
        return self.status_at(now) in {CodeStatus.SEND, CodeStatus.FAILED}

    def may_be_resent_at(self, now: datetime) -> bool:
        """Also when its code ran out; never when it was used, blocked or replaced, nor late."""
        ended = self.consumed_at or self.retired_at or self.attempts >= MAX_ATTEMPTS
        return not ended and now < self.created_at + RESENT_WITHIN
