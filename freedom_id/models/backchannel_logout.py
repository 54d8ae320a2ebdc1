from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from freedom_id.models.partner_callback import PartnerCallback


class BackchannelLogout(PartnerCallback):
    """A notice to a client of the standard door that a sign-in, which it knows as `sid`, ended (OpenID Connect
    Back-Channel Logout 1.0). `id` is the `jti` of every logout token that is made of it; the tokens are not kept."""

    client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="+")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sid = models.UUIDField(_("sign-in"))

    class Meta(PartnerCallback.Meta):
        verbose_name = _("back-channel logout")
        verbose_name_plural = _("back-channel logouts")
        constraints = [
            *PartnerCallback.Meta.constraints,
            models.UniqueConstraint(fields=["client", "sid"], name="backchannellogout_once_per_sign_in"),
        ]

    def __str__(self) -> str:
        return f"logout of sign-in {self.sid}"
