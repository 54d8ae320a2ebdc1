import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import DeviceSignInState
from freedom_id.models.device import BrowserSignIn

UNDECIDED = (DeviceSignInState.WAITING, DeviceSignInState.SCANNED)
AGREED = (DeviceSignInState.APPROVED, DeviceSignInState.SPENT)


class DeviceSignIn(models.Model):
    """A browser waits to be signed in by a phone of the person. `id` is in the session of that browser, which alone can
    be signed in by it; the picture carries it too, with a proof that changes.

    `browser` and `network` are what the person is shown of it, `number` stands on its screen; `approved_by` is the
    sign-in in which she said yes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    browser = models.CharField(max_length=100, blank=True, default="")
    network = models.GenericIPAddressField(null=True, blank=True)
    number = models.PositiveSmallIntegerField(editable=False)
    state = models.CharField(max_length=8, choices=DeviceSignInState, default=DeviceSignInState.WAITING)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(BrowserSignIn, models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("sign-in by another device")
        verbose_name_plural = _("sign-ins by another device")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=DeviceSignInState.values), name="devicesignin_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state=DeviceSignInState.WAITING, account__isnull=True)
                | ~models.Q(state=DeviceSignInState.WAITING) & models.Q(account__isnull=False),
                name="devicesignin_whose_once_scanned",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=UNDECIDED, decided_at__isnull=True)
                | ~models.Q(state__in=UNDECIDED) & models.Q(decided_at__isnull=False),
                name="devicesignin_decision_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AGREED, approved_by__isnull=False)
                | ~models.Q(state__in=AGREED) & models.Q(approved_by__isnull=True),
                name="devicesignin_approved_by_a_sign_in",
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=10, number__lte=99), name="devicesignin_number_has_two_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="devicesignin_lives_forward"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="devicesignin_expires")]

    def __str__(self) -> str:
        return f"{self.state}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        """Whether its time is up; what was not spent by then is nothing."""
        return timezone.now() >= self.expires_at
