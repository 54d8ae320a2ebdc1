"""One personal value in the clear, for a member of staff who says why. The person sees in her activity that staff
looked, and why."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.credentials import identifier_of
from freedom_id.domain.person import person_of
from freedom_id.domain.rate_limits import UNMASKINGS, spend_allowance
from freedom_id.enums import AuditAction, CredentialType
from freedom_id.models import Account

OF_THE_PERSON: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "date_of_birth": gettext_lazy("Date of birth"),
    "identifier": gettext_lazy("National identifier"),
}


def maskable(account: Account) -> dict[str, str | Promise]:
    """What can be shown of the person: what it is called, by key; of a number or address its masked value."""
    contacts = account.credentials.order_by("type", "-is_primary", "created_at")
    return OF_THE_PERSON | {
        f"contact-{row.number}": f"{CredentialType(row.type).label} {identifier_of(row).masked}" for row in contacts
    }


def unmask(account: Account, what: str, *, by: By, reason: str) -> str:
    """The value with this key of `maskable`, "" where there is none. The showing is an entry of the audit.

    Raises RateLimited after twenty in an hour by the same member of staff, and KeyError for no such value.
    """
    if by.account is None:
        raise PermissionError("nobody asks")
    spend_allowance(UNMASKINGS, str(by.account.pk))
    value = _value(account, what)
    kind = what.partition("-")[0]
    target = Target(account._meta.label_lower, str(account.pk), str(account), account.pk)
    record(AuditAction.UNMASKED, by=by, target=target, reason=reason, after={"shown": kind})
    return value


def _value(account: Account, what: str) -> str:
    if what in OF_THE_PERSON:
        if what == "name":
            return " ".join(filter(None, (account.firstname, account.patronymic, account.lastname)))
        return str(person_of(account).value(what) or "")
    contacts: dict[str, str] = {f"contact-{row.number}": row.value for row in account.credentials.all()}
    return contacts[what]
