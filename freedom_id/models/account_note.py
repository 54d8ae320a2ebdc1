import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.models.fields import SealedTextField

LONGEST_NOTE = 2000


class AccountNote(models.Model):
    """What a member of staff noted about a person. Triggers refuse to change one; it goes when the account, which is
    closed by then, is erased."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("member of staff"),
    )
    text = SealedTextField(_("note"))
    written_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["account", "-written_at"], name="note_of_account")]

    def __str__(self) -> str:
        return f"note of {self.written_at:%Y-%m-%d %H:%M}"
