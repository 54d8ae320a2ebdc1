"""What the person's own pages accept of her: details, language and appearance."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import Gender, Theme
from freedom_id.forms.sign_in import MESSAGES

LONGEST_NAME = 100
FIRST_YEAR = 1900
PRINTABLE = _("Use letters, digits and punctuation only.")


class PlainTextField(forms.CharField):
    """One line that can be printed."""

    def __init__(self, *, complete: str, **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": complete})
        super().__init__(required=False, error_messages=MESSAGES, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text.isprintable():
            raise forms.ValidationError(PRINTABLE)
        return text


class DetailsForm(forms.Form):
    """Fields that `domain.accounts.CHANGEABLE` names, but the language, which has a page of its own."""

    firstname = PlainTextField(label=_("First name"), max_length=LONGEST_NAME, complete="given-name")
    lastname = PlainTextField(label=_("Last name"), max_length=LONGEST_NAME, complete="family-name")
    patronymic = PlainTextField(label=_("Patronymic"), max_length=LONGEST_NAME, complete="additional-name")
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Enter a past date: year, month and day.")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}),
    )
    gender = forms.ChoiceField(label=_("Gender"), required=False, choices=[("", _("Not stated")), *Gender.choices])
    country = forms.RegexField(
        label=_("Citizenship"),
        regex=r"^[A-Za-z]{3}$",
        required=False,
        help_text=_("Three letters, as in your passport: UZB, KAZ, THA."),
        error_messages={"invalid": _("Enter the three letters that stand in your passport, such as UZB.")},
        widget=forms.TextInput(attrs={"maxlength": 3, "autocapitalize": "characters", "autocomplete": "off"}),
    )
    nationality = PlainTextField(label=_("Nationality"), max_length=64, complete="off")

    def clean_date_of_birth(self) -> date | None:
        day: date | None = self.cleaned_data["date_of_birth"]
        if day is not None and not (day.year >= FIRST_YEAR and day <= timezone.now().date()):
            raise forms.ValidationError(_("Enter a past date: year, month and day."))
        return day

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from what was shown."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=lambda: settings.LANGUAGES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme.choices, widget=forms.RadioSelect)
