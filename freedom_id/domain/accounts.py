"""Accounts and their credentials: made, found."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from freedom_id.domain.identifiers import Identifier
from freedom_id.errors import IdentifierTaken
from freedom_id.models import Account, Credential


def register_account(*identifiers: Identifier, password: str | None = None, **personal: Any) -> Account:
    """Create an account with proven identifiers; the first of each type is its main one. `personal` are fields of
    Account. Raises IdentifierTaken when one belongs to somebody already."""
    with transaction.atomic():
        account = Account.objects.create_account(password=password, **personal)
        seen: set[str] = set()
        for identifier in identifiers:
            add_verified_credential(account, identifier, primary=identifier.type not in seen)
            seen.add(identifier.type)
    return account


def add_verified_credential(account: Account, identifier: Identifier, *, primary: bool) -> Credential:
    """Bind an identifier that the person has just proven. Raises IdentifierTaken."""
    if Credential.objects.verified().filter(value_index=identifier.index).exists():
        raise IdentifierTaken
    return Credential.objects.create(
        account=account,
        type=identifier.type,
        value=identifier.value,
        value_index=identifier.index,
        is_primary=primary,
        verified_at=timezone.now(),
    )


def account_for(identifier: Identifier) -> Account | None:
    """The account that proved this identifier, whatever its status."""
    credential = Credential.objects.verified().select_related("account").filter(value_index=identifier.index).first()
    return credential.account if credential else None
