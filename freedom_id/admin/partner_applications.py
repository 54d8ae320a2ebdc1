from base64 import b64encode
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import linebreaksbr
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.act_buttons import CONFIRMED, ActButtonsAdmin
from freedom_id.admin.links import NOTHING, account_link, partner_link
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.domain.application_checks import label_of, words_of
from freedom_id.domain.identifiers import mask_email, mask_text
from freedom_id.domain.partner_applications import (
    StepTaken,
    accept_application,
    ask_for_changes,
    ask_to_go_live,
    go_live,
    keep_in_sandbox,
    note,
    refuse_application,
    send_secret_link,
)
from freedom_id.enums import ApplicationState, ClientAuthentication, Platform
from freedom_id.errors import InvalidFields
from freedom_id.grants import GRANTS
from freedom_id.models import PartnerApplication

LONGEST_COMMENT = 2000
SERVICE = ["name", "legal_name", "website", "logo_now"]
Act = Callable[[PartnerApplication], None]


class WordsForm(forms.Form):
    """What a member of staff has to say for an act."""

    text = forms.CharField(
        label=_("Words"), max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 5, "cols": 60})
    )


@admin.register(PartnerApplication)
class PartnerApplicationAdmin(ActButtonsAdmin, ViewOnlyAdmin):
    """Nobody edits what an applicant states: it is given back to her, with words."""

    list_display = ["name", "state", "waiting", "legal_name", "partner_of_it", "status"]
    list_filter = [WaitingFilter, "state"]
    search_fields = ["name", "legal_name", "website"]
    ordering = ["state_since"]
    list_select_related = ["client"]
    actions = ["note", "ask_for_changes", "refuse", "accept", "ask_to_go_live", "keep_in_sandbox", "go_live"]
    actions += ["send_secret_link"]
    fieldsets = (
        (None, {"fields": ["state", "state_since", "partner_of_it", "status", *SERVICE]}),
        (_("Contact"), {"fields": ["contact", "contact_address", "language"]}),
        (_("What our program found"), {"fields": ["found"]}),
        (_("What was said"), {"fields": ["said"]}),
        (_("Data, and why"), {"fields": ["reasons"]}),
        (_("Addresses"), {"fields": ["addresses", "policy_url", "terms_url"]}),
        (_("Native apps"), {"fields": ["used_on", "android_package", "android_fingerprints", "apple_app_ids", "jwks"]}),
        (_("Course"), {"fields": ["created_at", "sent_at", "reviewer", "asker", "approver", "live_at", "handovers"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartnerApplication]:
        rows: QuerySet[PartnerApplication] = super().get_queryset(request)
        return rows.defer("logo", "client__logo", "client__callback_key", "client__previous_callback_key")

    def acts_for(self, obj: PartnerApplication) -> list[str]:
        asked = ["go_live", "keep_in_sandbox"] if obj.live_asked_by_id else ["ask_to_go_live"]
        secret = ["send_secret_link"] if _has_secret(obj) else []
        acts = {
            ApplicationState.IN_REVIEW: ["accept", "ask_for_changes", "refuse"],
            ApplicationState.SANDBOX: [*asked, *secret],
            ApplicationState.LIVE: secret,
        }
        return [*acts.get(ApplicationState(obj.state), []), "note"]

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.review_partnerapplication")

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.release_partnerapplication")

    @admin.action(description=_("Comment for staff"), permissions=["review"])
    def note(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> HttpResponse | None:
        return self._with_words(request, queryset, "note", _("Staff alone reads it."), note, done=_("Commented."))

    @admin.action(description=_("Ask for changes"), permissions=["review"])
    def ask_for_changes(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> HttpResponse | None:
        effect = _("The applicant gets your words by mail, and may change the application and send it again.")
        return self._with_words(
            request, queryset, "ask_for_changes", effect, ask_for_changes, done=_("Changes were asked for.")
        )

    @admin.action(description=_("Refuse"), permissions=["review"])
    def refuse(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> HttpResponse | None:
        effect = _("The applicant gets your words by mail. A refused application cannot be opened again.")
        return self._with_words(request, queryset, "refuse", effect, refuse_application, done=_("Refused."))

    @admin.action(description=_("Accept into the sandbox"), permissions=["review"])
    def accept(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> HttpResponse | None:
        effect = _("A client with test persons is made, and the contact gets the link to its secret.")
        by: Any = request.user
        return self._confirmed(
            request, queryset, "accept", effect, lambda row: accept_application(row, by=by), done=_("Accepted.")
        )

    @admin.action(description=_("Ask to go live"), permissions=["release"])
    def ask_to_go_live(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> None:
        by: Any = request.user
        self._do(request, queryset, lambda row: ask_to_go_live(row, by=by), _("Somebody else approves it now."))

    @admin.action(description=_("Not ready to go live"), permissions=["release"])
    def keep_in_sandbox(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> None:
        self._do(request, queryset, keep_in_sandbox, _("It stays in the sandbox."))

    @admin.action(description=_("Approve and go live"), permissions=["release"])
    def go_live(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> HttpResponse | None:
        effect = _("Everybody can sign in there from now on. Its secret and test persons of the sandbox end.")
        by: Any = request.user
        return self._confirmed(
            request, queryset, "go_live", effect, lambda row: go_live(row, by=by), done=_("It is live.")
        )

    @admin.action(description=_("Send a link to a new secret"), permissions=["release"])
    def send_secret_link(self, request: HttpRequest, queryset: QuerySet[PartnerApplication]) -> HttpResponse | None:
        effect = _("The contact gets a link by mail. Once it is used, the present secret works for 7 more days.")
        return self._confirmed(
            request, queryset, "send_secret_link", effect, send_secret_link, done=_("A link was sent.")
        )

    @admin.display(description=_("waiting for"), ordering="state_since")
    def waiting(self, row: PartnerApplication) -> str:
        return timesince(row.state_since, depth=1)

    @admin.display(description=_("partner"))
    def partner_of_it(self, row: PartnerApplication) -> SafeString | str:
        return partner_link(row.client.pk, row.client.name) if row.client else NOTHING

    @admin.display(description=_("status"))
    def status(self, row: PartnerApplication) -> str:
        return row.client.get_status_display() if row.client else NOTHING

    @admin.display(description=_("logo"))
    def logo_now(self, row: PartnerApplication) -> SafeString | str:
        if not row.logo:
            return NOTHING
        image = b64encode(bytes(row.logo)).decode()
        return format_html('<img src="data:image/png;base64,{}" width="48" height="48" alt="">', image)

    @admin.display(description=_("contact person"))
    def contact(self, row: PartnerApplication) -> str:
        return mask_text(row.contact_name)

    @admin.display(description=_("e-mail address of the contact"))
    def contact_address(self, row: PartnerApplication) -> str:
        return mask_email(row.contact_email)

    @admin.display(description=_("checks"))
    def found(self, row: PartnerApplication) -> SafeString | str:
        lines = [
            (label_of(one), one.get_result_display(), words_of(one) or NOTHING) for one in row.checks.order_by("pk")
        ]
        body = format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", lines)
        return format_html("<table>{}</table>", body) if lines else NOTHING

    @admin.display(description=_("comments"))
    def said(self, row: PartnerApplication) -> SafeString | str:
        lines = [
            (
                f"{one.created_at:%Y-%m-%d %H:%M}",
                account_link(one.author_id) if one.author_id else _("Applicant"),
                _("for staff") if one.internal else _("open"),
                linebreaksbr(one.text),
            )
            for one in row.comments.order_by("pk")
        ]
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", lines)
        return format_html("<table>{}</table>", body) if lines else NOTHING

    @admin.display(description=_("reasons"))
    def reasons(self, row: PartnerApplication) -> SafeString | str:
        lines = [
            (grant.title, row.purposes[code], _("needed") if code in row.required_grants else _("optional"))
            for code, grant in GRANTS.items()
            if code in row.purposes
        ]
        body = format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", lines)
        return format_html("<table>{}</table>", body) if lines else NOTHING

    @admin.display(description=_("redirect addresses"))
    def addresses(self, row: PartnerApplication) -> SafeString | str:
        return format_html_join("", "{}<br>", ((uri,) for uri in row.redirect_uris.split())) or NOTHING

    @admin.display(description=_("platforms"))
    def used_on(self, row: PartnerApplication) -> str:
        return ", ".join(str(Platform(one).label) for one in row.platforms) or NOTHING

    @admin.display(description=_("reviewed by"))
    def reviewer(self, row: PartnerApplication) -> SafeString | str:
        return account_link(row.reviewed_by_id)

    @admin.display(description=_("going live asked by"))
    def asker(self, row: PartnerApplication) -> SafeString | str:
        return account_link(row.live_asked_by_id)

    @admin.display(description=_("going live approved by"))
    def approver(self, row: PartnerApplication) -> SafeString | str:
        return account_link(row.live_approved_by_id)

    @admin.display(description=_("links to secrets"))
    def handovers(self, row: PartnerApplication) -> SafeString | str:
        """When each was made, and what became of it."""
        if row.client is None:
            return NOTHING
        lines = []
        for one in row.client.handovers.order_by("created_at"):
            came, at = (_("taken"), one.taken_at) if one.taken_at else (_("works until"), one.expires_at)
            came, at = (_("ended"), one.ended_at) if one.ended_at else (came, at)
            lines.append((f"{one.created_at:%Y-%m-%d %H:%M}", came, f"{at:%Y-%m-%d %H:%M}"))
        return format_html_join("", "{}: {} {}<br>", lines) or NOTHING

    def _with_words(
        self,
        request: HttpRequest,
        queryset: QuerySet[PartnerApplication],
        action: str,
        effect: Any,
        act: Any,
        *,
        done: Any,
    ) -> HttpResponse | None:
        """Ask for the words of it first; one application at a time."""
        if queryset.count() != 1:
            self.message_user(request, _("Choose one application."), messages.ERROR)
            return None
        form = WordsForm(request.POST if CONFIRMED in request.POST else None)
        if not form.is_valid():
            return self._page(request, queryset, action, effect, form)
        by: Any = request.user
        self._do(request, queryset, lambda row: act(row, by=by, text=form.cleaned_data["text"]), done)
        return None

    def _confirmed(
        self,
        request: HttpRequest,
        queryset: QuerySet[PartnerApplication],
        action: str,
        effect: Any,
        act: Act,
        *,
        done: Any,
    ) -> HttpResponse | None:
        if CONFIRMED not in request.POST:
            return self._page(request, queryset, action, effect, None)
        self._do(request, queryset, act, done)
        return None

    def _page(
        self,
        request: HttpRequest,
        queryset: QuerySet[PartnerApplication],
        action: str,
        effect: Any,
        form: WordsForm | None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": self._labels(request)[action],
            "label": self._labels(request)[action],
            "effect": effect,
            "rows": queryset,
            "action": action,
            "form": form,
            "opts": self.opts,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/freedom_id/partnerapplication/act.html", context)

    def _do(self, request: HttpRequest, queryset: QuerySet[PartnerApplication], act: Act, done: Any) -> None:
        for row in queryset:
            try:
                act(row)
            except StepTaken:
                self.message_user(request, _("%s: not possible now, or not by you.") % row, messages.ERROR)
            except InvalidFields as error:
                self.message_user(request, f"{row}: {error.errors}", messages.ERROR)
            else:
                self.log_change(request, row, str(done))
                self.message_user(request, f"{row}: {done}", messages.SUCCESS)


def _has_secret(row: PartnerApplication) -> bool:
    return row.client is not None and row.client.token_endpoint_auth_method == ClientAuthentication.SECRET
