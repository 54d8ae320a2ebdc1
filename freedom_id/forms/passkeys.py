import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class PasskeyAnswerForm(forms.Form):
    """`response` is what an authenticator said, as the page's script writes it."""

    response = forms.CharField(widget=forms.HiddenInput)

    def clean_response(self) -> Mapping[str, Any]:
        try:
            said = json.loads(self.cleaned_data["response"])
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise forms.ValidationError(_("No passkey was made. Try again."))
        return said


class PasskeyForm(PasskeyAnswerForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("To tell it from others in your list."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
