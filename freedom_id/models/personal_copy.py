import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import CopyState
from freedom_id.models.fields import SealedTextField

UNFINISHED = (CopyState.WAITING, CopyState.WORKING)


class PersonalCopy(models.Model):
    """A copy of everything that a person asked for; the row is the truth, a task carries only its id.

    `step` is how many chapters of it are written, `lease` the attempt that writes them: only its holder can finish it.
    `content` is the JSON of it, sealed, erased when `expires_at` is over. `downloads` counts how often it was taken.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(_("state"), max_length=7, choices=CopyState, default=CopyState.WAITING)
    step = models.PositiveSmallIntegerField(_("chapters written"), default=0)
    content = SealedTextField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=64, blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"))
    downloads = models.PositiveIntegerField(_("taken"), default=0)

    class Meta:
        verbose_name = _("personal copy")
        verbose_name_plural = _("personal copies")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(state__in=UNFINISHED), name="personalcopy_one_waiting"
            ),
            models.CheckConstraint(condition=models.Q(state__in=CopyState.values), name="personalcopy_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(state=CopyState.READY, content__isnull=False)
                | ~models.Q(state=CopyState.READY) & models.Q(content__isnull=True),
                name="personalcopy_content_when_ready",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CopyState.READY) | models.Q(ready_at__isnull=False),
                name="personalcopy_ready_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(lease__isnull=True) | models.Q(state=CopyState.WORKING),
                name="personalcopy_lease_while_working",
            ),
            models.CheckConstraint(
                condition=models.Q(downloads=0) | models.Q(ready_at__isnull=False),
                name="personalcopy_taken_when_ready",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=UNFINISHED), name="personalcopy_to_do"),
            models.Index(fields=["expires_at"], name="personalcopy_expires"),
        ]

    def __str__(self) -> str:
        return f"copy asked {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_ready(self) -> bool:
        """Whether it can be taken now; the purge may come later than its end."""
        return self.state == CopyState.READY and timezone.now() < self.expires_at
