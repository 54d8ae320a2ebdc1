from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from freedom_id.models.credential import Credential


class NumberReference(models.Model):
    """What a client that operates accounts calls a proven phone number: a digest under a key of that client's own
    (`domain.number_references`), by which nobody else can name the number."""

    client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="+")
    credential = models.ForeignKey(Credential, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("reference of a number")
        verbose_name_plural = _("references of numbers")
        constraints = [models.UniqueConstraint(fields=["client", "credential"], name="numberreference_once_per_client")]
        indexes = [models.Index(fields=["client", "digest"], name="numberreference_by_digest")]

    def __str__(self) -> str:
        return f"reference {self.pk}"
