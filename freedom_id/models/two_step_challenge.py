import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ChallengeState, TwoStepMethod
from freedom_id.models.authorization import TokenFamily
from freedom_id.models.device import Device

MAX_WRONG_PROOFS = 3


class TwoStepChallenge(models.Model):
    """A question to the person on another device: is this you? Answered once, within two minutes.

    `asking_client` and `family` are who asks, `device` where; `client` is whom it is for, `act` what is approved.
    `number` is on the screen of the one who asks and must be typed by the one who approves.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    asking_client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="+")
    client = models.ForeignKey(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, related_name="+")
    family = models.ForeignKey(TokenFamily, models.CASCADE, null=True, blank=True, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, null=True, blank=True, related_name="+")
    device_model = models.CharField(_("model"), max_length=100, blank=True, default="")
    device_model_name = models.CharField(_("name"), max_length=100, blank=True, default="")
    ip = models.GenericIPAddressField(_("address"))
    act = models.CharField(_("what is approved"), max_length=200, blank=True, default="")
    method = models.CharField(_("method"), max_length=12, choices=TwoStepMethod)
    number = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    code_id = models.UUIDField(null=True, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=ChallengeState, default=ChallengeState.PENDING)
    wrong_proofs = models.PositiveSmallIntegerField(_("wrong tries"), default=0)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    approving_device = models.ForeignKey(Device, models.CASCADE, null=True, blank=True, related_name="+")
    trusted = models.BooleanField(_("the device became trusted"), default=False)
    push_due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("two-step challenge")
        verbose_name_plural = _("two-step challenges")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ChallengeState.values), name="challenge_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(method__in=TwoStepMethod.values), name="challenge_method_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state=ChallengeState.PENDING, decided_at__isnull=True)
                | ~models.Q(state=ChallengeState.PENDING) & models.Q(decided_at__isnull=False),
                name="challenge_end_has_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ChallengeState.APPROVED)
                | models.Q(method=TwoStepMethod.EMAIL)
                | models.Q(approving_device__isnull=False),
                name="challenge_approved_by_a_device",
            ),
            models.CheckConstraint(
                condition=models.Q(trusted=False)
                | models.Q(state=ChallengeState.APPROVED, approving_device__isnull=False, device__isnull=False),
                name="challenge_trust_is_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(approving_device__isnull=True)
                | models.Q(device__isnull=True)
                | ~models.Q(approving_device=models.F("device")),
                name="challenge_not_approved_by_who_asks",
            ),
            models.CheckConstraint(
                condition=models.Q(wrong_proofs__lte=MAX_WRONG_PROOFS), name="challenge_tries_are_bounded"
            ),
            models.CheckConstraint(
                condition=models.Q(method=TwoStepMethod.NOTIFICATION, number__gte=10, number__lte=99)
                | ~models.Q(method=TwoStepMethod.NOTIFICATION) & models.Q(number__isnull=True),
                name="challenge_number_is_a_pushs",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="challenge_lives_forward"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account"], condition=models.Q(state=ChallengeState.PENDING), name="challenge_open_of_account"
            ),
            models.Index(
                fields=["push_due_at"], condition=models.Q(push_due_at__isnull=False), name="challenge_to_push"
            ),
            models.Index(fields=["expires_at"], name="challenge_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.method}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state == ChallengeState.PENDING and timezone.now() < self.expires_at
