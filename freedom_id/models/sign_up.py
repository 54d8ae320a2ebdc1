import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import CredentialType
from freedom_id.models.fields import SealedTextField


class SignUp(models.Model):
    """Somebody wants an account, through a client. The number or address is hers to prove by a one-time code; until
    then nothing is known of it, and it is in nobody's way.

    asked → proven (proven_at): `account` is the one that was opened, null if the identifier had an owner already.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="+")
    type = models.CharField(_("type"), max_length=6, choices=CredentialType)
    value = SealedTextField(_("value"))
    person = SealedTextField(_("personal data"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    proven_at = models.DateTimeField(_("proven"), null=True, blank=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(account__isnull=False), name="signup_opens_one_account"
            ),
            models.CheckConstraint(condition=models.Q(type__in=CredentialType.values), name="signup_type_is_known"),
            models.CheckConstraint(
                condition=models.Q(account__isnull=True) | models.Q(proven_at__isnull=False),
                name="signup_opens_after_the_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"sign-up by {self.type}, {self.created_at:%Y-%m-%d %H:%M}"
