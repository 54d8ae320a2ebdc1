from collections.abc import Iterable

from django import forms

from freedom_id.domain.chosen_values import CHOOSABLE
from freedom_id.domain.consent_requests import Choice
from freedom_id.enums import Duration


class ConsentForm(forms.Form):
    """`grants` repeats; what it names beyond the shown optional grants is ignored by the domain. `value.<grant>` is the
    number of the chosen phone or address, empty where the page showed that there is none."""

    decision = forms.ChoiceField(choices=[("allow", "allow"), ("deny", "deny")])
    notice = forms.CharField(max_length=16_384)
    grants = forms.CharField(required=False)
    duration = forms.ChoiceField(choices=Duration.choices, initial=Duration.UNTIL_STOPPED, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields |= {f"value.{code}": forms.IntegerField(min_value=1, required=False) for code in CHOOSABLE}

    def ticked(self) -> list[str]:
        return self.data.getlist("grants") if hasattr(self.data, "getlist") else []

    def choice(self, shown: Iterable[str]) -> Choice:
        """How long, and which values; of a page that `shown` these grants. As the partner's contract says, until it is
        stopped, if the page does not say."""
        values = {code: self.cleaned_data[f"value.{code}"] for code in shown if code in CHOOSABLE}
        return Choice(Duration(self.cleaned_data["duration"] or Duration.UNTIL_STOPPED), values)
