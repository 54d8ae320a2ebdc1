from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BridgePolicy(models.Model):
    """Staff lets `caller` exchange its tokens for tokens of `audience` (RFC 8693). Without a row nothing is allowed."""

    caller = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        models.CASCADE,
        related_name="bridges",
        verbose_name=_("partner that asks"),
    )
    audience = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("partner that the token is for"),
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("token bridge")
        verbose_name_plural = _("token bridges")
        constraints = [
            models.UniqueConstraint(fields=["caller", "audience"], name="bridge_once_per_pair"),
            models.CheckConstraint(
                condition=~models.Q(caller=models.F("audience")),
                name="bridge_joins_two",
                violation_error_message=_("A partner needs no bridge to itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"client {self.caller_id} → client {self.audience_id}"
