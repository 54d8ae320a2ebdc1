from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ApprovalForm(forms.Form):
    """A yes needs the number, a no does not."""

    number = forms.IntegerField(
        label=_("Number on the other screen"),
        required=False,
        error_messages={"invalid": _("Two digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 4}),
    )
    decision = forms.ChoiceField(choices=[("approve", ""), ("decline", "")])

    @property
    def approved(self) -> bool:
        return bool(self.cleaned_data["decision"] == "approve")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("decision") == "approve" and said.get("number") is None and "number" not in self.errors:
            self.add_error("number", _("Type the number that you see where you sign in."))
        return said
