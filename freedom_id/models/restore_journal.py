import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JournalLine(models.Model):
    """A line that waits for the restore journal, the file beside the database; it is written in the transaction of the
    act that it tells of, and deleted when the file has it. `about` names rows by their keys, never by personal data."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24)
    about = models.JSONField(default=dict)
    happened_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("line of the restore journal")
        verbose_name_plural = _("lines of the restore journal")

    def __str__(self) -> str:
        return self.kind


class JournalPosition(models.Model):
    """How much of the restore journal this database knows: the number and the digest of the last line that it wrote, or
    replayed. One row; an older backup has a lower number than the file."""

    number = models.PositiveBigIntegerField(default=0)
    mac = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("position in the restore journal")
        verbose_name_plural = _("positions in the restore journal")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="journalposition_is_one")]

    def __str__(self) -> str:
        return str(self.number)
