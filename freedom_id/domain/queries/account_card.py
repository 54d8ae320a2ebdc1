from dataclasses import dataclass
from datetime import datetime

from freedom_id.domain.person import Chosen, Contact
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, Credential


@dataclass(frozen=True, slots=True)
class AccountCard:
    """An account as its owner knows it, or as she shows it to a client: `mobile` and `email` are the proven main ones,
    or those that she chose, None without."""

    ssoid: int
    status: AccountStatus
    created_at: datetime
    firstname: str
    lastname: str
    mobile: str | None
    email: str | None


def account_card(ssoid: int, *, chosen: Chosen | None = None) -> AccountCard | None:
    """The card of this account, whatever its status; two queries, also when there is none. `chosen` as in
    `Contact.fields`."""
    account = Account.objects.only("status", "created_at", "firstname", "lastname").filter(pk=ssoid).first()
    rows = Credential.objects.verified().filter(account=ssoid).values_list("type", "value", "is_primary", "number")
    contacts = {field: row[1] for row in rows for field in Contact(*row).fields(chosen or {})}
    if account is None:
        return None
    return AccountCard(
        ssoid=account.pk,
        status=AccountStatus(account.status),
        created_at=account.created_at,
        firstname=account.firstname,
        lastname=account.lastname,
        mobile=contacts.get("phone"),
        email=contacts.get("email"),
    )
