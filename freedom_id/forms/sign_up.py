from django import forms
from django.utils.translation import gettext_lazy as _

from freedom_id.forms.sign_in import MESSAGES

LONGEST_NAME = 100


class NameForm(forms.Form):
    """How a person wants to be called. Line breaks and other characters that nobody sees are refused."""

    firstname = forms.CharField(
        label=_("First name"),
        max_length=LONGEST_NAME,
        error_messages=MESSAGES,
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "autofocus": True}),
    )
    lastname = forms.CharField(
        label=_("Last name (if you want)"),
        max_length=LONGEST_NAME,
        required=False,
        error_messages=MESSAGES,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )

    def clean_firstname(self) -> str:
        return self._visible("firstname")

    def clean_lastname(self) -> str:
        return self._visible("lastname")

    def _visible(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if not text.isprintable():
            raise forms.ValidationError(_("Use letters that can be seen."))
        return text
