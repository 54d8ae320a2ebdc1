from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import AuditAction


class AuditEntry(models.Model):
    """One act of staff, or of a command: who, as what, did what to which object, why, and what it changed.

    Entries are numbered from 1 without a gap, and each carries the hash of the one before it, under a key that is not
    in the database; triggers refuse to change or delete one. `actor` and `account` (whom it is about) keep the SSOID
    after the row of an account is gone.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    recorded_at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("member of staff"),
    )
    roles = models.JSONField(_("roles"), default=list)
    command = models.CharField(_("command"), max_length=40, blank=True, default="")
    action = models.CharField(_("action"), max_length=40, choices=AuditAction)
    object_type = models.CharField(_("kind of object"), max_length=80, blank=True, default="")
    object_key = models.CharField(_("key of the object"), max_length=80, blank=True, default="")
    object_label = models.CharField(_("object"), max_length=200, blank=True, default="")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("about whom"),
    )
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    request_id = models.CharField(_("request"), max_length=36)
    previous_hash = models.CharField(_("hash of the entry before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ("view",)
        permissions = [("export_auditentry", "Can export the audit")]
        indexes = [
            models.Index(fields=["actor", "-number"], name="audit_of_actor"),
            models.Index(fields=["account", "-number"], name="audit_of_account"),
            models.Index(fields=["object_type", "object_key", "-number"], name="audit_of_object"),
            models.Index(fields=["-recorded_at"], name="audit_by_time"),
            models.Index(fields=["request_id"], name="audit_by_request"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=1), name="audit_numbers_begin_at_one"),
            models.UniqueConstraint(fields=["previous_hash"], name="audit_chain_does_not_fork"),
            models.CheckConstraint(
                condition=models.Q(actor__isnull=True) | models.Q(command=""), name="audit_actor_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_action_display()}"


class AuditCheckpoint(models.Model):
    """What the newest entry was at a moment, signed: whoever takes the newest entries away does not take this along
    unnoticed, because the same line stands in the worker's log."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    hash = models.CharField(_("hash"), max_length=64)
    signed_at = models.DateTimeField(_("when"))
    jws = models.TextField(_("signature"))

    class Meta:
        verbose_name = _("audit checkpoint")
        verbose_name_plural = _("audit checkpoints")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"
