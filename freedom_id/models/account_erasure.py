import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import AccountErasureState, ErasureOrigin


class AccountErasure(models.Model):
    """A closed account on its way to be erased, one row each; the row is the truth, a task carries only its id.

    `not_before` is the end of the days that the person was promised, `due_at` the next try, never earlier. `lease` is
    the try that is going on, `attempts` counts the begun ones, `last_error` is the kind of the last fault.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name=_("account")
    )
    origin = models.CharField(_("closed by"), max_length=7, choices=ErasureOrigin)
    state = models.CharField(_("state"), max_length=8, choices=AccountErasureState, default=AccountErasureState.WAITING)
    closed_at = models.DateTimeField(_("closed"), default=timezone.now, editable=False)
    not_before = models.DateTimeField(_("promised for"))
    due_at = models.DateTimeField(_("next try"))
    lease = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=64, blank=True, default="")
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("erasure of an account")
        verbose_name_plural = _("erasures of accounts")
        constraints = [
            models.UniqueConstraint(fields=["account"], name="accounterasure_one_per_account"),
            models.CheckConstraint(
                condition=models.Q(origin__in=ErasureOrigin.values), name="accounterasure_origin_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AccountErasureState.values), name="accounterasure_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gte=models.F("not_before")), name="accounterasure_keeps_the_promise"
            ),
            models.CheckConstraint(
                condition=models.Q(state=AccountErasureState.WAITING, finished_at__isnull=True)
                | ~models.Q(state=AccountErasureState.WAITING) & models.Q(finished_at__isnull=False),
                name="accounterasure_end_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(lease__isnull=True) | models.Q(state=AccountErasureState.WAITING),
                name="accounterasure_lease_while_waiting",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=AccountErasureState.GIVEN_UP) | ~models.Q(last_error=""),
                name="accounterasure_given_up_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=AccountErasureState.WAITING),
                name="accounterasure_to_do",
            ),
            models.Index(fields=["-closed_at"], name="accounterasure_newest_first"),
        ]

    def __str__(self) -> str:
        return f"erasure of SSOID {self.account_id}"
