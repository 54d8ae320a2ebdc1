from dataclasses import dataclass
from datetime import datetime

from freedom_id.enums import AccountStatus, CredentialType
from freedom_id.models import Account, Credential


@dataclass(frozen=True, slots=True)
class AccountCard:
    """An account as its owner knows it. `mobile` and `email` are the proven main ones, None without."""

    ssoid: int
    status: AccountStatus
    created_at: datetime
    firstname: str
    lastname: str
    mobile: str | None
    email: str | None


def account_card(ssoid: int) -> AccountCard | None:
    """The card of this account, whatever its status; two queries, also when there is none."""
    account = Account.objects.only("status", "created_at", "firstname", "lastname").filter(pk=ssoid).first()
    mains = Credential.objects.filter(account=ssoid, is_primary=True)
    contacts: dict[str, str] = dict(mains.values_list("type", "value"))
    if account is None:
        return None
    return AccountCard(
        ssoid=account.pk,
        status=AccountStatus(account.status),
        created_at=account.created_at,
        firstname=account.firstname,
        lastname=account.lastname,
        mobile=contacts.get(CredentialType.MOBILE),
        email=contacts.get(CredentialType.EMAIL),
    )
