"""What staff enter for a person: where, in which words, what was said, and how staff know."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.domain.on_behalf import Statement, points_for_staff, sha256_of_chunks
from consents.domain.purposes import Notice
from consents.domain.recording import Decision
from consents.enums import Action
from consents.models import CollectionPoint, ConsentState, PurposeText

REASON_MAX_LENGTH = 255
OLDEST = timedelta(days=3660)


class FindPerson(forms.Form):
    """Never in a URL: a phone number there would end up in logs."""

    reference = forms.CharField(max_length=255)


class Reason(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=REASON_MAX_LENGTH)


class ChoosePoint(forms.Form):
    """Where it was said, and in which language the words were read."""

    point = forms.ChoiceField(label=_("Collection point"))
    locale = forms.ChoiceField(label=_("Language of the words"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self.points = {str(point.pk): point for point in points_for_staff()}
        locales = PurposeText.objects.order_by("locale").values_list("locale", flat=True).distinct()
        self.fields["point"].choices = [  # type: ignore[attr-defined]
            (key, f"{point} – {point.get_channel_display()}") for key, point in self.points.items()
        ]
        self.fields["locale"].choices = [(locale, locale) for locale in locales]  # type: ignore[attr-defined]

    def chosen(self) -> CollectionPoint:
        return self.points[self.cleaned_data["point"]]


class Stated(forms.Form):
    """How staff know what the person said. A file is read once, for its digest, and not kept."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX_LENGTH,
        help_text=_("For example the number of the form or of the call. It is kept sealed, as evidence."),
    )
    attachment = forms.FileField(
        label=_("Scan or recording"),
        required=False,
        help_text=_("Only its SHA-256 is kept. File the original where it belongs."),
    )

    def statement(self, staff_ref: str) -> Statement:
        file: UploadedFile[bytes] | None = self.cleaned_data["attachment"]
        digest = sha256_of_chunks(file.chunks()) if file else ""
        return Statement(staff_ref, self.cleaned_data["reason"], digest)


class RecordConsent(Stated):
    """One answer per notice; none is chosen beforehand. The words that were shown come back with the answers."""

    occurred_at = forms.DateTimeField(
        label=_("When it was said"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In the time zone of the site."),
    )
    form_id = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["occurred_at", "reason", "attachment", "form_id"]

    def __init__(self, notices: Sequence[Notice], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="", initial={"form_id": uuid.uuid4()})
        self.notices = list(notices)
        for notice in self.notices:
            self.fields[f"answer-{notice.name}"] = forms.ChoiceField(
                label=notice.title,
                choices=[(Action.ALLOW, _("The person allows it")), (Action.REFUSE, _("The person refuses it"))],
                widget=forms.RadioSelect,
                error_messages={"required": _("Say what the person answered.")},
            )
            self.fields[f"words-{notice.name}"] = forms.CharField(widget=forms.HiddenInput, required=False)

    def questions(self) -> Iterable[tuple[Notice, forms.BoundField, str]]:
        """Each notice with its answer, and which words are on the page now."""
        return [(notice, self[f"answer-{notice.name}"], words_of(notice)) for notice in self.notices]

    def clean_occurred_at(self) -> Any:
        said = self.cleaned_data["occurred_at"]
        if not timezone.now() - OLDEST <= said <= timezone.now():
            raise forms.ValidationError(_("That is in the future, or more than ten years ago."))
        return said

    def clean(self) -> dict[str, Any]:
        """The words may have changed since the page was made: then staff read the new ones first."""
        cleaned = super().clean() or {}
        if any(cleaned.get(f"words-{notice.name}") != words_of(notice) for notice in self.notices):
            raise forms.ValidationError(_("The words changed meanwhile. Read them and send the form again."))
        return cleaned

    def decisions(self) -> list[Decision]:
        return [
            Decision(
                notice.name,
                Action(self.cleaned_data[f"answer-{notice.name}"]),
                notice.version_id,
                notice.locale,
                notice.sha256,
            )
            for notice in self.notices
        ]


class WithdrawConsent(Stated):
    """Which of the person's standing consents with one client."""

    purposes = forms.MultipleChoiceField(
        label=_("What the person withdraws"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the person withdraws.")},
    )
    field_order = ["purposes", "reason", "attachment"]

    def __init__(self, states: Iterable[ConsentState], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")
        self.fields["purposes"].choices = [(state.purpose.name, str(state.purpose)) for state in states]  # type: ignore[attr-defined]


def words_of(notice: Notice) -> str:
    """Which words they are: version, language and digest."""
    return f"{notice.version_id} {notice.locale} {notice.sha256}"
