from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.act_buttons import ActButtonsAdmin
from freedom_id.admin.find_account import find_account
from freedom_id.admin.links import NOTHING
from freedom_id.domain.accounts import block_account, sign_out_everywhere, unblock_account
from freedom_id.domain.identifiers import Identifier, mask_text
from freedom_id.domain.person import person_of
from freedom_id.enums import AccountStatus, CredentialType, EndReason
from freedom_id.models import Account, Credential

FOUND = 302
STAFF_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class CredentialInline(admin.TabularInline):  # type: ignore[type-arg]
    """Proven by the person, never typed in by staff."""

    model = Credential
    fields = readonly_fields = ("type", "masked", "is_primary", "verified_at", "created_at")
    ordering = ["type", "-is_primary"]
    extra = 0
    can_delete = False

    @admin.display(description=_("value"))
    def masked(self, credential: Credential) -> str:
        return Identifier(CredentialType(credential.type), credential.value).masked

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(ActButtonsAdmin, UserAdmin):  # type: ignore[type-arg]
    """People register themselves and are never deleted here: that is an act of the person, with its own proof.

    Only a superuser gives rights or sets a password, since either would make its owner a superuser. A search travels in
    the body of a POST: a phone number in a URL would end up in logs.
    """

    form = forms.ModelForm
    list_display = ["id", "status", "created_at", "is_staff"]
    list_filter = ["status", "is_staff"]
    search_fields = ()
    ordering = ["-created_at"]
    show_full_result_count = False
    list_per_page = 50
    inlines = [CredentialInline]
    actions = ["block", "unblock"]
    readonly_fields = [
        "id",
        "freedom_id",
        "status",
        "created_at",
        "last_login",
        "closes_at",
        "erased_at",
        "masked_name",
        "masked_identifier",
        "masked_date_of_birth",
        "password_state",
    ]
    fieldsets = (
        (None, {"fields": ["id", "freedom_id", "status", "created_at", "last_login", "closes_at", "erased_at"]}),
        (_("Person, masked"), {"fields": ["masked_name", "masked_date_of_birth", "masked_identifier"]}),
        (_("Staff rights"), {"fields": STAFF_RIGHTS}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        if not request.user.is_superuser:
            return self.fieldsets
        return (*self.fieldsets, (_("Password"), {"fields": ["password_state"]}))

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        return [*self.readonly_fields, *([] if request.user.is_superuser else STAFF_RIGHTS)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False

    def acts_for(self, obj: Account) -> list[str]:
        return {AccountStatus.ACTIVE: ["block"], AccountStatus.BLOCKED: ["unblock"]}.get(AccountStatus(obj.status), [])

    @admin.display(description=_("name"))
    def masked_name(self, account: Account) -> str:
        names = (account.firstname, account.patronymic, account.lastname)
        return " ".join(mask_text(name) for name in names if name) or NOTHING

    @admin.display(description=_("date of birth"))
    def masked_date_of_birth(self, account: Account) -> str:
        return person_of(account).masked("date_of_birth") or NOTHING

    @admin.display(description=_("national identifier"))
    def masked_identifier(self, account: Account) -> str:
        return person_of(account).masked("identifier") or NOTHING

    @admin.display(description=_("password"))
    def password_state(self, account: Account) -> SafeString:
        link = reverse("admin:auth_user_password_change", args=[account.pk])
        state = _("Set.") if account.has_usable_password() else _("None: signs in by code.")
        return format_html('{} <a href="{}">{}</a>', state, link, _("Set a new one"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and "find" in request.POST:
            return self._find(request)
        return super().changelist_view(request, extra_context)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        response = super().user_change_password(request, id, form_url)
        account = self.get_object(request, id)
        if request.method == "POST" and response.status_code == FOUND and account:
            sign_out_everywhere(account, reason=EndReason.SIGNED_OUT)
        return response

    @admin.action(description=_("Block and sign out everywhere"), permissions=["change"])
    def block(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            if account == request.user or (account.is_superuser and not request.user.is_superuser):
                self.message_user(request, _("%s: you cannot block this account.") % account, messages.ERROR)
            elif block_account(account):
                self.log_change(request, account, str(_("Blocked.")))
                self.message_user(request, _("%s is blocked and signed out everywhere.") % account, messages.SUCCESS)

    @admin.action(description=_("Unblock"), permissions=["change"])
    def unblock(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            if unblock_account(account):
                self.log_change(request, account, str(_("Unblocked.")))
                self.message_user(request, _("%s can sign in again.") % account, messages.SUCCESS)

    def _find(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        account = find_account(request.POST["find"])
        if account:
            return redirect("admin:freedom_id_account_change", account.pk)
        self.message_user(request, _("No account has exactly this number, address or id."), messages.WARNING)
        return redirect("admin:freedom_id_account_changelist")
