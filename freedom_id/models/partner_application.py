import uuid
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ApplicationState, CheckResult
from freedom_id.models.fields import SealedTextField
from freedom_id.models.partner_client import ANDROID_FINGERPRINTS, ANDROID_PACKAGE, APPLE_APP_IDS

REGISTERED = (ApplicationState.SANDBOX, ApplicationState.LIVE)
DECIDED = (*REGISTERED, ApplicationState.REFUSED)


def _by(verbose_name: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=verbose_name
    )


class PartnerApplication(models.Model):
    """A service that wants to become a partner: what it states, how far it is, and the client that came of it.

    The contact proves the address by opening the link that is mailed there (`domain.application_link`); that link is
    all the access there is, so no token is stored. `purposes` maps each grant that is asked for to the reason in the
    applicant's words. `live_asked_by` and `live_approved_by` are two members of staff.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        _("state"), max_length=9, choices=ApplicationState, default=ApplicationState.DRAFT, editable=False
    )
    state_since = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    language = models.CharField(_("language"), max_length=8, blank=True, default="")
    name = models.CharField(_("name of the service"), max_length=60)
    contact_name = SealedTextField(_("contact person"))
    contact_email = SealedTextField(_("e-mail address of the contact"))
    legal_name = models.CharField(_("legal name"), max_length=255, blank=True, default="")
    website = models.URLField(_("website"), blank=True, default="")
    platforms = models.JSONField(_("platforms"), default=list, blank=True)
    purposes = models.JSONField(_("data and why"), default=dict, blank=True)
    required_grants = models.JSONField(_("data without which it cannot serve"), default=list, blank=True)
    redirect_uris = models.TextField(_("redirect addresses"), blank=True, default="")
    policy_url = models.URLField(_("privacy policy"), blank=True, default="")
    terms_url = models.URLField(_("terms of use"), blank=True, default="")
    jwks = models.JSONField(_("public keys"), null=True, blank=True)
    android_package = models.CharField(
        _("Android package"), max_length=255, blank=True, default="", validators=[RegexValidator(ANDROID_PACKAGE)]
    )
    android_fingerprints = models.TextField(
        _("Android certificates"), blank=True, default="", validators=[RegexValidator(ANDROID_FINGERPRINTS)]
    )
    apple_app_ids = models.TextField(
        _("Apple app ids"), blank=True, default="", validators=[RegexValidator(APPLE_APP_IDS)]
    )
    logo = models.BinaryField(_("logo (PNG)"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    checks_due_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = _by(_("reviewed by"))
    client = models.OneToOneField(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="application",
        verbose_name=_("partner"),
    )
    live_asked_by = _by(_("going live asked by"))
    live_approved_by = _by(_("going live approved by"))
    live_at = models.DateTimeField(_("live since"), null=True, blank=True)

    class Meta:
        verbose_name = _("partner application")
        verbose_name_plural = _("partner applications")
        default_permissions = ("view",)
        permissions = [
            ("review_partnerapplication", "Can review applications of partners"),
            ("release_partnerapplication", "Can ask for, and approve, that a partner goes live"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="application_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.DRAFT, sent_at__isnull=True)
                | ~Q(state=ApplicationState.DRAFT) & Q(sent_at__isnull=False),
                name="application_is_a_draft_until_sent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=REGISTERED, client__isnull=False)
                | ~Q(state__in=REGISTERED) & Q(client__isnull=True),
                name="application_accepted_has_a_client",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=DECIDED) | Q(reviewed_by__isnull=False), name="application_decided_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.CHECKING, checks_due_at__isnull=False)
                | ~Q(state=ApplicationState.CHECKING) & Q(checks_due_at__isnull=True),
                name="application_checks_while_checking",
            ),
            models.CheckConstraint(
                condition=Q(live_asked_by__isnull=True) | Q(state__in=REGISTERED), name="application_live_asked_in_time"
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.LIVE, live_approved_by__isnull=False, live_at__isnull=False)
                | ~Q(state=ApplicationState.LIVE) & Q(live_approved_by__isnull=True, live_at__isnull=True),
                name="application_live_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(live_approved_by__isnull=True)
                | Q(live_asked_by__isnull=False) & ~Q(live_approved_by=F("live_asked_by")),
                name="application_live_by_two",
                violation_error_message=_("Who asked for it cannot approve it."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["checks_due_at"], condition=Q(checks_due_at__isnull=False), name="application_to_check"
            ),
            models.Index(fields=["state", "state_since"], name="application_by_state"),
        ]

    def __str__(self) -> str:
        return self.name


class ApplicationCheck(models.Model):
    """What came of one of `domain.application_checks.CHECKS`: `problem` names the words, `about` what they are of."""

    application = models.ForeignKey(PartnerApplication, models.CASCADE, related_name="checks")
    name = models.CharField(_("check"), max_length=20)
    result = models.CharField(_("result"), max_length=6, choices=CheckResult)
    problem = models.CharField(max_length=20, blank=True, default="")
    about = models.CharField(max_length=255, blank=True, default="")
    checked_at = models.DateTimeField(_("checked"), default=timezone.now)

    class Meta:
        verbose_name = _("check of an application")
        verbose_name_plural = _("checks of applications")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "name"], name="applicationcheck_is_one"),
            models.CheckConstraint(
                condition=Q(result=CheckResult.PASSED, problem="")
                | Q(result__in=[CheckResult.WARNED, CheckResult.FAILED]) & ~Q(problem=""),
                name="applicationcheck_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.result}"


class ApplicationComment(models.Model):
    """One thing said about an application: by `author`, or without one by the applicant. What is `internal`, staff says
    to staff."""

    application = models.ForeignKey(PartnerApplication, models.CASCADE, related_name="comments")
    author = _by(_("member of staff"))
    internal = models.BooleanField(_("internal"), default=False)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("comment on an application")
        verbose_name_plural = _("comments on applications")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(internal=False) | Q(author__isnull=False), name="applicationcomment_internal_by_staff"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="applicationcomment_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
