from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.reasoned_acts import ReasonForm
from freedom_id.models.account_note import LONGEST_NOTE


class UnmaskForm(ReasonForm):
    """One value of a person, and why it is needed."""

    what = forms.ChoiceField(label=_("Value"))
    field_order = ["what", "reason"]

    def __init__(self, data: Any, *, choices: Mapping[str, str | Promise]) -> None:
        super().__init__(data, label_suffix="")
        self.fields["what"].choices = list(choices.items())  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It cannot be changed afterwards, and the person has it in her copy of everything."),
    )
