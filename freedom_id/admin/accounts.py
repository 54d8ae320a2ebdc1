from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.account_acts import AccountActs
from freedom_id.admin.find_account import find_account
from freedom_id.admin.links import NOTHING
from freedom_id.admin.password_form import PasswordForm
from freedom_id.admin.person_forms import NoteForm, UnmaskForm
from freedom_id.admin.person_page import sections_of
from freedom_id.admin.reasoned_acts import staff_of
from freedom_id.client_address import client_ip
from freedom_id.domain.account_notes import write_note
from freedom_id.domain.audit import By
from freedom_id.domain.credentials import end_former_password
from freedom_id.domain.identifiers import Identifier, mask_text
from freedom_id.domain.name_search import people_named
from freedom_id.domain.person import person_of
from freedom_id.domain.queries.sign_in_troubles import hindrances
from freedom_id.domain.unmasking import maskable, unmask
from freedom_id.enums import CredentialType
from freedom_id.errors import RateLimited
from freedom_id.models import Account, Credential
from freedom_id.models.account_note import LONGEST_NOTE

FOUND = 302
UNMASK, ANNOTATE = "freedom_id.unmask_account", "freedom_id.annotate_account"
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
class AccountAdmin(AccountActs, UserAdmin):  # type: ignore[type-arg]
    """People register themselves and are never deleted here: that is an act of the person, with its own proof.

    Only a superuser gives rights or sets a password, since either would make its owner a superuser. A search travels in
    the body of a POST: a phone number in a URL would end up in logs.
    """

    form = forms.ModelForm
    change_password_form = PasswordForm
    filter_horizontal = ()
    list_display = ["id", "status", "created_at", "is_staff"]
    list_filter = ["status", "is_staff"]
    search_fields = ()
    ordering = ["-created_at"]
    show_full_result_count = False
    list_per_page = 50
    inlines = [CredentialInline]
    change_form_template = "admin/freedom_id/account/change_form.html"
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

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A permission's words name its model: read with it, and not one by one."""
        if db_field.name == "user_permissions":
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

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
        former = self.get_object(request, id)
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == FOUND and former:
            end_former_password(former)
        return response

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<id>/unmask/", view(self.unmask_view), name="freedom_id_account_unmask"),
            path("<id>/note/", view(self.note_view), name="freedom_id_account_note"),
        ]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if account is not None and self.has_view_permission(request, account):
            shown = {
                "sections": sections_of(request, account),
                "hindrances": hindrances(account),
                "may_unmask": request.user.has_perm(UNMASK),
                "note_form": NoteForm(label_suffix="") if request.user.has_perm(ANNOTATE) else None,
            }
        return super().change_view(request, object_id, form_url, shown)

    def unmask_view(self, request: HttpRequest, id: str) -> HttpResponse:
        """One value, once, on the answer to a POST that says why."""
        account = self._person(request, id, UNMASK)
        form, value, status = UnmaskForm(request.POST or None, choices=maskable(account)), None, 200
        if request.method == "POST" and form.is_valid():
            try:
                by = By(staff_of(request), ip=client_ip(request))
                value = unmask(account, form.cleaned_data["what"], by=by, reason=form.cleaned_data["reason"])
            except RateLimited:
                form.add_error(None, _("You were shown 20 values within an hour. Try again later."))
                status = 429
        context = {
            **self.admin_site.each_context(request),
            "title": _("Show one value"),
            "opts": self.opts,
            "original": account,
            "form": form,
            "value": value,
        }
        return TemplateResponse(request, "admin/freedom_id/account/unmask.html", context, status=status)

    def note_view(self, request: HttpRequest, id: str) -> HttpResponse:
        account = self._person(request, id, ANNOTATE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = NoteForm(request.POST)
        if form.is_valid():
            write_note(account, form.cleaned_data["text"], author=staff_of(request))
            self.log_change(request, account, "Noted")
            self.message_user(request, _("The note is kept."), messages.SUCCESS)
        else:
            text = _("A note has 1 to %(number)d characters.") % {"number": LONGEST_NOTE}
            self.message_user(request, text, messages.ERROR)
        return redirect("admin:freedom_id_account_change", account.pk)

    def _person(self, request: HttpRequest, key: str, right: str) -> Account:
        account: Account | None = self.get_object(request, key)
        if not request.user.has_perm(right) or not self.has_view_permission(request, account):
            raise PermissionDenied
        if account is None:
            raise Http404
        return account

    def _find(self, request: HttpRequest) -> HttpResponse:
        """One account is shown at once; several of the same name are a list, masked."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        account = find_account(request.POST["find"])
        found = [account] if account else list(people_named(request.POST["find"]))
        if len(found) == 1:
            return redirect("admin:freedom_id_account_change", found[0].pk)
        if found:
            people = [{"account": one, "name": self.masked_name(one)} for one in found]
            context = {**self.admin_site.each_context(request), "title": _("People of this name"), "opts": self.opts}
            return TemplateResponse(request, "admin/freedom_id/account/found.html", context | {"people": people})
        self.message_user(request, _("No account has exactly this number, address, id or name."), messages.WARNING)
        return redirect("admin:freedom_id_account_changelist")
