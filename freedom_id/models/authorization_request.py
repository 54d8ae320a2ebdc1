import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import Door, RequestOutcome, ResponseMode
from freedom_id.models.fields import SealedTextField


class AuthorizationRequest(models.Model):
    """What a client asked for, kept on the server: a Link, which is a pushed request (RFC 9126), or a plain one.

    `expected` is the `sub` of the person whom the client named (`id_token_hint`). `acr` is the level at which the
    client wants to know her; if it is essential, there is no answer below it. `login_hint` is the number or address
    that the client thinks she signs in by, and nothing more.

    The browser carries `id` only (`track_id`). One decision per request: `decided_at` is set by compare-and-set, and
    with it `outcome`, whose decision it was (`account`, `sign_in_id`), the token of the notice that the page showed,
    and the `family_id` of the code. `signed_in_at` is when somebody first signed in on the way
    to it, `shown_at` when the consent page was last shown, and then to `account`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="+")
    door = models.CharField(max_length=10, choices=Door)
    redirect_uri = models.TextField()
    response_mode = models.CharField(
        max_length=9, choices=ResponseMode, default=ResponseMode.QUERY, db_default=ResponseMode.QUERY
    )
    scope = models.TextField(blank=True, default="")
    grants = models.JSONField(default=list)
    state = models.CharField(max_length=512, blank=True, default="")
    nonce = models.CharField(max_length=255, blank=True, default="")
    prompt = models.CharField(max_length=64, blank=True, default="")
    max_age = models.PositiveIntegerField(null=True, blank=True)
    expected = models.UUIDField(null=True, blank=True)
    acr = models.CharField(max_length=4, blank=True, default="", db_default="")
    acr_essential = models.BooleanField(default=False, db_default=False)
    id_token_claims = models.TextField(blank=True, default="", db_default="")
    login_hint = SealedTextField(blank=True, default="", db_default="", editable=False)
    code_challenge = models.CharField(max_length=43, blank=True, default="")
    locale = models.CharField(max_length=8, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    signed_in_at = models.DateTimeField(_("signed in"), null=True, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("account"),
    )
    sign_in_id = models.UUIDField(null=True, blank=True, editable=False)
    shown_at = models.DateTimeField(_("page shown"), null=True, blank=True, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=7, choices=RequestOutcome, blank=True, default="", db_default="", editable=False
    )
    notice_token_id = models.UUIDField(null=True, blank=True, editable=False)
    family_id = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("authorization request")
        verbose_name_plural = _("authorization requests")
        indexes = [
            models.Index(fields=["expires_at"], name="authrequest_expires"),
            models.Index(
                fields=["account", "-created_at"],
                condition=models.Q(account__isnull=False),
                name="authrequest_of_account",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(door__in=Door.values), name="authrequest_door_is_known"),
            models.CheckConstraint(
                condition=models.Q(response_mode__in=ResponseMode.values), name="authrequest_response_mode_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="authrequest_lives_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(acr__in=["", "aal1", "aal2"], acr_essential=False)
                | models.Q(acr="aal2", acr_essential=True),
                name="authrequest_acr_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="")
                | models.Q(outcome__in=RequestOutcome.values, decided_at__isnull=False, account__isnull=False),
                name="authrequest_outcome_is_somebodys",
            ),
        ]

    def __str__(self) -> str:
        return f"request of client {self.client_id}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None and timezone.now() < self.expires_at
