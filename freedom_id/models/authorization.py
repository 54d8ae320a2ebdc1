import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import EndReason


class Authorization(models.Model):
    """The standing decision of one person about one client (node-oidc-provider's *Grant*). Every token hangs on it.

    `grants` says what may be released now: grant -> {"transaction": id of the ledger row that allows it,
    "until": epoch seconds or null}. Withdrawing one grant takes its key away; withdrawing all ends the row.
    An entry of one number or address also says which one the person chose: "value": `Credential.number`, null when
    there was none. `ends_at` is when the person's yes to the connection itself runs out; the sweep ends the row then.
    `last_read_at` is when the client last read data, to the hour: only what is older is written anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="authorizations")
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="authorizations"
    )
    grants = models.JSONField(_("data"), default=dict)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=16, choices=EndReason, blank=True, default="")
    last_read_at = models.DateTimeField(_("data last read"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "client"],
                condition=models.Q(ended_at__isnull=True),
                name="authorization_one_live_per_client",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, end_reason="")
                | models.Q(ended_at__isnull=False) & ~models.Q(end_reason=""),
                name="authorization_end_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("created_at")),
                name="authorization_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=models.Q(ends_at__isnull=False, ended_at__isnull=True),
                name="authorization_to_end",
            ),
            models.Index(fields=["-created_at"], name="authorization_newest_first"),
        ]

    def __str__(self) -> str:
        return f"SSOID {self.account_id} – client {self.client_id}"

    def no_later(self, moment: datetime) -> datetime:
        """`moment`, or the authorization's own end if that is earlier."""
        return min(moment, self.ends_at) if self.ends_at else moment


class TokenFamily(models.Model):
    """One sign-in at one client: the tokens that descend from one code. `id` is the token id of the revoke callback.

    `sign_in_id` names the browser session that gave the code; ending that session ends the family. `source` is the
    family of another client whose token was exchanged for this one (RFC 8693): it ends with it, too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="families")
    grants = models.JSONField(default=list)
    scope = models.TextField(blank=True, default="")
    nonce = models.CharField(max_length=255, blank=True, default="")
    sign_in_id = models.UUIDField(null=True, blank=True)
    authenticated_at = models.DateTimeField()
    revoke_uri = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=16, choices=EndReason, blank=True, default="")
    source = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="exchanged", db_index=False)

    class Meta:
        verbose_name = _("token family")
        verbose_name_plural = _("token families")
        indexes = [
            models.Index(
                fields=["sign_in_id"], condition=models.Q(ended_at__isnull=True), name="tokenfamily_of_session"
            ),
            models.Index(fields=["source"], condition=models.Q(source__isnull=False), name="tokenfamily_exchanged_for"),
            models.Index(fields=["-created_at"], name="tokenfamily_newest_first"),
        ]

    def __str__(self) -> str:
        return f"family {self.pk}"
