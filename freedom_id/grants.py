"""The data a partner can ask for, and how OpenID scopes name the same data.

`GRANTS` is the one table: code -> the field of Info, and the words a person reads. Each grant is a consent purpose of
the same name. `SCOPES` maps the standard door's scopes to grants; the released claims follow from the grants.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Grant:
    code: str
    title: Promise
    text: Promise

    @property
    def field(self) -> str:
        """Name of the field of Info that the grant unlocks (`profile` unlocks a method, not a field)."""
        return self.code.removeprefix("read.")


PROFILE = "read.profile"

GRANTS: dict[str, Grant] = {
    grant.code: grant
    for grant in (
        Grant("read.firstname", _("First name"), _("To address you by your name.")),
        Grant("read.lastname", _("Last name"), _("To write your name on orders and documents.")),
        Grant("read.patronymic", _("Patronymic"), _("To write your full name on documents.")),
        Grant("read.phone", _("Phone number"), _("To reach you by call or message about what you ordered.")),
        Grant("read.email", _("E-mail address"), _("To send you confirmations and receipts.")),
        Grant("read.date_of_birth", _("Date of birth"), _("To check that you are old enough for the service.")),
        Grant("read.gender", _("Gender"), _("To fill in forms for you that ask for it.")),
        Grant("read.country", _("Citizenship"), _("To know which rules apply to you.")),
        Grant("read.nationality", _("Nationality"), _("To fill in forms for you that ask for it.")),
        Grant("read.identifier", _("National identifier"), _("To be sure that it is really you.")),
        Grant("read.phones", _("Other phone numbers"), _("To reach you if your main number does not answer.")),
        Grant("read.emails", _("Other e-mail addresses"), _("To reach you if your main address does not answer.")),
        Grant(
            PROFILE,
            _("Full profile"),
            _("To receive everything in your profile in one package, also what you do not share one by one."),
        ),
    )
}

SCOPES: dict[str, tuple[str, ...]] = {
    "openid": (),
    "offline_access": (),
    "profile": ("read.firstname", "read.lastname", "read.patronymic", "read.gender", "read.date_of_birth"),
    "email": ("read.email",),
    "phone": ("read.phone",),
    **{code: (code,) for code in GRANTS},
}

CLAIMS: dict[str, str] = {
    "firstname": "given_name",
    "lastname": "family_name",
    "patronymic": "middle_name",
    "gender": "gender",
    "date_of_birth": "birthdate",
    "email": "email",
    "phone": "phone_number",
}


def grants_for_scopes(scopes: list[str]) -> list[str]:
    """The grants that the scopes ask for, in the table's order, each once."""
    asked = {grant for scope in scopes for grant in SCOPES.get(scope, ())}
    return [code for code in GRANTS if code in asked]
