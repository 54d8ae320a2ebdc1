"""What staff states about a partner. Addresses are one per line on the page and space separated in the row."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.client_registration import NewClient, redirect_uri_problem
from freedom_id.domain.client_secrets import authentication_errors
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.pairwise_subjects import sector_of
from freedom_id.domain.partner_applications import register_directly
from freedom_id.domain.png_logo import LONGEST, BadLogo, clean_logo
from freedom_id.enums import AccessTokenFormat, ClientAuthentication, SubjectType
from freedom_id.errors import InvalidFields
from freedom_id.forms.partner_application import LineField, contact_of
from freedom_id.grants import GRANTS, OPERATOR_SCOPES, SCOPES
from freedom_id.models import Account, PartnerClient

GRANT_CHOICES = [(code, grant.title) for code, grant in GRANTS.items()]
SCOPE_CHOICES = [(scope, scope) for scope in SCOPES]
WIDE = {"class": "vTextField"}
GRANT_TYPES = ["authorization_code", "refresh_token", "client_credentials"]
AUTHENTICATION = ["token_endpoint_auth_method", "jwks", "access_token_format"]


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
    backchannel_logout_uri = forms.CharField(
        label=_("Back-channel logout address"),
        required=False,
        help_text=_("https. Told when a person who came through OpenID Connect signs out."),
        widget=forms.TextInput(attrs=WIDE),
    )
    android_fingerprints = LinesField(
        label=_("Android certificates"),
        required=False,
        help_text=_("One SHA-256 fingerprint per line, as keytool and the Play Console show it."),
    )
    apple_app_ids = LinesField(
        label=_("Apple app ids"), required=False, help_text=_("One per line: team id, dot, bundle id.")
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
    token_endpoint_auth_method = forms.ChoiceField(
        label=_("How it authenticates"),
        choices=ClientAuthentication.choices,
        initial=ClientAuthentication.SECRET,
        required=False,
        help_text=_("With signed assertions its secrets end at once."),
    )
    jwks = forms.JSONField(
        label=_("Public keys"),
        required=False,
        help_text=_("A JSON Web Key Set: EC keys, or RSA keys of 2048 bits or more. Never a private one."),
    )
    access_token_format = forms.ChoiceField(
        label=_("Form of its access tokens"),
        choices=AccessTokenFormat.choices,
        initial=AccessTokenFormat.JWT,
        required=False,
        help_text=_("Of the standard door. An opaque one says nothing to who holds it."),
    )
    logo_file = forms.FileField(
        label=_("New logo"),
        required=False,
        help_text=_("A square PNG of 48 to 1024 pixels, at most 100 kB."),
        widget=forms.FileInput(attrs={"accept": "image/png"}),
    )

    class Meta:
        model = PartnerClient
        fields = ["name", "legal_name", "website", "first_party", "native", "max_devices", "errors_as_200"]
        fields += ["android_package", "android_fingerprints", "apple_app_ids", "passkeys_in_app"]
        fields += ["id_token_signed_response_alg", "userinfo_signed_response_alg"]
        fields += AUTHENTICATION

    def clean_android_fingerprints(self) -> str:
        return str(self.cleaned_data["android_fingerprints"]).upper()

    def clean_logo_file(self) -> bytes | None:
        upload: UploadedFile[Any] | None = self.cleaned_data["logo_file"]
        if upload is None:
            return None
        try:
            return clean_logo(upload.read(LONGEST + 1))
        except BadLogo:
            raise ValidationError(_("Use a square PNG of 48 to 1024 pixels, at most 100 kB.")) from None

    def clean(self) -> dict[str, Any]:
        stated = super().clean() or self.cleaned_data
        self._judge_addresses("revoke_uris", native=False)
        self._judge_addresses("post_logout_redirect_uris", native=self.cleaned_data.get("native", False))
        self._judge_logout_address()
        self._judge_redirects()
        self._judge_authentication()
        if stated.get("logo_file"):
            self.instance.logo = stated["logo_file"]
        return stated

    def _judge_redirects(self) -> None:
        public = self.instance.client_type == PartnerClient.CLIENT_PUBLIC
        self._judge_addresses("redirect_uris", native=public or self.cleaned_data.get("native", False))
        comes_back = "authorization_code" in self.cleaned_data.get("grant_types", ())
        if comes_back and not self.cleaned_data.get("redirect_uris") and "redirect_uris" not in self.errors:
            self.add_error("redirect_uris", _("At least one address is needed."))

    def _judge_logout_address(self) -> None:
        uri = self.cleaned_data.get("backchannel_logout_uri", "")
        if uri and (problem := redirect_uri_problem(uri, native=False)):
            self.add_error("backchannel_logout_uri", f"The address {problem}.")

    def _judge_authentication(self) -> None:
        """What is left out stays as it is."""
        data, client = self.cleaned_data, self.instance
        for name in ("token_endpoint_auth_method", "access_token_format"):
            data[name] = data.get(name) or getattr(client, name)
        if "jwks" in data:
            method, uris = data["token_endpoint_auth_method"], data.get("revoke_uris", "").split()
            self._show(authentication_errors(client.client_type, method, data["jwks"], revoke_uris=uris))

    def _show(self, errors: Mapping[str, list[str]]) -> None:
        """Errors of list items (`redirect_uris.1`) go to their field, with the number of the line."""
        for key, texts in errors.items():
            field, _dot, index = key.partition(".")
            for text in texts:
                self.add_error(field if field in self.fields else None, _line(int(index), text) if index else text)

    def _judge_addresses(self, field: str, *, native: bool) -> None:
        for index, uri in enumerate(self.cleaned_data.get(field, "").split()):
            if problem := redirect_uri_problem(uri, native=native):
                self.add_error(field, _line(index, f"The address {problem}."))


class NewPartnerForm(PartnerForm):
    """Registers the partner as the last step of its validation, so that what the domain refuses stands beside its
    field. `registrar` is who of staff does it. The ids of its apps are stated later."""

    registrar: Account
    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs=WIDE))
    contact_name = LineField(label=_("Contact person"), max_length=100)
    contact_email = forms.CharField(
        label=_("E-mail address of the contact"),
        max_length=254,
        help_text=_("The link to its secret goes there. Look twice: who reads this mailbox can take it."),
        widget=forms.EmailInput(attrs={**WIDE, "autocomplete": "off"}),
    )

    class Meta(PartnerForm.Meta):
        fields = ["name", "client_type", "legal_name", "website", "first_party", "native", "max_devices"]
        fields += ["subject_type", "sector_identifier"]
        fields += ["id_token_signed_response_alg", "userinfo_signed_response_alg"]
        fields += AUTHENTICATION

    def clean(self) -> dict[str, Any]:
        """A pairwise partner gets the host of its addresses for a sector, if none is named."""
        stated = super().clean()
        if stated.get("subject_type") == SubjectType.PAIRWISE and not stated.get("sector_identifier"):
            stated["sector_identifier"] = sector_of(stated.get("redirect_uris", "").split())
        return stated

    def clean_contact_email(self) -> Identifier:
        return contact_of(self.cleaned_data["contact_email"])

    def _judge_redirects(self) -> None:
        """The domain does."""

    def _judge_authentication(self) -> None:
        """The domain does. Who has no secret is asked for no way to show it."""
        if self.cleaned_data.get("client_type") == PartnerClient.CLIENT_PUBLIC:
            self.cleaned_data["token_endpoint_auth_method"] = ClientAuthentication.NONE

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            self._register()

    def _register(self) -> None:
        logo = self.instance.logo
        who = {"contact_name": self.cleaned_data["contact_name"], "contact": self.cleaned_data["contact_email"]}
        try:
            self.instance = register_directly(self._stated(), by=self.registrar, **who)
        except InvalidFields as error:
            self._show(error.errors)
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
            "token_endpoint_auth_method",
            "jwks",
            "scopes",
            "operator_scopes",
            "first_party",
            "native",
            "backchannel_logout_uri",
            "max_devices",
            "subject_type",
            "sector_identifier",
            "id_token_signed_response_alg",
            "userinfo_signed_response_alg",
            "legal_name",
            "website",
        ]
        return NewClient(
            redirect_uris=data["redirect_uris"].split(),
            revoke_uris=data["revoke_uris"].split(),
            post_logout_redirect_uris=data["post_logout_redirect_uris"].split(),
            access_token_format=data["access_token_format"] or NewClient.access_token_format,
            **{name: data[name] for name in same},
        )


def _line(index: int, text: str) -> str:
    return str(_("Line %(number)d: %(text)s") % {"number": index + 1, "text": text})
