import secrets
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import CredentialType
from freedom_id.models.fields import SealedTextField

LARGEST_NUMBER = 2**53 - 1  # what every reader of JSON holds exactly


def draw_number() -> int:
    """What the Identity door calls a credential by; never used again."""
    return 1 + secrets.randbelow(LARGEST_NUMBER)


class CredentialQuerySet(models.QuerySet["Credential"]):
    def verified(self) -> "CredentialQuerySet":
        return self.filter(verified_at__isnull=False)

    def main(self, ssoid: int, kind: CredentialType) -> "Credential | None":
        """The account's proven identifier of this type: the main one, else its first."""
        proven = self.verified().filter(account=ssoid, type=kind)
        return proven.order_by("-is_primary", "created_at").first()


class Credential(models.Model):
    """A phone number or e-mail address of an account. Only a verified one signs in, and it belongs to one account;
    an unverified claim blocks nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(default=draw_number, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="credentials")
    type = models.CharField(_("type"), max_length=6, choices=CredentialType)
    value = SealedTextField(_("value"))
    value_index = models.CharField(_("look-up digest"), max_length=64, editable=False)
    is_primary = models.BooleanField(_("main"), default=False)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.UniqueConstraint(
                fields=["value_index"],
                condition=models.Q(verified_at__isnull=False),
                name="credential_verified_by_one_account",
            ),
            models.UniqueConstraint(
                fields=["account", "type"], condition=models.Q(is_primary=True), name="credential_one_main_per_type"
            ),
            models.UniqueConstraint(
                fields=["account", "type"],
                condition=models.Q(verified_at__isnull=True),
                name="credential_one_claim_per_type",
            ),
            models.UniqueConstraint(fields=["number"], name="credential_number_is_unique"),
            models.UniqueConstraint(fields=["account", "value_index"], name="credential_once_per_account"),
            models.CheckConstraint(condition=models.Q(type__in=CredentialType.values), name="credential_type_is_known"),
            models.CheckConstraint(
                condition=models.Q(is_primary=False) | models.Q(verified_at__isnull=False),
                name="credential_main_is_verified",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} of SSOID {self.account_id}"
