"""Rows 14 to 17 of docs/identity-v4-api.md: each parses, calls one domain function, answers."""

from datetime import UTC, datetime
from typing import Any

from freedom_id.client_address import client_ip
from freedom_id.domain.authenticators import add_recovery_codes, add_totp, prove_authenticator
from freedom_id.domain.credentials import (
    PASSWORD_NUMBER,
    ListedCredential,
    PersonsAct,
    claim_contact,
    list_credentials,
    prove_contact,
    remove_credential,
    set_password,
    type_of,
)
from freedom_id.domain.federated_ids import claim_federated_id, prove_federated_id
from freedom_id.domain.passkeys import add_passkey, begin_passkey
from freedom_id.domain.sign_ups import set_first_password
from freedom_id.enums import ProofType
from freedom_id.grants import ACCOUNT, CREATE_ACCOUNTS, OPERATE_ACCOUNTS
from freedom_id.identity_v4.credential_inputs import (
    NewCredential,
    credential_number,
    made_passkey,
    new_credential,
    shown_code,
    shown_id_token,
    spent_proof,
)
from freedom_id.identity_v4.door import Call, Operation
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.models.federated_id import FEDERATED

MODULE = Module.CREDENTIALS
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def list_all(call: Call) -> str:
    """Row 15."""
    return success(MODULE, report_dashboard=0, data=[credential_item(row) for row in list_credentials(call.account)])


def create(call: Call) -> str:
    """Row 14. What is shown once is in this answer alone."""
    new = new_credential(call.request)
    if call.caller.person is None:
        return _first_password(call, new)
    act = act_of(call)
    if new.contact is not None:
        return _created(claim_contact(act, new.contact))
    if new.type is ProofType.PASSWORD:
        return _created(set_password(act, new.password))
    if new.type is ProofType.TOTP:
        number, uri = add_totp(act)
        return _created(number, uri=uri)
    if new.type in FEDERATED:
        number, nonce = claim_federated_id(act, new.type)
        return _created(number, nonce=nonce)
    if new.type is ProofType.PASSKEY:
        number, options = begin_passkey(act)
        return _created(number, options=options)
    number, codes = add_recovery_codes(act)
    return _created(number, codes=codes)


def _first_password(call: Call, new: NewCredential) -> str:
    """Of an account that was just opened, by the client that opened it; all else is the person's own to add."""
    if new.type is not ProofType.PASSWORD:
        raise IdentityError(40300)
    set_first_password(call.account, call.caller.client, new.password, ip=client_ip(call.request))
    return _created(PASSWORD_NUMBER)


def confirm(call: Call) -> str:
    """Row 16."""
    act, number = act_of(call), credential_number(call.captured["cid"])
    kind = type_of(call.account, number)
    if kind in {ProofType.MOBILE, ProofType.EMAIL}:
        prove_contact(act, number, otp_id=spent_proof(call.request))
    elif kind in FEDERATED:
        prove_federated_id(act, number, id_token=shown_id_token(call.request))
    elif kind is ProofType.PASSKEY:
        answer, name = made_passkey(call.request)
        add_passkey(act, number, answer, name=name)
    else:
        prove_authenticator(act, number, code=shown_code(call.request))
    return success(MODULE, report_dashboard=0)


def delete(call: Call) -> str:
    """Row 17. Nobody knows what the published `status` means: it is not read."""
    remove_credential(act_of(call), credential_number(call.captured["cid"]))
    return success(MODULE, report_dashboard=0)


def credential_item(row: ListedCredential) -> dict[str, Any]:
    return {
        "id": row.number,
        "type": row.type.value,
        "value": row.masked,
        "kind": row.type.kind,
        "source": row.type.source,
        "status": "active" if row.is_active else "new",
        "last_verified": _time(row.verified_at),
        "created_at": _time(row.created_at),
    }


def act_of(call: Call) -> PersonsAct:
    """By the person's own token alone: an operator can prove nothing for her."""
    if call.caller.family is None:
        raise IdentityError(40300)
    return PersonsAct(call.account, call.caller.client, call.caller.family, client_ip(call.request))


def _created(number: int, **shown_once: Any) -> str:
    return success(MODULE, report_dashboard=0, data={"id": number, **shown_once})


def _time(moment: datetime | None) -> str | None:
    """`29-Aug-19 08:30:22`, in UTC; the month in English whatever the process speaks."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    return f"{utc:%d}-{MONTHS[utc.month - 1]}-{utc:%y %H:%M:%S}"


CREDENTIALS_GET = Operation(list_all, frozenset({ACCOUNT, OPERATE_ACCOUNTS}))
CREDENTIALS_POST = Operation(create, frozenset({ACCOUNT, CREATE_ACCOUNTS}), status=201)
CREDENTIAL_PUT = Operation(confirm, frozenset({ACCOUNT}))
CREDENTIAL_DELETE = Operation(delete, frozenset({ACCOUNT}))
