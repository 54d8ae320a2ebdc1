import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ProfileState
from freedom_id.models.authorization import Authorization
from freedom_id.models.fields import SealedTextField


class ProfileRequest(models.Model):
    """A partner's request for the whole profile; the row is the truth, a task carries only its id.

    `lease` names the attempt that works on it: only the holder of the current lease can complete it, so that a worker
    thought dead cannot finish the work of its successor a second time. `parcel` is the result, sealed, erased when
    `expires_at` is over. `reason` is told to the partner, `last_error`, the kind of the last fault, is not.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="profile_requests")
    request_id = models.UUIDField(_("the partner's id"))
    state = models.CharField(_("state"), max_length=9, choices=ProfileState, default=ProfileState.ACCEPTED)
    reason = models.CharField(_("reason"), max_length=64, blank=True, default="")
    last_error = models.CharField(_("last error"), max_length=64, blank=True, default="", db_default="")
    lease = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"))
    parcel = SealedTextField(null=True, blank=True)

    class Meta:
        verbose_name = _("profile request")
        verbose_name_plural = _("profile requests")
        constraints = [
            models.UniqueConstraint(fields=["authorization", "request_id"], name="profilerequest_once_per_id"),
            models.CheckConstraint(
                condition=models.Q(state__in=ProfileState.values), name="profilerequest_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(parcel__isnull=True) | models.Q(state=ProfileState.COMPLETED),
                name="profilerequest_parcel_only_when_completed",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[ProfileState.ACCEPTED, ProfileState.RUNNING], finished_at__isnull=True)
                | models.Q(state__in=[ProfileState.COMPLETED, ProfileState.FAILED], finished_at__isnull=False),
                name="profilerequest_end_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=[ProfileState.ACCEPTED, ProfileState.RUNNING]),
                name="profilerequest_to_do",
            ),
            models.Index(fields=["expires_at"], name="profilerequest_expires"),
        ]

    def __str__(self) -> str:
        return f"profile request {self.request_id}"
