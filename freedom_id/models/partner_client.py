import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from freedom_id.enums import (
    AccessTokenFormat,
    ClientAuthentication,
    ClientStage,
    ClientStatus,
    SigningAlgorithm,
    SubjectType,
)
from freedom_id.grants import ACCOUNT, DEVICE_SSO
from freedom_id.models.fields import SealedTextField

_FINGERPRINT = r"[0-9A-F]{2}(:[0-9A-F]{2}){31}"
_APPLE_APP_ID = r"[0-9A-Z]{10}(\.[0-9A-Za-z-]+)+"
ANDROID_PACKAGE = r"^[A-Za-z][0-9A-Za-z_]*(\.[A-Za-z][0-9A-Za-z_]*)+\Z"
ANDROID_FINGERPRINTS = rf"^{_FINGERPRINT}( {_FINGERPRINT})*\Z"
APPLE_APP_IDS = rf"^{_APPLE_APP_ID}( {_APPLE_APP_ID})*\Z"


def draw_client_id() -> str:
    return str(uuid.uuid4())


def live_secrets(current: str, previous: str, previous_until: datetime | None, now: datetime) -> list[str]:
    """The digests that authenticate at `now`: the current secret's, and the former one's while the two overlap."""
    return [current, previous] if previous_until and now < previous_until else [current]


class PartnerClient(AbstractApplication):
    """A partner service: an OAuth client with the UUID `client_id`, and the integer `id` of the Identity door.

    `client_secret` holds the keyed digest of a 256-bit random secret (`domain.client_secrets`), never the secret, and
    no password hash: a secret that cannot be guessed needs no slow hash on every token call. The one before it,
    `previous_secret`, works until `previous_secret_expires_at`. When each was last used is kept to the hour, and
    of public keys when any was; a secret from before that was kept has neither time.

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
    secret_drawn_at = models.DateTimeField(_("secret drawn"), null=True, blank=True, editable=False)
    secret_used_at = models.DateTimeField(_("secret last used"), null=True, blank=True, editable=False)
    previous_secret_drawn_at = models.DateTimeField(_("former secret drawn"), null=True, blank=True, editable=False)
    previous_secret_used_at = models.DateTimeField(_("former secret last used"), null=True, blank=True, editable=False)
    keys_used_at = models.DateTimeField(_("public keys last used"), null=True, blank=True, editable=False)
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
    backchannel_logout_uri = models.TextField(_("back-channel logout address"), blank=True, default="", db_default="")
    android_package = models.CharField(
        _("Android package"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(ANDROID_PACKAGE, _("A package name looks like com.example.app."))],
    )
    android_fingerprints = models.TextField(
        _("Android certificates"),
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(ANDROID_FINGERPRINTS, _("A fingerprint is 32 pairs of hex digits with colons."))],
    )
    apple_app_ids = models.TextField(
        _("Apple app ids"),
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(
                APPLE_APP_IDS, _("An app id is the team's 10 capital letters and digits, a dot, and the bundle id.")
            )
        ],
    )
    passkeys_in_app = models.BooleanField(_("asks for our passkeys in the app"), default=False, db_default=False)
    subject_type = models.CharField(
        _("what a person is to it"), max_length=8, choices=SubjectType, default=SubjectType.PUBLIC, db_default="public"
    )
    sector_identifier = models.CharField(
        _("sector"),
        max_length=253,
        blank=True,
        default="",
        db_default="",
        help_text=_("A host. Partners of one sector know a person by the same id. Empty: the host of its addresses."),
    )
    id_token_signed_response_alg = models.CharField(
        _("signature of ID tokens"),
        max_length=5,
        choices=SigningAlgorithm,
        default=SigningAlgorithm.ES256,
        db_default="ES256",
    )
    userinfo_signed_response_alg = models.CharField(
        _("signature of userinfo"),
        max_length=5,
        choices=SigningAlgorithm,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: not signed."),
    )
    token_endpoint_auth_method = models.CharField(
        _("how it authenticates"),
        max_length=15,
        choices=ClientAuthentication,
        default=ClientAuthentication.SECRET,
        db_default="client_secret",
    )
    access_token_format = models.CharField(
        _("form of its access tokens"),
        max_length=6,
        choices=AccessTokenFormat,
        default=AccessTokenFormat.JWT,
        db_default="jwt",
    )
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
    stage = models.CharField(
        _("stage"), max_length=7, choices=ClientStage, default=ClientStage.LIVE, db_default="live", editable=False
    )

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        permissions = [
            ("rotate_partnerclient", "Can make and end secrets of partners"),
            ("suspend_partnerclient", "Can suspend and resume partners"),
            ("close_partnerclient", "Can close partners for good"),
            ("usage_partnerclient", "Can see how partners are used"),
        ]
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
                condition=models.Q(backchannel_logout_uri="")
                | models.Q(backchannel_logout_uri__startswith="https://")
                | models.Q(backchannel_logout_uri__startswith="http://"),
                name="client_backchannel_is_an_address",
            ),
            models.CheckConstraint(
                condition=models.Q(client_type="public", token_endpoint_auth_method=ClientAuthentication.NONE)
                | models.Q(client_type="confidential", token_endpoint_auth_method=ClientAuthentication.SECRET)
                | models.Q(
                    client_type="confidential",
                    token_endpoint_auth_method=ClientAuthentication.PRIVATE_KEY_JWT,
                    client_secret="",
                    revoke_uris="",
                    jwks__isnull=False,
                ),
                name="client_authenticates_in_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(access_token_format__in=AccessTokenFormat.values),
                name="client_token_format_is_known",
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
                condition=models.Q(subject_type=SubjectType.PUBLIC, sector_identifier="")
                | models.Q(subject_type=SubjectType.PAIRWISE) & ~models.Q(sector_identifier=""),
                name="client_pairwise_has_a_sector",
                violation_error_message=_("Its addresses do not have one https host: name the sector."),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    id_token_signed_response_alg__in=SigningAlgorithm.values,
                    userinfo_signed_response_alg__in=["", *SigningAlgorithm.values],
                ),
                name="client_algorithms_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(suspended_by__isnull=True) | models.Q(status=ClientStatus.SUSPENDED),
                name="client_suspended_by_when_suspended",
            ),
            models.CheckConstraint(
                condition=models.Q(android_package="", android_fingerprints="")
                | models.Q(android_package__regex=ANDROID_PACKAGE, android_fingerprints__regex=ANDROID_FINGERPRINTS),
                name="client_android_app_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(apple_app_ids="") | models.Q(apple_app_ids__regex=APPLE_APP_IDS),
                name="client_apple_app_ids_are_such",
            ),
            models.CheckConstraint(
                condition=models.Q(native=True) | models.Q(android_package="", apple_app_ids=""),
                name="client_with_apps_is_native",
            ),
            models.CheckConstraint(
                condition=models.Q(passkeys_in_app=False)
                | models.Q(first_party=True) & ~models.Q(android_package="", apple_app_ids=""),
                name="client_passkeys_in_own_app",
            ),
            models.CheckConstraint(
                condition=models.Q(native=True, first_party=True) | ~models.Q(scopes__icontains=DEVICE_SSO),
                name="client_device_sso_in_own_app",
            ),
            models.CheckConstraint(condition=models.Q(stage__in=ClientStage.values), name="client_stage_is_known"),
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
        self._judge_apps()

    def _judge_apps(self) -> None:
        has_apps = bool(self.android_package or self.apple_app_ids)
        if bool(self.android_package) != bool(self.android_fingerprints):
            raise ValidationError({"android_fingerprints": _("A package and its certificates belong together.")})
        if has_apps and not self.native:
            raise ValidationError({"native": _("Only a native app has ids in the stores.")})
        if self.passkeys_in_app and not (has_apps and self.first_party):
            raise ValidationError({"passkeys_in_app": _("Only a native app of the group, with its ids, may do this.")})
        if DEVICE_SSO in self.scopes and not (self.native and self.first_party):
            raise ValidationError({"scopes": _("Only a native app of the group may have the scope device_sso.")})

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
