from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

YES, NO = "yes", "no"


class AnswersForm(forms.Form):
    """A yes or a no to each of `versions`; nothing is chosen beforehand.

    A field is named by the version that it answers: an answer to other words is an answer to nothing on this page.
    """

    def __init__(self, versions: Iterable[UUID], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = list(versions)
        for version in self.versions:
            self.fields[field_name(version)] = forms.ChoiceField(
                choices=[(YES, _("I agree")), (NO, _("I refuse"))],
                error_messages={"required": _("Choose one of the two."), "invalid_choice": _("Choose one of the two.")},
            )

    @property
    def agreed(self) -> set[UUID]:
        """The versions that were answered with yes, once the form is valid."""
        return {version for version in self.versions if self.cleaned_data[field_name(version)] == YES}


def field_name(version: UUID) -> str:
    return f"answer-{version}"
