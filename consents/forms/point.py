"""A collection point as staff sees it: what it asks, in which version, and where people may go back to."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.domain.collection_points import close_collection_point, open_collection_point
from consents.enums import PointStatus, VersionState
from consents.forms.fields import LinesField
from consents.models import CollectionPoint, Purpose
from consents.origins import is_origin


class PointForm(forms.ModelForm):  # type: ignore[type-arg]
    purposes = forms.ModelMultipleChoiceField(
        label=_("Purposes"), queryset=Purpose.objects.order_by("name"), widget=forms.CheckboxSelectMultiple
    )
    allowed_origins = LinesField(
        label=_("Allowed origins"),
        required=False,
        help_text=_("Where a person may return to: https://host[:port], one per line."),
    )

    class Meta:
        model = CollectionPoint
        fields = ["name", "recipient", "channel", "status", "purposes", "allowed_origins"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:  # a random key is there before the row is
            return
        pinned = dict(self.instance.pins.values_list("purpose_id", "purpose_version__number"))
        for purpose in self.instance.purposes.order_by("name"):
            versions = purpose.versions.filter(state__in=[VersionState.PUBLISHED, VersionState.SUPERSEDED])
            numbers = versions.order_by("-number").values_list("number", flat=True)
            self.fields[f"pin_{purpose.name}"] = forms.TypedChoiceField(
                label=purpose.name,
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", _("What is published")), *((number, f"v{number}") for number in numbers)],
                initial=pinned.get(purpose.pk),
            )

    def pin_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("pin_")]

    def clean_allowed_origins(self) -> list[str]:
        origins: list[str] = self.cleaned_data["allowed_origins"]
        for origin in origins:
            if not is_origin(origin):
                raise ValidationError(
                    _("“%(value)s” is not an origin such as https://example.com."), params={"value": origin}
                )
        return origins

    def write(self) -> CollectionPoint:
        """The point as the domain wrote it; its version grew if it asks something else."""
        data = self.cleaned_data
        asked = [purpose.name for purpose in data["purposes"]]
        chosen = {name.removeprefix("pin_"): data[name] for name in self.fields if name.startswith("pin_")}
        with transaction.atomic():
            point = open_collection_point(
                name=self.instance.name,
                recipient=self.instance.recipient,
                channel=data["channel"],
                purposes=asked,
                allowed_origins=data["allowed_origins"],
                pins={name: number for name, number in chosen.items() if number and name in asked},
            )
            if data["status"] == PointStatus.CLOSED:
                close_collection_point(point)
        return point
