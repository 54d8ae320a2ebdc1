import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import BulkState, QueueAct, RowOutcome

UNFINISHED = (BulkState.WAITING, BulkState.RUNNING)


class BulkAct(models.Model):
    """An act on all rows of a work queue that match a filter; the row is the truth, a task carries only its id.

    `queue` is the name of the model, `chosen` the filter, over rows that were there at `requested_at`. `after` is the
    key of the last row that was looked at, `lease` the worker that goes on from there. `total` is what matched when it
    was asked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    queue = models.CharField(_("queue"), max_length=40)
    act = models.CharField(_("act"), max_length=6, choices=QueueAct)
    chosen = models.JSONField(_("which rows"), default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("member of staff")
    )
    requested_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=BulkState, default=BulkState.WAITING)
    total = models.PositiveIntegerField(_("rows"))
    done = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    after = models.UUIDField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next try"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("bulk act")
        verbose_name_plural = _("bulk acts")
        constraints = [
            models.CheckConstraint(condition=models.Q(act__in=QueueAct.values), name="bulkact_act_is_known"),
            models.CheckConstraint(condition=models.Q(state__in=BulkState.values), name="bulkact_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=UNFINISHED, finished_at__isnull=True)
                | ~models.Q(state__in=UNFINISHED) & models.Q(finished_at__isnull=False),
                name="bulkact_end_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(lease__isnull=True) | models.Q(state=BulkState.RUNNING),
                name="bulkact_lease_while_running",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=UNFINISHED), name="bulkact_to_do"),
            models.Index(fields=["-requested_at"], name="bulkact_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.queue}, {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def seen(self) -> int:
        """How many rows it looked at so far."""
        return self.done + self.refused + self.failed


class BulkActRow(models.Model):
    """What came of one row: no bulk act touches a row twice."""

    bulk_act = models.ForeignKey(BulkAct, models.CASCADE, related_name="rows")
    key = models.UUIDField(_("row"))
    outcome = models.CharField(_("what came of it"), max_length=7, choices=RowOutcome)

    class Meta:
        verbose_name = _("row of a bulk act")
        verbose_name_plural = _("rows of bulk acts")
        constraints = [
            models.UniqueConstraint(fields=["bulk_act", "key"], name="bulkactrow_once"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=RowOutcome.values), name="bulkactrow_outcome_is_known"
            ),
        ]
        indexes = [models.Index(fields=["key"], name="bulkactrow_of_row")]

    def __str__(self) -> str:
        return f"{self.key} ({self.outcome})"
