import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from freedom_id.enums import ClientStatus
from freedom_id.grants import ACCOUNT
from freedom_id.models.fields import SealedTextField


def draw_client_id() -> str:
    return str(uuid.uuid4())


def live_secrets(current: str, previous: str, previous_until: datetime | None, now: datetime) -> list[str]:
    """The digests that authenticate at `now`: the current secret's, and the former one's while the two overlap."""
    return [current, previous] if previous_until and now < previous_until else [current]


class PartnerClient(AbstractApplication):
    """A partner service: an OAuth client with the UUID `client_id`, and the integer `id` of the Identity door.

    `client_secret` holds the keyed digest of a 256-bit random secret (`domain.partner_clients`), never the secret, and
    no password hash: a secret that cannot be guessed needs no slow hash on every token call. The one before it,
    `previous_secret`, works until `previous_secret_expires_at`.

    `created_by` is the operator's client that made this one (row 11 of the Identity door), `suspended_by` the one that
    suspended it; staff leaves both null. `names` and `legal_names` are `name` and `legal_name` in other languages.
    """

    client_id = models.CharField(_("client id"), max_length=255, unique=True, default=draw_client_id, editable=False)
    client_secret = models.CharField(_("digest of the secret"), max_length=64, blank=True, default="", editable=False)
    callback_key = SealedTextField(_("key that signs callbacks"), blank=True, default="", editable=False)
    previous_secret = models.CharField(
        _("digest of the former secret"), max_length=64, blank=True, default="", editable=False
    )
    previous_callback_key = SealedTextField(
        _("key of the former secret that signs callbacks"), blank=True, default="", editable=False
    )
    previous_secret_expires_at = models.DateTimeField(
        _("the former secret works until"), null=True, blank=True, editable=False
    )
    hash_client_secret = models.BooleanField(default=False, editable=False)
    algorithm = models.CharField(max_length=5, blank=True, default="", editable=False)
    authorization_grant_type = models.CharField(
        max_length=44,
        choices=AbstractApplication.GRANT_TYPES,
        default=AbstractApplication.GRANT_AUTHORIZATION_CODE,
        editable=False,
    )
    status = models.CharField(_("status"), max_length=9, choices=ClientStatus, default=ClientStatus.ACTIVE)
    grant_types = models.JSONField(_("grant types"), default=list)
    scopes = models.JSONField(_("scopes of the standard door"), default=list, blank=True)
    operator_scopes = models.JSONField(_("what it may do by itself"), default=list, blank=True)
    grants = models.JSONField(_("data it may ask for"), default=list, blank=True)
    required_grants = models.JSONField(_("data without which it cannot serve"), default=list, blank=True)
    revoke_uris = models.TextField(_("revoke callbacks, space separated"), blank=True, default="")
    jwks = models.JSONField(_("public keys"), null=True, blank=True)
    first_party = models.BooleanField(_("belongs to the group"), default=False)
    native = models.BooleanField(_("native app (PKCE required)"), default=False)
    errors_as_200 = models.BooleanField(_("answers errors with status 200 (old integrations)"), default=False)
    max_devices = models.PositiveSmallIntegerField(
        _("devices on which a person may be signed in at once"),
        null=True,
        blank=True,
        help_text=_("Beyond it the oldest is signed out. Empty: no limit."),
    )
    legal_name = models.CharField(_("legal name"), max_length=255, blank=True, default="")
    names = models.JSONField(_("name in other languages"), default=dict, blank=True, editable=False)
    legal_names = models.JSONField(_("legal name in other languages"), default=dict, blank=True, editable=False)
    country = models.CharField(_("country"), max_length=64, blank=True, default="", editable=False)
    website = models.URLField(_("website"), blank=True, default="")
    created_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("made by")
    )
    suspended_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("suspended by")
    )
    logo = models.BinaryField(_("logo (PNG)"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=ClientStatus.values), name="client_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(client_type__in=["confidential", "public"]), name="client_type_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(client_type="public", client_secret="") | models.Q(client_type="confidential"),
                name="client_public_has_no_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(client_type="confidential") | models.Q(operator_scopes=[]),
                name="client_public_operates_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(max_devices__isnull=True) | models.Q(max_devices__gte=1),
                name="client_lets_one_device_in",
            ),
            models.CheckConstraint(
                condition=models.Q(previous_secret="", previous_secret_expires_at__isnull=True)
                | ~models.Q(previous_secret="")
                & ~models.Q(client_secret="")
                & models.Q(client_type="confidential", previous_secret_expires_at__isnull=False),
                name="client_previous_secret_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(suspended_by__isnull=True) | models.Q(status=ClientStatus.SUSPENDED),
                name="client_suspended_by_when_suspended",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.client_id

    def clean(self) -> None:
        """Uses the house's own rules for addresses; the toolkit's `clean` judges fields that are not used here."""
        unknown = set(self.required_grants) - set(self.grants)
        if unknown:
            raise ValidationError({"required_grants": _("Required data must be among the data it may ask for.")})
        if ACCOUNT in self.scopes and not self.first_party:
            raise ValidationError({"scopes": _("Only a partner that belongs to the group may have the scope account.")})
        if self.operator_scopes and self.client_type == self.CLIENT_PUBLIC:
            raise ValidationError({"operator_scopes": _("A partner without a secret can do nothing by itself.")})

    def live_secrets(self, now: datetime) -> list[str]:
        """The digests of the secrets that authenticate it at `now`."""
        return live_secrets(self.client_secret, self.previous_secret, self.previous_secret_expires_at, now)

    def allows_grant_type(self, *grant_types: str) -> bool:
        """Toolkit hook: `grant_types` of the row uses the wire names (`authorization_code`, …)."""
        wire = {name.replace("-", "_") for name in grant_types}
        return bool(wire & set(self.grant_types))

    def is_usable(self, request: Any) -> bool:
        return self.status == ClientStatus.ACTIVE

    def get_allowed_schemes(self) -> list[str]:
        return [uri.partition(":")[0] for uri in self.redirect_uris.split()] or ["https"]
