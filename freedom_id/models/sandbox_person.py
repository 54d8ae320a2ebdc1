from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SandboxPerson(models.Model):
    """An account that is nobody: it was made for one client in the sandbox, and may meet no other."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="sandbox_persons"
    )
    name = models.CharField(_("name"), max_length=10)

    class Meta:
        verbose_name = _("test person")
        verbose_name_plural = _("test persons")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="sandboxperson_is_one_of_each"),
        ]

    def __str__(self) -> str:
        return self.name
