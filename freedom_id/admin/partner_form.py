"""What staff states about a partner. Addresses are one per line on the page and space separated in the row."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.partner_clients import NewClient, redirect_uri_problem, register_client
from freedom_id.errors import InvalidFields
from freedom_id.grants import GRANTS, OPERATOR_SCOPES, SCOPES
from freedom_id.models import PartnerClient

LOGO_BYTES = 100_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRANT_CHOICES = [(code, grant.title) for code, grant in GRANTS.items()]
SCOPE_CHOICES = [(scope, scope) for scope in SCOPES]
WIDE = {"class": "vTextField"}
GRANT_TYPES = ["authorization_code", "refresh_token"]


class LinesField(forms.CharField):
    """One address per line; the value is space separated."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value.split()) if isinstance(value, str) else value

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class ChoicesField(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class PartnerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The partner as it stands. What the model itself judges (required ⊆ grants) comes from `PartnerClient.clean`."""

    name = forms.CharField(label=_("Name"), max_length=255, widget=forms.TextInput(attrs=WIDE))
    website = forms.URLField(
        label=_("Website"), assume_scheme="https", required=False, widget=forms.URLInput(attrs=WIDE)
    )
    redirect_uris = LinesField(
        label=_("Redirect addresses"), required=False, help_text=_("One per line. https, compared exactly.")
    )
    revoke_uris = LinesField(
        label=_("Revoke callbacks"),
        required=False,
        help_text=_("One per line. Told when a sign-in ends; the first is used unless the partner names another."),
    )
    post_logout_redirect_uris = LinesField(
        label=_("Addresses after signing out"),
        required=False,
        help_text=_("One per line. Where a person may return to when the partner asks her to sign out here."),
    )
    grants = ChoicesField(label=_("Data it may ask for"), choices=GRANT_CHOICES, required=False)
    required_grants = ChoicesField(
        label=_("Data without which it cannot serve"),
        choices=GRANT_CHOICES,
        required=False,
        help_text=_("A person who does not share these cannot use it."),
    )
    scopes = ChoicesField(label=_("Scopes of the standard door"), choices=SCOPE_CHOICES, required=False)
    operator_scopes = ChoicesField(
        label=_("What it may do by itself"),
        choices=[(scope, scope) for scope in OPERATOR_SCOPES],
        required=False,
        help_text=_("With its own credentials, without a person's token, about people's accounts."),
    )
    grant_types = ChoicesField(label=_("Grant types"), choices=[(name, name) for name in GRANT_TYPES])
    logo_file = forms.FileField(
        label=_("New logo"),
        required=False,
        help_text=_("Square PNG, at most 100 kB."),
        widget=forms.FileInput(attrs={"accept": "image/png"}),
    )

    class Meta:
        model = PartnerClient
        fields = ["name", "legal_name", "website", "first_party", "native", "max_devices", "errors_as_200"]

    def clean_logo_file(self) -> bytes | None:
        upload: UploadedFile[Any] | None = self.cleaned_data["logo_file"]
        if upload is None:
            return None
        if upload.size is None or upload.size > LOGO_BYTES:
            raise ValidationError(_("The file is larger than 100 kB."))
        image: bytes = upload.read()
        if not image.startswith(PNG_SIGNATURE):
            raise ValidationError(_("This is not a PNG image."))
        return image

    def clean(self) -> dict[str, Any]:
        stated = super().clean() or self.cleaned_data
        self._judge_addresses("revoke_uris", native=False)
        self._judge_addresses("post_logout_redirect_uris", native=self.cleaned_data.get("native", False))
        self._judge_redirects()
        if stated.get("logo_file"):
            self.instance.logo = stated["logo_file"]
        return stated

    def _judge_redirects(self) -> None:
        public = self.instance.client_type == PartnerClient.CLIENT_PUBLIC
        self._judge_addresses("redirect_uris", native=public or self.cleaned_data.get("native", False))
        if not self.cleaned_data.get("redirect_uris") and "redirect_uris" not in self.errors:
            self.add_error("redirect_uris", _("At least one address is needed."))

    def _judge_addresses(self, field: str, *, native: bool) -> None:
        for index, uri in enumerate(self.cleaned_data.get(field, "").split()):
            if problem := redirect_uri_problem(uri, native=native):
                self.add_error(field, _line(index, f"The address {problem}."))


class NewPartnerForm(PartnerForm):
    """Registers the partner as the last step of its validation, so that what the domain refuses stands beside its
    field. `secret` is then the secret in clear."""

    secret = ""

    class Meta(PartnerForm.Meta):
        fields = ["name", "client_type", "legal_name", "website", "first_party", "native", "max_devices"]

    def _judge_redirects(self) -> None:
        """The domain does."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            self._register()

    def _register(self) -> None:
        logo = self.instance.logo
        try:
            self.instance, self.secret = register_client(self._stated())
        except InvalidFields as error:
            self._show(error)
            return
        if logo:
            self.instance.logo = logo
            self.instance.save(update_fields=["logo"])

    def _stated(self) -> NewClient:
        data = self.cleaned_data
        same = [
            "name",
            "grants",
            "required_grants",
            "client_type",
            "grant_types",
            "scopes",
            "operator_scopes",
            "first_party",
            "native",
            "max_devices",
            "legal_name",
            "website",
        ]
        return NewClient(
            redirect_uris=data["redirect_uris"].split(),
            revoke_uris=data["revoke_uris"].split(),
            post_logout_redirect_uris=data["post_logout_redirect_uris"].split(),
            **{name: data[name] for name in same},
        )

    def _show(self, error: InvalidFields) -> None:
        """Errors of list items (`redirect_uris.1`) go to their field, with the number of the line."""
        for key, texts in error.errors.items():
            field, _dot, index = key.partition(".")
            for text in texts:
                self.add_error(field if field in self.fields else None, _line(int(index), text) if index else text)


def _line(index: int, text: str) -> str:
    return str(_("Line %(number)d: %(text)s") % {"number": index + 1, "text": text})
