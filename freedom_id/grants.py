"""What the consent page can ask, and how the scopes of the standard door name the same.

Each entry is a consent purpose of the same name, with the words a person reads. `GRANTS` is the data a partner can ask
for: code -> the field of Info. `PERMISSIONS` let a client do something rather than see it. `CONNECTION` is asked with
every sign-in at a new client. `SCOPES` maps scopes to grants and permissions; the released claims follow from the
grants.
"""

from collections.abc import Collection
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
        """Name of the data, and of the field of Info if the grant unlocks one."""
        return self.code.removeprefix("read.")

    @property
    def unlocks_field(self) -> bool:
        """`read.profile` unlocks a method, a permission a door."""
        return self.code.startswith("read.") and self.code != PROFILE


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

IDENTITY_PROVIDER = "identity-provider"
CONNECTION = Grant(IDENTITY_PROVIDER, _("Your Freedom ID"), _("To know that it is you, also when you come back."))

CONSENTS = "consents"
PERMISSIONS: dict[str, Grant] = {
    CONSENTS: Grant(
        CONSENTS,
        _("Your answers to its questions"),
        _("To show what you agreed to there, and to change it when you say so there."),
    ),
}

ASKED: dict[str, Grant] = {IDENTITY_PROVIDER: CONNECTION, **GRANTS, **PERMISSIONS}

OPENID = "openid"
ACCOUNT = "account"  # everything that is the person's own: the group's own apps alone
DEVICE_SSO = "device_sso"  # one sign-in for several apps of a device: the group's own native apps alone

SCOPES: dict[str, tuple[str, ...]] = {
    "openid": (),
    "offline_access": (),
    "profile": ("read.firstname", "read.lastname", "read.patronymic", "read.gender", "read.date_of_birth"),
    "email": ("read.email",),
    "phone": ("read.phone",),
    **{code: (code,) for code in (*GRANTS, *PERMISSIONS)},
    ACCOUNT: (),
    DEVICE_SSO: (),
}

# What a confidential client may do by itself, with its own credentials; staff gives them.
CHECK_CONSENTS = "consents.check"
OPERATE_ACCOUNTS = "accounts.operate"
MANAGE_CLIENTS = "clients.manage"
READ_CUSTOMERS = "customers.read"
CREATE_ACCOUNTS = "accounts.create"
OPERATOR_SCOPES = (CHECK_CONSENTS, OPERATE_ACCOUNTS, MANAGE_CLIENTS, READ_CUSTOMERS, CREATE_ACCOUNTS)
# What an operator may let the clients that it makes ask for.
SCOPES_OF_MADE_CLIENTS = frozenset(SCOPES) - {ACCOUNT, DEVICE_SSO}

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
    """The grants and permissions that the scopes ask for, in the table's order, each once."""
    asked = {grant for scope in scopes for grant in SCOPES.get(scope, ())}
    return [code for code in ASKED if code in asked]


def scope_for_grants(scope: str, grants: Collection[str]) -> str:
    """`scope` (RFC 6749 §3.3) without the scopes that ask for data of which nothing is among `grants`."""
    return " ".join(name for name in scope.split() if not SCOPES.get(name) or set(SCOPES[name]) & set(grants))
