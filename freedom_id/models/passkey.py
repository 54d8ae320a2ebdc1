import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.models.authorization import TokenFamily
from freedom_id.models.credential import draw_number

LARGEST_COUNT = 2**32 - 1  # WebAuthn §6.1: signCount is a 32-bit unsigned integer


class Passkey(models.Model):
    """A key pair whose private half stays with the person (W3C Web Authentication). It signs in by itself.

    `credential_id` is in base64url, `public_key` a COSE_Key. `sign_count` only grows, unless the authenticator does not
    count; `backup_eligible` never changes, `backed_up` may.
    """

    number = models.BigIntegerField(primary_key=True, default=draw_number, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(max_length=1364, editable=False)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    transports = models.JSONField(default=list)
    backup_eligible = models.BooleanField(default=False)
    backed_up = models.BooleanField(default=False)
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")
        constraints = [
            models.UniqueConstraint(fields=["credential_id"], name="passkey_credential_is_unique"),
            models.CheckConstraint(
                condition=models.Q(sign_count__gte=0, sign_count__lte=LARGEST_COUNT), name="passkey_count_has_32_bits"
            ),
            models.CheckConstraint(
                condition=models.Q(backed_up=False) | models.Q(backup_eligible=True),
                name="passkey_backed_up_is_eligible",
            ),
        ]

    def __str__(self) -> str:
        return f"passkey of SSOID {self.account_id}"


class PasskeyChallenge(models.Model):
    """What an authenticator is asked to sign, once: the row is deleted by the answer, right or wrong.

    With an account it is for a new passkey, which will have the `number`; `family` are the tokens that asked for it,
    null at our own pages. Without an account it is for a sign-in. At our sign-in pages the browser keeps the id in a
    signed cookie.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    value = models.CharField(max_length=43)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    family = models.ForeignKey(TokenFamily, models.CASCADE, null=True, blank=True, related_name="+")
    number = models.BigIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("passkey challenge")
        verbose_name_plural = _("passkey challenges")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="passkeychallenge_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(account__isnull=True, number__isnull=True, family__isnull=True)
                | models.Q(account__isnull=False, number__isnull=False),
                name="passkeychallenge_numbers_a_new_one",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="passkeychallenge_expires")]

    def __str__(self) -> str:
        return f"passkey challenge until {self.expires_at:%Y-%m-%d %H:%M}"
