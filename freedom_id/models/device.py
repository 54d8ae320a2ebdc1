import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.models.authorization import TokenFamily
from freedom_id.models.fields import SealedTextField


class Device(models.Model):
    """A browser or an app in which a person signed in. `key` is the keyed digest of a secret that only this device
    holds; what it says of itself (`sdk_id`, the names) is shown and never believed.

    A browser's sign-ins are rows of their own; an app (`client`) has the one token family that it registered with.
    `signed_out_at` is null while it is signed in. `browser` is a digest of a browser's secret that is the same for all
    accounts, so that the sign-in page offers who signed in there; empty where it offers this one no more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices")
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    family = models.OneToOneField(TokenFamily, models.SET_NULL, null=True, blank=True, related_name="device")
    key = models.CharField(_("digest of its key"), max_length=64, editable=False)
    browser = models.CharField(
        _("digest of its browser"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    sdk_id = models.CharField(_("digest of its own id"), max_length=64, blank=True, default="", editable=False)
    model = models.CharField(_("model"), max_length=100, blank=True, default="")
    model_name = models.CharField(_("name"), max_length=100, blank=True, default="")
    push_token = SealedTextField(_("push token"), blank=True, default="", editable=False)
    trusted_at = models.DateTimeField(_("trusted since"), null=True, blank=True)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now, editable=False)
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now)
    last_ip = models.GenericIPAddressField(_("network"), null=True, blank=True)
    locale = models.CharField(_("language"), max_length=8, blank=True, default="")
    signed_out_at = models.DateTimeField(_("signed out"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        indexes = [
            models.Index(fields=["browser"], condition=~models.Q(browser=""), name="device_of_browser"),
            models.Index(fields=["-first_seen"], name="device_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(client__isnull=True) | models.Q(browser=""), name="device_browser_is_no_app"
            ),
            models.UniqueConstraint(fields=["account", "key"], name="device_once_per_account"),
            models.CheckConstraint(
                condition=models.Q(client__isnull=False) | models.Q(family__isnull=True),
                name="device_family_is_an_apps",
            ),
        ]

    def __str__(self) -> str:
        return self.model_name or self.model or str(self.pk)


class BrowserSignIn(models.Model):
    """One sign-in at a browser; `id` is the `sign_in_id` of its session, codes and token families. The session is over
    once `ended_at` is set.

    `amr` is how the person proved to be herself, in the words of RFC 8176; `stepped_up_at` when she last showed a
    second proof, with the first one or later. A client may want to know more surely who it is (RFC 9470): then
    `raised_amr` is what she has proven since `raised_at`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    device = models.ForeignKey(Device, models.CASCADE, related_name="sign_ins")
    started_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    amr = models.JSONField(_("proven by"), default=list)
    stepped_up_at = models.DateTimeField(_("second proof"), null=True, blank=True)
    raised_amr = models.JSONField(
        _("proven by since it was raised"), default=list, blank=True, db_default=models.Value([], models.JSONField())
    )
    raised_at = models.DateTimeField(_("raised"), null=True, blank=True)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes = [models.Index(fields=["started_at"], name="browsersignin_started")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(raised_at__isnull=True, raised_amr=[])
                | models.Q(raised_at__isnull=False) & ~models.Q(raised_amr=[]),
                name="browsersignin_raised_by_a_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"sign-in {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def proven_by(self) -> list[str]:
        """How the person has proven to be herself here by now (RFC 8176)."""
        amr: list[str] = self.raised_amr or self.amr
        return amr
