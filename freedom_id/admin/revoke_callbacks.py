from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.enums import CallbackState
from freedom_id.models import RevokeCallback
from freedom_id.tasks import task_deliver_revoke_callback


@admin.register(RevokeCallback)
class RevokeCallbackAdmin(ViewOnlyAdmin):
    """An outbox row: the worker alone writes what came of it. Who may change callbacks may have one sent again."""

    account_path = "family__authorization__account"
    client_path = "family__authorization__client"
    list_display = ["created_at", "partner", "state", "attempts", "last_result", "due_at", "finished_at"]
    list_filter = ["state"]
    search_fields = ["family__id__exact", "url", "family__authorization__client__name"]
    fields = [
        "id",
        "ssoid",
        "partner",
        "family",
        "url",
        "state",
        "attempts",
        "last_result",
        "due_at",
        "created_at",
        "finished_at",
    ]
    ordering = ["-created_at"]
    actions = ["send_again"]

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.change_revokecallback")

    @admin.action(description=_("Send again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[RevokeCallback]) -> None:
        """Due now, with all its tries before it; the partner knows a repeated notice by its Idempotency-Key."""
        chosen = list(queryset)
        for callback in chosen:
            RevokeCallback.objects.filter(pk=callback.pk).update(
                state=CallbackState.QUEUED, attempts=0, due_at=timezone.now(), finished_at=None
            )
            dispatch_on_commit(task_deliver_revoke_callback, callback_id=str(callback.pk))
            self.log_change(request, callback, str(_("Sent again.")))
        text = ngettext("%d callback is being sent again.", "%d callbacks are being sent again.", len(chosen))
        self.message_user(request, text % len(chosen), messages.SUCCESS)
