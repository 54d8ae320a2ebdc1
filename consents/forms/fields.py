"""Fields in which staff writes what the models keep as lists and durations."""

from datetime import timedelta
from typing import Any

from django import forms

SECONDS_PER_DAY = 86_400


class LinesField(forms.CharField):
    """A list of strings, one per line."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class DaysField(forms.FloatField):
    """A duration in days."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value.total_seconds() / SECONDS_PER_DAY:g}" if isinstance(value, timedelta) else value

    def to_python(self, value: Any) -> Any:
        days = super().to_python(value)
        return None if days is None else timedelta(days=days)

    def validate(self, value: Any) -> None:
        """A bound in days says nothing of a timedelta; the model's constraints do."""

    def run_validators(self, value: Any) -> None:
        """As above."""
