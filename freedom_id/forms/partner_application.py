"""What somebody who wants to become a partner states: first who she is, then, at her private address, all the rest."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.identifiers import Identifier, InvalidIdentifier, normal_email
from freedom_id.domain.partner_applications import LONGEST_REASON, Stated
from freedom_id.domain.png_logo import LONGEST, BadLogo, clean_logo
from freedom_id.enums import CredentialType, Platform
from freedom_id.forms.own_pages import PRINTABLE
from freedom_id.forms.sign_in import MESSAGES
from freedom_id.grants import GRANTS
from freedom_id.models import PartnerApplication

LONGEST_TEXT = 2000
LONGEST_LIST = 25_000
WHY, NEED = "why-", "need-"


class LineField(forms.CharField):
    """One line that can be printed: nothing in it is invisible or turns the line around."""

    def __init__(self, *, complete: str = "off", **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": complete})
        super().__init__(error_messages=MESSAGES, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text.isprintable():
            raise forms.ValidationError(PRINTABLE)
        return text


class LinesField(forms.CharField):
    """One value per line; the result is space separated."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"})
        super().__init__(error_messages=MESSAGES, widget=widget, max_length=LONGEST_LIST, **options)

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class PageField(forms.URLField):
    def __init__(self, **options: Any) -> None:
        errors: dict[str, Any] = {**MESSAGES, "invalid": _("Enter an address that begins with https://.")}
        widget = forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"})
        super().__init__(assume_scheme="https", max_length=200, error_messages=errors, widget=widget, **options)


class KeysField(forms.JSONField):
    """Empty while there are none."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


def contact_of(text: str) -> Identifier:
    """The mailbox of a contact. Raises ValidationError."""
    try:
        return Identifier(CredentialType.EMAIL, normal_email(text.strip()))
    except InvalidIdentifier:
        raise forms.ValidationError(_("Enter an e-mail address, such as name@company.example.")) from None


class BeginForm(forms.Form):
    name = LineField(label=_("Name of your service"), max_length=60, help_text=_("As people know it."))
    contact_name = LineField(label=_("Your name"), max_length=100, complete="name")
    contact_email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages=MESSAGES,
        help_text=_("We send a private address there, and later news and credentials."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_contact_email(self) -> Identifier:
        return contact_of(self.cleaned_data["contact_email"])


class ApplicationForm(forms.Form):
    """The whole application. For each grant of GRANTS it has a line for the reason and a box for being needed."""

    name = LineField(label=_("Name of your service"), max_length=60, help_text=_("As people know it."))
    legal_name = LineField(
        label=_("Legal name"),
        max_length=255,
        complete="organization",
        help_text=_("Who answers for the data, as it stands in the register."),
    )
    website = PageField(label=_("Website"))
    contact_name = LineField(label=_("Contact person"), max_length=100, complete="name")
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("A square PNG of 48 to 1024 pixels, at most 100 kB."),
        widget=forms.FileInput(attrs={"accept": "image/png"}),
    )
    platforms = forms.MultipleChoiceField(
        label=_("Where people use it"),
        choices=Platform.choices,
        error_messages={"required": _("Choose at least one.")},
        widget=forms.CheckboxSelectMultiple,
    )
    redirect_uris = LinesField(
        label=_("Redirect addresses"),
        help_text=_("One per line. Where people come back to after signing in; compared exactly."),
    )
    policy_url = PageField(label=_("Privacy policy"))
    terms_url = PageField(label=_("Terms of use"), required=False, help_text=_("If you have any."))
    android_package = forms.RegexField(
        label=_("Android package"),
        regex=r"^[A-Za-z][0-9A-Za-z_]*(\.[A-Za-z][0-9A-Za-z_]*)+\Z",
        max_length=255,
        required=False,
        error_messages={"invalid": _("A package name looks like com.example.app.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    android_fingerprints = LinesField(
        label=_("Android certificates"),
        required=False,
        help_text=_("One SHA-256 fingerprint per line, as keytool and the Play Console show it."),
    )
    apple_app_ids = LinesField(
        label=_("Apple app ids"), required=False, help_text=_("One per line: team id, dot, bundle id.")
    )
    jwks = KeysField(
        label=_("Public keys"),
        required=False,
        help_text=_("A JSON Web Key Set, if you have one. Never a private key."),
        error_messages={"invalid": _("This is not JSON.")},
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
    )
    answer = forms.CharField(
        label=_("Your answer to us"),
        required=False,
        max_length=LONGEST_TEXT,
        error_messages=MESSAGES,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, application: PartnerApplication, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial=_initial(application))
        for code, grant in GRANTS.items():
            self.fields[f"{WHY}{code}"] = LineField(label=grant.title, required=False, max_length=LONGEST_REASON)
            self.fields[f"{NEED}{code}"] = forms.BooleanField(label=_("We cannot serve without it"), required=False)

    def grants(self) -> list[tuple[BoundField, BoundField]]:
        """Of each grant the line and the box."""
        return [(self[f"{WHY}{code}"], self[f"{NEED}{code}"]) for code in GRANTS]

    def clean_logo(self) -> bytes | None:
        upload: UploadedFile[Any] | None = self.cleaned_data["logo"]
        if upload is None:
            return None
        try:
            return clean_logo(upload.read(LONGEST + 1))
        except BadLogo:
            raise forms.ValidationError(_("Use a square PNG of 48 to 1024 pixels, at most 100 kB.")) from None

    def clean_android_fingerprints(self) -> str:
        return self._matching(
            "android_fingerprints", _("A fingerprint is 32 pairs of hex digits with colons."), upper=True
        )

    def clean_apple_app_ids(self) -> str:
        words = _("An app id is the team's 10 capital letters and digits, a dot, and the bundle id.")
        return self._matching("apple_app_ids", words)

    def stated(self) -> Stated:
        data = self.cleaned_data
        same = ["name", "legal_name", "website", "contact_name", "platforms", "policy_url", "terms_url", "jwks", "logo"]
        return Stated(
            purposes={code: why for code in GRANTS if (why := data[f"{WHY}{code}"])},
            required_grants=[code for code in GRANTS if data[f"{NEED}{code}"]],
            redirect_uris=data["redirect_uris"].split(),
            **{name: data[name] for name in [*same, "android_package", "android_fingerprints", "apple_app_ids"]},
        )

    def show(self, errors: Mapping[str, list[str]]) -> None:
        """What the domain refuses stands beside its field; that of a list item (`redirect_uris.1`) with its line."""
        for key, texts in errors.items():
            name, _dot, index = key.partition(".")
            for text in texts:
                words = _("Line %(number)d: %(text)s") % {"number": int(index) + 1, "text": text} if index else text
                self.add_error(name if name in self.fields else None, words)

    def _matching(self, name: str, words: Any, *, upper: bool = False) -> str:
        """The validators of the model know the form."""
        value = str(self.cleaned_data[name])
        value = value.upper() if upper else value
        if value:
            try:
                PartnerApplication._meta.get_field(name).run_validators(value)  # type: ignore[union-attr]
            except forms.ValidationError:
                raise forms.ValidationError(words) from None
        return value


def _initial(application: PartnerApplication) -> dict[str, Any]:
    same = ["name", "legal_name", "website", "contact_name", "platforms", "policy_url", "terms_url", "jwks"]
    lists = ["redirect_uris", "android_fingerprints", "apple_app_ids"]
    initial: dict[str, Any] = {name: getattr(application, name) for name in [*same, "android_package"]}
    initial |= {name: "\n".join(getattr(application, name).split()) for name in lists}
    initial |= {f"{WHY}{code}": why for code, why in application.purposes.items()}
    return initial | {f"{NEED}{code}": True for code in application.required_grants}
