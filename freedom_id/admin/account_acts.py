"""What staff does to an account, each with a reason that stands in the audit."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from consents.errors import ConsentsError
from freedom_id.admin.reasoned_acts import ReasonedActsAdmin, staff_of
from freedom_id.domain.accounts import block_account, sign_out_by_staff, unblock_account
from freedom_id.domain.authenticators import has_app
from freedom_id.domain.copy_requests import ask_copy_by_staff
from freedom_id.domain.erasure_requests import ask_erasure
from freedom_id.domain.lost_factor import open_by_staff
from freedom_id.enums import AccountStatus
from freedom_id.errors import AccountUnavailable, FreedomIdError, RateLimited
from freedom_id.models import Account

Answer = TemplateResponse | None


class AccountActs(ReasonedActsAdmin):
    dangerous: ClassVar = {"block", "remove_app", "ask_erasure"}
    actions = ["block", "unblock", "sign_out", "remove_app", "ask_copy", "ask_erasure"]

    def acts_for(self, obj: Account) -> list[str]:
        if obj.status == AccountStatus.ACTIVE:
            app = ["remove_app"] if has_app(obj) else []
            return ["block", "sign_out", *app, "ask_copy", "ask_erasure"]
        blocked = ["unblock"] if obj.status == AccountStatus.BLOCKED else []
        return [*blocked, *([] if obj.erased_at else ["ask_erasure"])]

    def has_block_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.block_account")

    def has_logout_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.logout_account")

    def has_recover_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.recover_account")

    def has_copy_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.copy_account")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.erase_account")

    @admin.action(description=_("Block and sign out everywhere"), permissions=["block"])
    def block(self, request: HttpRequest, queryset: QuerySet[Account]) -> Answer:
        effect = _("Nobody can sign in to the account any more, and all sessions and tokens end. The person is told.")
        reason = self.asked_reason(request, queryset, action="block", title=_("Block an account"), effect=effect)
        done = _("%s is blocked and signed out everywhere.")
        return self._do(request, queryset, reason, lambda account, _reason: block_account(account), done)

    @admin.action(description=_("Unblock"), permissions=["block"])
    def unblock(self, request: HttpRequest, queryset: QuerySet[Account]) -> Answer:
        effect = _("The person can sign in again, anew: no session and no token from before comes back.")
        reason = self.asked_reason(request, queryset, action="unblock", title=_("Unblock an account"), effect=effect)
        done = _("%s can sign in again.")
        return self._do(request, queryset, reason, lambda account, _reason: unblock_account(account), done)

    @admin.action(description=_("Sign out everywhere"), permissions=["logout"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[Account]) -> Answer:
        effect = _("All sessions and tokens of the account end. The person sees it in her activity, and can sign in.")
        reason = self.asked_reason(request, queryset, action="sign_out", title=_("Sign a person out"), effect=effect)
        done = _("%s is signed out everywhere.")
        return self._do(request, queryset, reason, _sign_out, done)

    @admin.action(description=_("Remove a lost app after proof of identity"), permissions=["recover"])
    def remove_app(self, request: HttpRequest, queryset: QuerySet[Account]) -> Answer:
        reason = self.asked_reason(
            request,
            queryset,
            action="remove_app",
            title=_("Remove a lost authenticator app"),
            effect=_(
                "In 72 hours app and recovery codes are removed, and all sessions end. The person is told at every "
                "number and address that she proved, and can stop it until then."
            ),
            help_text=_("Which document you looked at, in words. No number of a document."),
        )
        done = _("The removal for %s is opened, and the person is told.")
        return self._do(request, queryset, reason, lambda account, _reason: bool(open_by_staff(account)), done)

    @admin.action(description=_("Have a copy made for the person"), permissions=["copy"])
    def ask_copy(self, request: HttpRequest, queryset: QuerySet[Account]) -> Answer:
        effect = _(
            "A copy of everything is made. The person is told, and takes it at her own page; staff never sees it."
        )
        reason = self.asked_reason(request, queryset, action="ask_copy", title=_("A person's own copy"), effect=effect)
        done = _("The copy for %s is being made.")
        return self._do(request, queryset, reason, lambda account, _reason: bool(ask_copy_by_staff(account)), done)

    @admin.action(description=_("Ask for erasure"), permissions=["erase"])
    def ask_erasure(self, request: HttpRequest, queryset: QuerySet[Account]) -> Answer:
        reason = self.asked_reason(
            request,
            queryset,
            action="ask_erasure",
            title=_("Erase a person"),
            effect=_(
                "Nothing happens until another privacy officer approves it. Then the account is closed, the person is "
                "told, and a day later nothing personal is left. What the law keeps as proof stays without the person."
            ),
        )

        def ask(account: Account, why: str) -> bool:
            return bool(ask_erasure(account, by=staff_of(request), reason=why))

        return self._do(request, queryset, reason, ask, _("The erasure of %s waits for a second person."))

    def _do(
        self,
        request: HttpRequest,
        queryset: QuerySet[Account],
        reason: str | TemplateResponse,
        act: Callable[[Account, str], bool],
        done: Any,
    ) -> Answer:
        """Do it to each account that this member of staff may act on, or show the page that asks for the reason."""
        if not isinstance(reason, str):
            return reason
        for account in queryset:
            if account == request.user or (account.is_superuser and not request.user.is_superuser):
                self.message_user(request, _("%s: you cannot do this to this account.") % account, messages.ERROR)
                continue
            try:
                acted = act(account, reason)
            except (FreedomIdError, ConsentsError) as error:
                self.message_user(request, f"{account}: {_why_not(error)}", messages.ERROR)
                continue
            if acted:
                self.log_change(request, account, reason)
                self.message_user(request, done % account, messages.SUCCESS)
        return None


def _sign_out(account: Account, _reason: str) -> bool:
    sign_out_by_staff(account)
    return True


def _why_not(error: FreedomIdError | ConsentsError) -> Any:
    if isinstance(error, ConsentsError):
        return error.description
    if isinstance(error, RateLimited):
        return _("Too often. Try again later.")
    if isinstance(error, AccountUnavailable):
        return _("The account is not active, or has no app.")
    return _("It was asked already, or this account cannot be erased by staff.")
