"""People sign up on our own pages, or through a client that staff lets open accounts. A code to the number or address
proves it before anything is there to use. Whether it has an owner is asked only after the proof, so no answer before
can tell."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from freedom_id.domain.accounts import account_for, register_account
from freedom_id.domain.credentials import ProofSpent, identifier_of, require_good_password
from freedom_id.domain.events import record_event
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.notices import queue_notices
from freedom_id.domain.one_time_codes import (
    CodeOutcome,
    CodeRequest,
    Recipient,
    ask_code,
    judge_code,
    spend_first_proof,
)
from freedom_id.domain.rate_limits import SIGN_UPS_PER_CLIENT, spend_allowance
from freedom_id.enums import AccountStatus, CodePurpose, EventAction, NoticeKind
from freedom_id.errors import AccountUnavailable, FreedomIdError, IdentifierTaken
from freedom_id.models import Account, OneTimeCode, PartnerClient, SignUp

FIRST_PASSWORD_WITHIN = timedelta(minutes=10)


class PasswordKnown(FreedomIdError):
    """The account has a password: only its owner changes it."""

    http_status = 409
    message = "The account has a password already."


def begin_sign_up(client: PartnerClient, identifier: Identifier, person: dict[str, Any], *, ip: str) -> OneTimeCode:
    """Note that somebody wants an account with this number or address, and send it a code; the challenge, with its
    `sign_up`. `person` has fields of the account. A code that the client asked for the same address before is nothing
    any more. Raises RateLimited: 600 an hour for a client, and as `ask_code` does."""
    spend_allowance(SIGN_UPS_PER_CLIENT, str(client.pk))
    sign_up = SignUp(client=client, type=identifier.type, value=identifier.value, person=orjson.dumps(person).decode())
    recipient = Recipient(None, identifier.channel, identifier.value, identifier.index)
    request = CodeRequest(ip, person.get("locale", ""), client.name, CodePurpose.SIGN_UP, client, sign_up)
    return ask_code(recipient, request)


def sign_up_of(client: PartnerClient, sign_up_id: UUID) -> SignUp | None:
    """The sign-up, if this client began it."""
    return SignUp.objects.only("client").filter(pk=sign_up_id, client=client).first()


def codes_of(sign_up: SignUp) -> QuerySet[OneTimeCode]:
    """Its challenges, as its client asked them."""
    return OneTimeCode.objects.filter(sign_up=sign_up, client=sign_up.client_id)


def prove_sign_up(
    codes: QuerySet[OneTimeCode], code: str, *, ref_code: str, ip: str
) -> tuple[CodeOutcome, OneTimeCode | None]:
    """Judge the code of a sign-up, the one challenge among `codes`. A right one is spent in the transaction that opens
    the account, which `sign_up` of the challenge names then; it names none if the identifier had an owner already.
    Raises RateLimited as `judge_code` does."""

    return judge_code(codes, code, ref_code=ref_code, ip=ip, on_right=partial(_settle, ip=ip))


def open_own_account(
    challenge: UUID, identifier: Identifier, person: dict[str, Any], *, client: PartnerClient | None, ip: str
) -> Account:
    """Open an account on our own pages with a number or address that nobody had when the code of `challenge` proved it,
    at most ten minutes ago. The proof is spent in the transaction that opens the account. `person` has fields of the
    account; `client` is the partner that the person came from.

    Raises ProofSpent, and IdentifierTaken when it has an owner meanwhile.
    """
    with transaction.atomic():
        if not spend_first_proof(challenge, identifier.index):
            raise ProofSpent
        return _open(identifier, person, client_id=client.pk if client else None, ip=ip)


def set_first_password(account: Account, client: PartnerClient, password: str, *, ip: str) -> None:
    """Give a password to an account that this client opened at most ten minutes ago and that has none.

    Raises AccountUnavailable, PasswordKnown, and InvalidFields for a password that is too short, long or common.
    """
    require_good_password(password, account)
    hashed = make_password(password)
    with transaction.atomic():
        rows = Account.objects.select_for_update(no_key=True).filter(pk__in=just_opened_by(client))
        row = rows.only("password").filter(pk=account.pk).first()
        if row is None:
            raise AccountUnavailable
        if row.has_usable_password():
            raise PasswordKnown
        Account.objects.filter(pk=account.pk).update(password=hashed)
        record_event(account, EventAction.CREDENTIAL_ADDED, client=client, ip=ip)


def just_opened_by(client: PartnerClient) -> QuerySet[Account]:
    """The active accounts that may get their first password from this client."""
    since = timezone.now() - FIRST_PASSWORD_WITHIN
    opened = SignUp.objects.filter(client=client, proven_at__gte=since)
    return Account.objects.filter(status=AccountStatus.ACTIVE, pk__in=opened.values("account"))


def _settle(code: OneTimeCode, *, ip: str) -> None:
    row = code.sign_up
    assert row is not None  # noqa: S101 -- for the type checker: codes of sign-ups alone
    identifier = identifier_of(row)
    try:
        row.account = _open(identifier, orjson.loads(row.person), client_id=row.client_id, ip=ip)
    except IdentifierTaken:
        record_event(account_for(identifier), EventAction.OPENED_ALREADY, client=row.client_id, ip=ip)
    SignUp.objects.filter(pk=row.pk, proven_at=None).update(proven_at=timezone.now(), account=row.account)


def _open(identifier: Identifier, person: dict[str, Any], *, client_id: int | None, ip: str) -> Account:
    account = register_account(identifier, **person)
    record_event(account, EventAction.OPENED, client=client_id, ip=ip)
    queue_notices(account, NoticeKind.OPENED)
    return account
