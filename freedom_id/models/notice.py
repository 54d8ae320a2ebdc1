import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import Channel, NoticeKind, ProofType
from freedom_id.models.fields import SealedTextField

OF_THE_ACCOUNT = [
    *(NoticeKind.CLOSED, NoticeKind.COPIED, NoticeKind.DEVICE, NoticeKind.CONNECTED, NoticeKind.CHANGED),
    *(NoticeKind.COPY_READY, NoticeKind.OPENED, NoticeKind.REFUSED, NoticeKind.RECOVERY, NoticeKind.KEPT),
    *(NoticeKind.BLOCKED, NoticeKind.ERASED),
]


class Notice(models.Model):
    """A message that tells a person what happened to her account, on its way to one address; `about` is the kind of
    proof, `masked` the number or address as she recognises it, or the name of the device or partner, `subject_id` what
    it tells of: a receipt, or the removal of a lost app. queued (due_at) → sent (sent_at); given up a day after it was
    written, or begun anew (replayed_at), or when staff calls it off (cancelled_at); kept for her to look up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=NoticeKind)
    about = models.CharField(max_length=11, choices=ProofType, blank=True, default="")
    masked = SealedTextField(blank=True, default="")
    subject_id = models.UUIDField(null=True, blank=True)
    channel = models.CharField(max_length=5, choices=Channel)
    address = SealedTextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    last_error = models.CharField(_("last error"), max_length=64, blank=True, default="", db_default="")
    cancelled_at = models.DateTimeField(_("called off"), null=True, blank=True)
    replayed_at = models.DateTimeField(_("begun anew"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=NoticeKind.values), name="notice_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(about__in=ProofType.values) | models.Q(about="", kind__in=OF_THE_ACCOUNT),
                name="notice_subject_is_known",
            ),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="notice_channel_is_known"),
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) | models.Q(cancelled_at__isnull=True),
                name="notice_sent_or_called_off",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(sent_at__isnull=True), name="notice_to_send"),
            models.Index(fields=["-created_at"], name="notice_newest_first"),
        ]

    def __str__(self) -> str:
        return f"notice by {self.channel}, {self.created_at:%Y-%m-%d %H:%M}"
