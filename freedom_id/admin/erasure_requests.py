from collections.abc import Callable
from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from consents.errors import ConsentsError
from freedom_id.admin.links import account_link
from freedom_id.admin.reasoned_acts import ReasonedActsAdmin, staff_of
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.domain.erasure_requests import ErasureRefused, NeedsAnother, approve_erasure, dismiss_erasure
from freedom_id.enums import ErasureState
from freedom_id.models import ErasureRequest


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReasonedActsAdmin, ViewOnlyAdmin):
    """Asked for on the page of the account; those that wait are approved by somebody else than who asked."""

    account_path = "account"
    list_display = ["asked_at", "ssoid", "state", "reason", "asked_by_id", "decider", "decided_at"]
    list_filter = [WaitingFilter, "state"]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    fields = ["ssoid", "state", "reason", "asked_by_id", "asked_at", "decider", "decided_at"]
    ordering = ["-asked_at"]
    dangerous: ClassVar = {"approve"}
    actions = ["approve", "dismiss"]

    @admin.display(description=_("Decided by"))
    def decider(self, asked: ErasureRequest) -> SafeString | str:
        return account_link(asked.decided_by_id)

    def acts_for(self, obj: ErasureRequest) -> list[str]:
        return ["approve", "dismiss"] if obj.state == ErasureState.WAITING else []

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.erase_account")

    @admin.action(description=_("Approve"), permissions=["erase"])
    def approve(self, request: HttpRequest, queryset: QuerySet[ErasureRequest]) -> TemplateResponse | None:
        effect = _("The account is closed now, the person is told, and a day later nothing personal is left.")
        reason = self.asked_reason(request, queryset, action="approve", title=_("Erase a person"), effect=effect)
        return self._decide(request, queryset, reason, approve_erasure)

    @admin.action(description=_("Dismiss"), permissions=["erase"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[ErasureRequest]) -> TemplateResponse | None:
        effect = _("The account stays as it is.")
        reason = self.asked_reason(request, queryset, action="dismiss", title=_("Erase nobody"), effect=effect)
        return self._decide(request, queryset, reason, dismiss_erasure)

    def _decide(
        self,
        request: HttpRequest,
        queryset: QuerySet[ErasureRequest],
        reason: str | TemplateResponse,
        decide: Callable[..., None],
    ) -> TemplateResponse | None:
        if not isinstance(reason, str):
            return reason
        for asked in queryset:
            try:
                decide(asked, by=staff_of(request))
            except NeedsAnother:
                text = _("You asked for this erasure; somebody else has to approve it.")
                self.message_user(request, text, messages.ERROR)
            except ErasureRefused:
                self.message_user(request, _("This request was decided meanwhile."), messages.ERROR)
            except ConsentsError as error:
                self.message_user(request, error.description, messages.ERROR)
            else:
                self.log_change(request, asked, reason)
                self.message_user(request, _("Decided."), messages.SUCCESS)
        return None
