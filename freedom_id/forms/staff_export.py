from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from freedom_id.enums import ExportForm, ExportKind


class Day(forms.DateField):
    """The browser's own calendar; its value is ISO 8601 in every language."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, input_formats=["%Y-%m-%d"])


class StaffExportForm(forms.Form):
    """What a member of staff wants as a file, of the kinds that she may export."""

    kind = forms.ChoiceField(label=_("What"))
    form = forms.ChoiceField(label=_("Form"), choices=ExportForm.choices)
    since = Day(_("From"))
    until = Day(_("To, included"))

    def __init__(self, data: QueryDict | None, *, kinds: Iterable[ExportKind]) -> None:
        super().__init__(data, label_suffix="")
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            raise forms.ValidationError(_("The first day comes first."))
        return cleaned

    @property
    def chosen(self) -> dict[str, str]:
        """The filter that the valid form means."""
        return {name: str(self.cleaned_data[name]) for name in ("since", "until") if self.cleaned_data[name]}
