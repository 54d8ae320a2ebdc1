from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.waiting import WaitingFilter
from freedom_id.admin.work_queues import QueueAdmin
from freedom_id.enums import QueueAct
from freedom_id.models import AccountErasure

BEGIN_ANEW = _("Begin anew")


@admin.register(AccountErasure)
class AccountErasureAdmin(QueueAdmin):
    """Closed accounts that wait for the day on which they are erased. Nobody brings it forward or calls it off."""

    account_path = "account"
    actions = ["retry", "replay"]
    list_display = [
        *("closed_at", "age", "ssoid", "origin", "state", "attempts", "last_fault", "not_before", "due_at"),
        "finished_at",
    ]
    list_filter = [WaitingFilter, *QueueAdmin.list_filter, "origin"]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = [
        *("ssoid", "origin", "state", "closed_at", "not_before", "due_at", "attempts", "last_error", "finished_at"),
    ]
    words: ClassVar = QueueAdmin.words | {
        QueueAct.RETRY: (
            QueueAct.RETRY.label,
            _("Those whose promised day is over are tried at once. Nobody is erased before that day."),
        ),
        QueueAct.REPLAY: (BEGIN_ANEW, _("They begin anew with all their tries; a legal hold puts them off again.")),
    }

    @admin.action(description=BEGIN_ANEW, permissions=["work_off"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return super().replay(request, queryset)
