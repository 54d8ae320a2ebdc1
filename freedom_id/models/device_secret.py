from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.models.authorization import TokenFamily


class DeviceSecret(models.Model):
    """What the group's apps on one device share, so that one sign-in serves them all (OpenID Connect Native SSO §3.2).

    `family` is the first app's sign-in: the person, the session (`sid`) and the client are its own. It and the
    authorization that it hangs on must live for the secret to; `ended_at` is set once a newer secret took its place.
    """

    digest = models.CharField(_("digest"), max_length=64, editable=False)
    family = models.ForeignKey(TokenFamily, models.CASCADE, related_name="device_secrets")
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("device secret")
        verbose_name_plural = _("device secrets")
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="devicesecret_digest_is_unique"),
            models.UniqueConstraint(
                fields=["family"], condition=models.Q(ended_at__isnull=True), name="devicesecret_one_live_per_family"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="devicesecret_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"device secret of family {self.family_id}"
