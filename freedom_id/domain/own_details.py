"""What the person says of herself at her own pages: her details, and contacts that she proves by a code."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from freedom_id.domain.accounts import change_person
from freedom_id.domain.credentials import PersonsAct, UnknownCredential, identifier_of, prove_contact
from freedom_id.domain.notices import queue_notices
from freedom_id.domain.one_time_codes import CodeOutcome, CodeRequest, Recipient, ask_code, judge_code
from freedom_id.enums import CodePurpose, NoticeKind
from freedom_id.models import Credential, OneTimeCode


def change_details(act: PersonsAct, changes: Mapping[str, Any]) -> None:
    """Write fields of the account as `change_person` does, and tell the person. Nothing to change does nothing.

    Raises FreshProofNeeded and AccountUnavailable.
    """
    act.require_fresh_proof()
    if not changes:
        return
    with transaction.atomic():
        act.lock_account()
        change_person(act.account, changes, client=act.client, ip=act.ip)
        queue_notices(act.account, NoticeKind.CHANGED)


def claimed_contact(act: PersonsAct, number: int) -> Credential:
    """What she says is hers and did not prove yet. Raises UnknownCredential, also for what is proven."""
    claim = Credential.objects.filter(account=act.account, number=number, verified_at=None).first()
    if claim is None:
        raise UnknownCredential
    return claim


def send_contact_code(act: PersonsAct, number: int, *, locale: str) -> UUID:
    """Queue a code to the claimed number or address; the challenge's id. Raises UnknownCredential, and RateLimited as
    `ask_code` does."""
    to = identifier_of(claimed_contact(act, number))
    recipient = Recipient(act.account, to.channel, to.value, to.index)
    return ask_code(recipient, CodeRequest(act.ip, locale, purpose=CodePurpose.CREDENTIAL)).pk


def prove_contact_by_code(act: PersonsAct, number: int, code: str, *, challenge: UUID) -> bool:
    """Judge the code that was sent to the claim; a right one makes it hers.

    Raises UnknownCredential, RateLimited as `judge_code` does, AccountUnavailable, ProofSpent, and IdentifierTaken when
    somebody else proved it before.
    """
    index = claimed_contact(act, number).value_index
    asked = OneTimeCode.objects.filter(
        pk=challenge, account=act.account, address_index=index, purpose=CodePurpose.CREDENTIAL, client=None
    )
    if judge_code(asked, code, ip=act.ip)[0] is not CodeOutcome.RIGHT:
        return False
    prove_contact(act, number, otp_id=challenge)
    return True
