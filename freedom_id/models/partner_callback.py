import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import CallbackState


class PartnerCallback(models.Model):
    """What a partner has to hear at `url`: outbox row, delivered at least once.

    queued ──answered──▶ delivered
     │  ▲ │
     └──┘ └──the last try──▶ dead
    `due_at` is the next try, and the lease of whoever makes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.TextField(_("address"))
    state = models.CharField(_("state"), max_length=9, choices=CallbackState, default=CallbackState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_result = models.CharField(_("last result"), max_length=128, blank=True, default="")
    due_at = models.DateTimeField(_("next try"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(state__in=CallbackState.values), name="%(class)s_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(state=CallbackState.QUEUED, finished_at__isnull=True)
                | ~models.Q(state=CallbackState.QUEUED) & models.Q(finished_at__isnull=False),
                name="%(class)s_end_has_a_time",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], condition=models.Q(state=CallbackState.QUEUED), name="%(class)s_to_do"),
            models.Index(
                fields=["created_at"], condition=models.Q(state=CallbackState.DEAD), name="%(class)s_given_up"
            ),
        ]
