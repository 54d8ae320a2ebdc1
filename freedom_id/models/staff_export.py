import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ExportForm, ExportKind, ExportState
from freedom_id.models.fields import SealedTextField

UNFINISHED = (ExportState.WAITING, ExportState.WORKING)


class StaffExport(models.Model):
    """A file that a member of staff asked for; the row is the truth, a task carries only its id.

    It holds the rows that were there at `asked_at` and match `chosen`, which names a report too. `after` is the key of
    the last row that was written, `lease` the worker that goes on from there. `size` and `sha256` are of the whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what"), max_length=16, choices=ExportKind)
    form = models.CharField(_("form"), max_length=5, choices=ExportForm)
    chosen = models.JSONField(_("which rows"), default=dict, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("member of staff")
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=7, choices=ExportState, default=ExportState.WAITING)
    total = models.PositiveIntegerField(_("rows to write"), null=True, blank=True)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, default="")
    after: "models.JSONField[Any, Any]" = models.JSONField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next try"), default=timezone.now)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"))
    last_error = models.CharField(_("last error"), max_length=128, blank=True, default="")

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        permissions = [
            ("export_accounts", "Can export the states of accounts"),
            ("export_partners", "Can export partners"),
            ("export_profiles", "Can export profile requests"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=ExportKind.values), name="staffexport_kind_is_known"),
            models.CheckConstraint(condition=models.Q(form__in=ExportForm.values), name="staffexport_form_is_known"),
            models.CheckConstraint(condition=models.Q(state__in=ExportState.values), name="staffexport_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state=ExportState.READY)
                | models.Q(ready_at__isnull=False, sha256__regex=r"^[0-9a-f]{64}$"),
                name="staffexport_ready_has_a_digest",
            ),
            models.CheckConstraint(
                condition=models.Q(lease__isnull=True) | models.Q(state=ExportState.WORKING),
                name="staffexport_lease_while_working",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=UNFINISHED), name="staffexport_to_do"),
            models.Index(fields=["asked_by", "-asked_at"], name="staffexport_of_staff"),
            models.Index(fields=["expires_at"], name="staffexport_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.form}, {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded now; the purge may come later than its end."""
        return self.state == ExportState.READY and timezone.now() < self.expires_at

    @property
    def filename(self) -> str:
        report = self.chosen.get("report")
        what = f"{self.kind}-{report}" if report else self.kind
        return f"{what}-{self.asked_at:%Y%m%d-%H%M%S}.{self.form}"


class ExportPart(models.Model):
    """Some rows of an export: bytes `start` to `start + size` of its file, compressed, in base64, sealed."""

    export = models.ForeignKey(StaffExport, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    start = models.PositiveBigIntegerField()
    size = models.PositiveIntegerField()
    content = SealedTextField()

    class Meta:
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        constraints = [
            models.UniqueConstraint(fields=["export", "number"], name="exportpart_once"),
            models.UniqueConstraint(fields=["export", "start"], name="exportpart_begins_once"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="exportpart_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"
