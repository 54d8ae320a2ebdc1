"""Acts on a person that need a reason: the page that asks for it says what the act will do."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.act_buttons import CONFIRMED, ActButtonsAdmin
from freedom_id.models import Account

LONGEST_REASON = 255  # as the audit keeps it


class ReasonForm(forms.Form):
    """Kept in the audit with the act."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)


def staff_of(request: HttpRequest) -> Account:
    """The member of staff who is signed in."""
    return cast(Account, request.user)


class ReasonedActsAdmin(ActButtonsAdmin):
    """An action asks `asked_reason` first; the audit takes the reason from the form by itself."""

    def asked_reason(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        *,
        action: str,
        title: str | Promise,
        effect: str | Promise,
        help_text: Any = "",
    ) -> str | TemplateResponse:
        """The reason that was given, or the page that asks for it; `help_text` says what is to stand in it."""
        form = ReasonForm(request.POST if CONFIRMED in request.POST else None, label_suffix="")
        form.fields["reason"].help_text = help_text
        if form.is_valid():
            return str(form.cleaned_data["reason"])
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "effect": effect,
            "rows": queryset,
            "action": action,
            "dangerous": action in self.dangerous,
            "label": self._labels(request)[action],
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/freedom_id/reason.html", context)
