from django import forms


class ConsentForm(forms.Form):
    """`grants` repeats; what it names beyond the shown optional grants is ignored by the domain."""

    decision = forms.ChoiceField(choices=[("allow", "allow"), ("deny", "deny")])
    notice = forms.CharField(max_length=16_384)
    grants = forms.CharField(required=False)

    def ticked(self) -> list[str]:
        return self.data.getlist("grants") if hasattr(self.data, "getlist") else []
