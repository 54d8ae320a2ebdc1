"""A draft as staff writes it: facts in fields, words in a grid of parts and languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from consents.conf import conf
from consents.domain.purposes import WORDS_ONLY, NoticeText
from consents.enums import CarryOver, VersionState
from consents.forms.fields import DaysField, LinesField
from consents.models import PurposeText, PurposeVersion

PARTS = {
    "title": (_("title"), 1),
    "text": (_("text"), 5),
    "consequence": (_("consequence"), 3),
    "withdrawal": (_("withdrawal"), 3),
}


@dataclass(frozen=True)
class Cell:
    """One part in one language: the field, the words it has, and the published ones."""

    locale: str
    field: forms.BoundField
    words: str
    published: str

    @property
    def differs(self) -> bool:
        return bool(self.published) and self.words != self.published


class VersionForm(forms.ModelForm):  # type: ignore[type-arg]
    data_items = LinesField(label=_("Data items"), required=False, help_text=_("One per line."))
    optional_data_items = LinesField(label=_("Optional data items"), required=False, help_text=_("One per line."))
    recipients = LinesField(
        label=_("Recipients"), required=False, help_text=_("Third parties that get the data, by name, one per line.")
    )
    third_countries = LinesField(
        label=_("Third countries"), required=False, help_text=_("ISO 3166 codes of countries the data goes to.")
    )
    lifespan = DaysField(label=_("Lifespan in days"), required=False)
    grace = DaysField(label=_("Grace period in days"), required=False)

    class Meta:
        model = PurposeVersion
        fields = [
            "data_items",
            "optional_data_items",
            "recipients",
            "third_countries",
            "made_public",
            "retention",
            "jurisdiction",
            "lifespan",
            "lifespan_months",
            "lifespan_anchor",
            "change_kind",
            "carry_over",
            "grace",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = {text.locale: text for text in self.instance.texts.all()}
        self.locales = list(dict.fromkeys([*conf.locales, *self.present]))
        for locale in self.locales:
            for part, (label, rows) in PARTS.items():
                self.fields[f"{part}_{locale}"] = forms.CharField(
                    required=False,
                    max_length=200 if part == "title" else None,
                    initial=getattr(self.present.get(locale), part, ""),
                    widget=forms.Textarea(attrs={"rows": rows, "lang": locale, "aria-label": f"{label} ({locale})"}),
                )

    def clean(self) -> dict[str, Any]:
        """A change of words lets every consent stand; a length belongs to a grace, and to a grace alone."""
        data = super().clean() or {}
        if data.get("change_kind") in WORDS_ONLY:
            data["carry_over"] = CarryOver.FULL
        if data.get("carry_over") != CarryOver.GRACE:
            data["grace"] = None
        elif not data.get("grace"):
            raise ValidationError({"grace": _("How long do consents to the former version stand?")})
        if data.get("lifespan") and data.get("lifespan_months"):
            raise ValidationError({"lifespan_months": _("Give days or months, not both.")})
        return data

    @property
    def words(self) -> dict[str, NoticeText]:
        """What was written, by language; a language without a word is left out."""
        written = {
            locale: NoticeText(*(self.cleaned_data[f"{part}_{locale}"].strip() for part in PARTS))
            for locale in self.locales
        }
        return {locale: words for locale, words in written.items() if words != NoticeText("", "")}

    def grid(self) -> Iterator[tuple[Any, list[Cell]]]:
        """Rows of the grid: a part with its cell in every language."""
        published = self._published()
        for part, (label, _rows) in PARTS.items():
            yield (
                label,
                [
                    Cell(
                        locale,
                        self[f"{part}_{locale}"],
                        getattr(self.present.get(locale), part, ""),
                        getattr(published.get(locale), part, ""),
                    )
                    for locale in self.locales
                ],
            )

    def _published(self) -> dict[str, PurposeText]:
        texts = PurposeText.objects.filter(
            version__purpose=self.instance.purpose, version__state=VersionState.PUBLISHED
        ).exclude(version=self.instance)
        return {text.locale: text for text in texts}
