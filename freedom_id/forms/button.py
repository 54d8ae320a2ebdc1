"""The button that a partner puts on its page: what may be chosen about it."""

import re
from collections.abc import Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

STYLES = [("filled", _("Filled")), ("dark", _("Dark")), ("outline", _("Outline"))]
SIZES = [("small", _("Small")), ("medium", _("Medium")), ("large", _("Large"))]
RADII = [("square", _("Square")), ("soft", _("Soft")), ("round", _("Round")), ("pill", _("Pill"))]
MODES = [("redirect", _("In the same window")), ("popup", _("In a pop-up"))]
AUTO = "auto"
LANGUAGES = {"en": "English", "ru": "Русский", "uz": "Oʻzbekcha", "kk": "Қазақша", "th": "ไทย"}
OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")  # a second slash, or a backslash, would name another host


def check_start_url(value: str) -> None:
    """An https address, or a path of the partner's own site. Raises ValidationError."""
    if not OWN_PATH.fullmatch(value):
        URLValidator(schemes=["https"], message=_("An https address, or a path that begins with /."))(value)
    if re.search(r"[\s\\]", value):
        raise ValidationError(_("An https address, or a path that begins with /."))


USUAL = {
    "style": "filled",
    "size": "medium",
    "radius": "round",
    "language": "en",
    "mode": "redirect",
    "start": "/start",
}


class ButtonForm(forms.Form):
    """The usual button, but for what `said` (the query of the page) changes."""

    style = forms.ChoiceField(label=_("Style"), choices=STYLES)
    size = forms.ChoiceField(label=_("Size"), choices=SIZES)
    radius = forms.ChoiceField(label=_("Corners"), choices=RADII)
    language = forms.ChoiceField(label=_("Language"), choices=[(AUTO, _("As your page")), *LANGUAGES.items()])
    mode = forms.ChoiceField(label=_("Sign-in opens"), choices=MODES)
    start = forms.CharField(
        label=_("Start address"),
        help_text=_("The address of your site that asks Freedom ID for a sign-in (Link) and sends the browser there."),
        max_length=1000,
        required=False,
        validators=[check_start_url],
    )
    full = forms.BooleanField(label=_("As wide as the place where it stands"), required=False)

    def __init__(self, said: Mapping[str, str]) -> None:
        super().__init__({**USUAL, **said}, auto_id="button-%s")

    def choice(self) -> dict[str, str]:
        """Every choice that is allowed, and the usual one in place of every other."""
        self.full_clean()
        return USUAL | {name: str(value) for name, value in self.cleaned_data.items() if value}
