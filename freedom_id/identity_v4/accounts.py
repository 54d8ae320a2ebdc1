"""Row 9 of docs/identity-v4-api.md and what belongs to it: each parses, calls one domain function, answers."""

from collections.abc import Collection
from typing import Any

from freedom_id.client_address import client_ip
from freedom_id.domain.accounts import change_person, credential_for
from freedom_id.domain.closing import close_account
from freedom_id.domain.identifiers import mask_email, mask_phone
from freedom_id.domain.queries.account_card import AccountCard, account_card
from freedom_id.enums import AccountStatus
from freedom_id.grants import ACCOUNT, OPENID, OPERATE_ACCOUNTS
from freedom_id.identity_v4.account_inputs import changed_person, identifier_header
from freedom_id.identity_v4.answers import milliseconds
from freedom_id.identity_v4.credentials import act_of
from freedom_id.identity_v4.door import Call, ClientCall, ClientOperation, Operation
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.errors import IdentityError

MODULE = Module.ACCOUNTS
EVERYTHING = frozenset({"read.firstname", "read.lastname", "read.phone", "read.email"})


def read_account(call: Call) -> str:
    """Row 9."""
    if not call.caller.scopes.isdisjoint({ACCOUNT, OPERATE_ACCOUNTS}):
        return _success(account_card(call.account.pk), EVERYTHING)
    return _success(account_card(call.account.pk, chosen=call.caller.chosen), call.caller.grants)


def find_account(call: ClientCall) -> str:
    """The active account that proved the number or address; there is none for every other one, known or not."""
    proven = credential_for(identifier_header(call.request))
    card = account_card(proven.account_id if proven else 0)  # asked all the same: nobody takes as long
    return _success(card if card and card.status == AccountStatus.ACTIVE else None, EVERYTHING)


def change_account(call: Call) -> str:
    """The person's data, by herself or by an operator."""
    change_person(call.account, changed_person(call.request), client=call.caller.client, ip=client_ip(call.request))
    return _success(account_card(call.account.pk), EVERYTHING)


def close(call: Call) -> str:
    """The account is closed now and erased after thirty days."""
    closes_at = close_account(act_of(call))
    data = {"id": call.account.pk, "status": AccountStatus.CLOSED.value, "closes_at": milliseconds(closes_at)}
    return success(MODULE, data=data)


def account_item(card: AccountCard, shown: Collection[str]) -> dict[str, Any]:
    """What of the account may be shown: `shown` are grants, and what none of them unlocks is absent."""
    item = {
        "id": card.ssoid,
        "verified": bool(card.mobile or card.email),
        "display_name": _display_name(card, shown),
        "avatar": None,
        "status": card.status.value,
        "bindings": {},
        "created_at": milliseconds(card.created_at),
    }
    contacts = {"mobile": ("read.phone", card.mobile), "email": ("read.email", card.email)}
    return item | {name: value for name, (grant, value) in contacts.items() if grant in shown}


def _display_name(card: AccountCard, shown: Collection[str]) -> str:
    names = (("read.firstname", card.firstname), ("read.lastname", card.lastname))
    if named := " ".join(name for grant, name in names if name and grant in shown):
        return named
    if card.mobile and "read.phone" in shown:
        return mask_phone(card.mobile)
    return mask_email(card.email) if card.email and "read.email" in shown else ""


def _success(card: AccountCard | None, shown: Collection[str]) -> str:
    if card is None:
        raise IdentityError(40400)
    return success(MODULE, data=account_item(card, shown))


ACCOUNT_GET = Operation(read_account, frozenset({OPENID, ACCOUNT, OPERATE_ACCOUNTS}))
ACCOUNT_PATCH = Operation(change_account, frozenset({ACCOUNT, OPERATE_ACCOUNTS}))
ACCOUNT_DELETE = Operation(close, frozenset({ACCOUNT}))
ACCOUNTS_GET = ClientOperation(find_account, frozenset({OPERATE_ACCOUNTS}))
