from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class NumberForm(forms.Form):
    """Each button says one thing: a number, which is a yes, or the no."""

    number = forms.IntegerField(
        required=False,
        min_value=10,
        max_value=99,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("Press one of the numbers.")),
    )
    decision = forms.ChoiceField(required=False, choices=[("refuse", "")])

    @property
    def refused(self) -> bool:
        return bool(self.cleaned_data["decision"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors and said.get("number") is None and not said.get("decision"):
            self.add_error("number", _("Press one of the numbers."))
        return said
