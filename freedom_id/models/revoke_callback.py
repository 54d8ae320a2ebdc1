from django.db import models
from django.utils.translation import gettext_lazy as _

from freedom_id.models.authorization import TokenFamily
from freedom_id.models.partner_callback import PartnerCallback


class RevokeCallback(PartnerCallback):
    """A notice to a partner that a token family ended."""

    family = models.OneToOneField(TokenFamily, models.CASCADE, related_name="revoke_callback")

    class Meta(PartnerCallback.Meta):
        verbose_name = _("revoke callback")
        verbose_name_plural = _("revoke callbacks")

    def __str__(self) -> str:
        return f"callback of family {self.family_id}"
