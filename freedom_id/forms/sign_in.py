from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.identifiers import Identifier, InvalidIdentifier, parse_identifier

MESSAGES = {"required": _("Fill in this field."), "max_length": _("This is too long.")}


class IdentifierForm(forms.Form):
    identifier = forms.CharField(
        label=_("Phone or e-mail"),
        max_length=254,
        error_messages=MESSAGES,
        widget=forms.TextInput(
            attrs={"autocomplete": "username webauthn", "autofocus": True, "autocapitalize": "none"}
        ),
    )

    def clean_identifier(self) -> Identifier:
        try:
            return parse_identifier(self.cleaned_data["identifier"])
        except InvalidIdentifier:
            raise forms.ValidationError(
                _("Enter a phone number with its country code, such as +998 90 123 45 67, or an e-mail address.")
            ) from None


class OfferedAccountForm(forms.Form):
    """An account that signed in on this browser, by the id of that device."""

    device = forms.UUIDField()


class PasswordForm(forms.Form):
    identifier = forms.CharField(
        label=_("Phone or e-mail"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "username", "readonly": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        error_messages=MESSAGES,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identifier"].disabled = True


class AppCodeForm(forms.Form):
    """A code of an app, or a recovery code: letters too."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        error_messages=MESSAGES,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True, "size": 20}
        ),
    )


class SecondFactorForm(AppCodeForm):
    trust = forms.BooleanField(label=_("Trust this browser: no code here for 30 days"), required=False)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=16,
        error_messages=MESSAGES,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "size": 10}
        ),
    )

    def clean_code(self) -> str:
        """Digits only: people copy codes with spaces."""
        return "".join(
            character for character in self.cleaned_data["code"] if character.isascii() and character.isdigit()
        )
