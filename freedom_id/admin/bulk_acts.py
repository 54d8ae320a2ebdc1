from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.act_buttons import ActButtonsAdmin
from freedom_id.admin.links import NOTHING, account_link
from freedom_id.admin.progress import ProgressAdmin
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.admin.work_queues import QueueAdmin, filter_words
from freedom_id.client_address import client_ip
from freedom_id.domain.audit import By
from freedom_id.domain.bulk_acts import call_off_bulk_act
from freedom_id.domain.work_queues import QUEUES
from freedom_id.enums import QueueAct, RowOutcome
from freedom_id.models import Account, BulkAct, BulkActRow

SHOWN = 50


@admin.register(BulkAct)
class BulkActAdmin(ProgressAdmin, ActButtonsAdmin, ViewOnlyAdmin):
    """Acts on all rows of a queue that match a filter. Staff sees those of the queues that it sees, and calls off those
    of the queues that it may change."""

    change_form_template = ProgressAdmin.change_form_template
    list_display = ["requested_at", "queue_name", "act_name", "staff", "state", "total", "done", "refused", "failed"]
    list_filter = ["state", "act"]
    search_fields = ["id"]  # that there is a search; what it finds is below
    search_help_text = _("Exactly: id of an act, or of a row that it acted on.")
    fields = [
        *("queue_name", "act_name", "filter", "staff", "state", "total", "done", "refused", "failed", "requested_at"),
        *("finished_at", "rows_refused", "rows_failed"),
    ]
    ordering = ["-requested_at"]
    actions = ["call_off"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = [name for name in QUEUES if request.user.has_perm(f"freedom_id.view_{name}")]
        return super().get_queryset(request).filter(queue__in=seen)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By keys as they are: Django's own search would compare them as texts, which no index helps."""
        if not search_term:
            return queryset, False
        try:
            key = UUID(search_term)
        except ValueError:
            return queryset.none(), False
        acted = BulkActRow.objects.filter(key=key).values("bulk_act")
        return queryset.filter(Q(pk=key) | Q(pk__in=acted)), False

    def acts_for(self, obj: BulkAct) -> list[str]:
        return ["call_off"] if obj.is_unfinished else []

    def progress_of(self, obj: BulkAct) -> tuple[int, int]:
        return obj.seen, obj.total if obj.is_unfinished else obj.seen

    def has_call_off_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.change_bulkact")

    @admin.action(description=_("Call off"), permissions=["call_off"])
    def call_off(self, request: HttpRequest, queryset: QuerySet[BulkAct]) -> None:
        by = By(cast(Account, request.user), ip=client_ip(request))
        for bulk_act in queryset:
            if not request.user.has_perm(f"freedom_id.change_{bulk_act.queue}"):
                self.message_user(request, _("%s is not yours to call off.") % bulk_act, messages.ERROR)
            elif call_off_bulk_act(bulk_act, by=by):
                self.message_user(request, _("%s is called off.") % bulk_act, messages.SUCCESS)
            else:
                self.message_user(request, _("%s is over already.") % bulk_act, messages.ERROR)

    @admin.display(description=_("queue"), ordering="queue")
    def queue_name(self, bulk_act: BulkAct) -> str:
        return str(QUEUES[bulk_act.queue].model._meta.verbose_name_plural)

    @admin.display(description=_("act"), ordering="act")
    def act_name(self, bulk_act: BulkAct) -> str:
        of_queue = cast(QueueAdmin, self.admin_site.get_model_admin(QUEUES[bulk_act.queue].model))
        return str(of_queue.words[QueueAct(bulk_act.act)][0])

    @admin.display(description=_("which rows"))
    def filter(self, bulk_act: BulkAct) -> str:
        return filter_words(bulk_act.chosen)

    @admin.display(description=_("member of staff"))
    def staff(self, bulk_act: BulkAct) -> str:
        return account_link(bulk_act.requested_by_id)

    @admin.display(description=_("refused rows, the first of them"))
    def rows_refused(self, bulk_act: BulkAct) -> str:
        return _keys(bulk_act, RowOutcome.REFUSED)

    @admin.display(description=_("failed rows, the first of them"))
    def rows_failed(self, bulk_act: BulkAct) -> str:
        return _keys(bulk_act, RowOutcome.FAILED)


def _keys(bulk_act: BulkAct, outcome: RowOutcome) -> str:
    keys = bulk_act.rows.filter(outcome=outcome).order_by("pk").values_list("key", flat=True)[:SHOWN]
    return ", ".join(map(str, keys)) or NOTHING
