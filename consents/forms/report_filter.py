from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from consents.domain.reports.part import Part
from consents.models import CollectionPoint, Purpose
from consents.models.transaction import SCOPE_KEY_MAX_LENGTH

LONGEST = timedelta(days=731)
DEFAULT_DAYS = 90
NO_CHOICE = [("", _("All"))]
SPLITS = [
    ("purpose", _("purpose")),
    ("version", _("version")),
    ("point", _("collection point")),
    ("client", _("client")),
]


class DayInput(forms.DateInput):
    """The browser's own calendar; its value is ISO 8601 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _day(label: Any) -> forms.DateField:
    """A day whose neighbours are days too: the calendar ends in the years 1 and 9999."""
    span = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
    return forms.DateField(label=label, widget=DayInput(), input_formats=["%Y-%m-%d"], validators=span)


class ReportFilter(forms.Form):
    """Which part a report is about; `fields` are those that the report can be narrowed by."""

    since = _day(_("From"))
    until = _day(_("To, included"))
    day = _day(_("At the end of (UTC)"))
    by = forms.ChoiceField(label=_("Split by"), choices=SPLITS)
    purpose = forms.ChoiceField(label=_("Purpose"), required=False)
    version = forms.IntegerField(label=_("Version"), required=False, min_value=1, max_value=32767)
    point = forms.ChoiceField(label=_("Collection point"), required=False)
    client = forms.CharField(label=_("Client"), required=False, max_length=SCOPE_KEY_MAX_LENGTH)

    def __init__(self, data: QueryDict, *, only: tuple[str, ...]) -> None:
        today = datetime.now(UTC).date()
        assumed = {"since": str(today - timedelta(days=DEFAULT_DAYS - 1)), "until": str(today), "day": str(today)}
        given = {name: data[name] for name in only if name in data}
        super().__init__({**assumed, "by": "purpose", **given}, label_suffix="")
        self.fields = {name: self.fields[name] for name in only}
        if "purpose" in self.fields:
            names = Purpose.objects.order_by("name").values_list("name", flat=True)
            self.fields["purpose"].choices = [*NO_CHOICE, *((name, name) for name in names)]  # type: ignore[attr-defined]
        if "point" in self.fields:
            points = CollectionPoint.objects.order_by("recipient", "name")
            self.fields["point"].choices = [*NO_CHOICE, *((str(row.pk), str(row)) for row in points)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and not timedelta(0) <= until - since < LONGEST:
            raise forms.ValidationError(_("A period is one day to two years, and its first day comes first."))
        return cleaned

    def part(self) -> Part:
        """What the valid form means."""
        given = self.cleaned_data
        return Part(
            since=given["since"],
            until=given["until"],
            purpose=given.get("purpose", ""),
            version=given.get("version"),
            point=UUID(given["point"]) if given.get("point") else None,
            client=given.get("client", ""),
        )
