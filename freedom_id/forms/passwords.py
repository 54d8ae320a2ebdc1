from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.credentials import password_faults
from freedom_id.forms.sign_in import MESSAGES
from freedom_id.models import Account


class NewPasswordForm(forms.Form):
    """A password that is long, rare and unlike the person's names, else the reasons in her language."""

    password = forms.CharField(
        label=_("New password"),
        max_length=4096,
        error_messages=MESSAGES,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
        help_text=_("At least 8 characters. Several words that do not belong together are good and easy to remember."),
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if faults := password_faults(password, self.account):
            raise forms.ValidationError(faults)
        return password
