"""One-time codes by SMS and e-mail: one table and one engine for our own pages and the Identity door. The code is drawn
in the worker and only its keyed digest is stored: it is never in the database, the broker or a log. An address that
nobody has takes the same way with the same answers; on our own pages its code is sent too, and whoever shows it may
open an account."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from freedom_id.domain.accounts import account_for, credential_for, failures_of_account
from freedom_id.domain.code_messages import send_code
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.events import record_event
from freedom_id.domain.faults import ERROR_LENGTH
from freedom_id.domain.identifiers import Identifier, country_of
from freedom_id.domain.rate_limits import (
    CODE_RESEND,
    CODE_STREAK,
    CODE_WAITS,
    CODES_PER_ADDRESS,
    CODES_PER_IP,
    FAILED_CODES,
    SIGN_UP_STREAK,
    Limit,
    forget_allowance,
    return_allowance,
    spend_allowance,
    spent_allowance,
)
from freedom_id.enums import Channel, CodePurpose, EventAction
from freedom_id.errors import RateLimited
from freedom_id.models import Account, OneTimeCode, PartnerClient, SignUp
from freedom_id.models.one_time_code import LIVE, MAX_ATTEMPTS, MAX_RESENDS, RESENT_WITHIN, draw_ref_code
from freedom_id.sealing import digest
from freedom_id.tasks import task_deliver_one_time_code

LIFETIME = timedelta(minutes=5)
PROOF_KEPT = timedelta(minutes=5)
FIRST_PROOF_KEPT = timedelta(minutes=10)
LEASE = timedelta(seconds=30)
DIGITS = 6
SIGNS_IN = {CodePurpose.SIGN_IN, CodePurpose.SIGN_UP}  # on our own pages, whoever asked to open an account
OF_ONES_OWN_ADDRESS = {CodePurpose.SIGN_IN, CodePurpose.STEP_UP, CodePurpose.SIGN_UP, CodePurpose.RECOVERY}


class CodeOutcome(Enum):
    """OFF: guessed at too often in a row, until the person proves to be it in another way."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a code goes: to `value` for `account`. Without an account it goes nowhere at the Identity door, but for a
    sign-up's. `index` is what limits and the one live code know the address by."""

    account: Account | None
    channel: Channel
    value: str
    index: str


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """Why a code is asked for, and by whom: the caller's IP, the client at the Identity door, the partner's name in
    the message. Without a locale the message speaks the person's language. `sign_up` is a new one, written with its
    code. What an operator asks without the person is in her journal."""

    ip: str
    locale: str = ""
    requested_by: str = ""
    purpose: CodePurpose = CodePurpose.SIGN_IN
    client: PartnerClient | None = None
    sign_up: SignUp | None = None
    by_operator: bool = False


def request_code(
    identifier: Identifier, *, ip: str, locale: str, requested_by: str = "", opening: bool = False
) -> UUID:
    """Queue a sign-in code of our own pages for the address and retire the former one. Returns the challenge's id.

    `requested_by` names the partner in the message, `opening` says that the person wants to open an account: it changes
    the words alone. Raises RateLimited as `ask_code` does.
    """
    proven = credential_for(identifier)
    recipient = Recipient(
        account=proven.account if proven else None,
        channel=identifier.channel,
        value=proven.value if proven else identifier.value,  # to the address that was proven, never as typed
        index=identifier.index,
    )
    purpose = CodePurpose.SIGN_UP if opening else CodePurpose.SIGN_IN
    return ask_code(recipient, CodeRequest(ip, locale, requested_by, purpose)).pk


def ask_code(recipient: Recipient, request: CodeRequest) -> OneTimeCode:
    """Queue a code and retire the former one of the same door, purpose and account. Returns the challenge.

    Raises RateLimited, over all doors: a wait of 1, 2, 5, 15 minutes between codes for an address, five of them an
    hour, twenty an hour for an IP.
    """
    _spend_message(recipient.index, request.ip)
    now = timezone.now()
    same: dict[str, Any] = {"client": request.client, "purpose": request.purpose, "address_index": recipient.index}
    if request.client is not None:  # on our own pages an address has one live code, whoever has it
        same["account"] = recipient.account
    with transaction.atomic():
        OneTimeCode.objects.filter(LIVE, **same).update(retired_at=now, updated_at=now)
        if request.sign_up is not None:
            request.sign_up.save(force_insert=True)
        code = OneTimeCode.objects.create(
            **(same | {"account": recipient.account}),
            sign_up=request.sign_up,
            channel=recipient.channel,
            address=recipient.value,
            country=country_of(recipient.value) if recipient.channel == Channel.SMS else "",
            locale=request.locale,
            requested_by=request.requested_by,
            created_at=now,
            updated_at=now,
            expires_at=now + LIFETIME,
        )
        if request.by_operator:
            record_event(recipient.account, EventAction.CODE_ASKED, client=request.client, ip=request.ip)
        dispatch_on_commit(task_deliver_one_time_code, code_id=str(code.pk))
    return code


def resend_code(code: OneTimeCode, *, ip: str) -> OneTimeCode | None:
    """Start the challenge over with a new code and reference; the old ones are nothing from now on. None when it was
    used, blocked, replaced, resent three times, or is older than 15 minutes. Raises RateLimited as `ask_code` does."""
    if not code.may_be_resent_at(timezone.now()):
        return None
    _spend_message(code.address_index, ip)
    with transaction.atomic():
        row = OneTimeCode.objects.select_for_update().get(pk=code.pk)
        now = timezone.now()
        if not row.may_be_resent_at(now) or row.resends >= MAX_RESENDS:
            return None
        row.ref_code = _another_reference(row.ref_code)
        row.digest, row.attempts, row.resends = "", 0, row.resends + 1
        row.sent_at = row.delivered_at = row.undelivered_at = None
        row.due_at = row.updated_at = now
        row.expires_at = min(now + LIFETIME, row.created_at + RESENT_WITHIN)
        row.save()
        dispatch_on_commit(task_deliver_one_time_code, code_id=str(row.pk))
    return row


def verify_code(
    identifier: Identifier, code: str, *, challenge: UUID, ip: str | None = None
) -> tuple[CodeOutcome, Account | None]:
    """Judge a sign-in code of our own pages for the challenge that this browser asked for. A right one comes with the
    account that has the address, None if nobody has it. Raises RateLimited as `judge_code` does."""
    codes = OneTimeCode.objects.filter(pk=challenge, address_index=identifier.index, purpose__in=SIGNS_IN, client=None)
    outcome, row = judge_code(codes, code, ip=ip)
    if row is None or outcome is not CodeOutcome.RIGHT:
        return outcome, None
    return outcome, row.account or account_for(identifier)


def judge_code(
    codes: QuerySet[OneTimeCode],
    code: str,
    *,
    ref_code: str | None = None,
    ip: str | None = None,
    on_right: Callable[[OneTimeCode], None] | None = None,
) -> tuple[CodeOutcome, OneTimeCode | None]:
    """Judge a code (and its reference, where the door asks for it) for the one challenge among `codes`.

    At most five tries a code and ten failures an hour an account, over all challenges, addresses and doors; after a
    hundred in a row codes are off. The try is counted in the transaction that judges it, under the locks of the
    challenge and of the count, so parallel guesses queue and without the database nothing is judged. `on_right` does
    in that transaction what a right code is for. The fifth wrong try, and a right one that confirms an act, are in the
    journal, with the caller's `ip`. Raises RateLimited.
    """
    with transaction.atomic():
        row = codes.select_for_update().first()
        if row is None or not row.is_open_at(timezone.now()):
            return CodeOutcome.SPENT, row
        verdict = _judge(row, code, ref_code)
        if verdict is CodeOutcome.RIGHT and on_right is not None:
            on_right(row)
        _journal(row, verdict, ip)
    if isinstance(verdict, RateLimited):  # raised here: the count must stay
        raise verdict
    return verdict, row


def _judge(row: OneTimeCode, code: str, ref_code: str | None) -> CodeOutcome | RateLimited:
    failures, streak = _counted_under(row)
    try:
        spend_allowance(FAILED_CODES, failures)
    except RateLimited as error:
        return error
    try:
        spend_allowance(streak, failures)
    except RateLimited:
        return_allowance(FAILED_CODES, failures)
        return CodeOutcome.OFF
    same_code = bool(row.digest) and hmac.compare_digest(row.digest, _digest(str(row.pk), code))
    right = same_code and ref_code in (None, row.ref_code) and row.is_somebodys
    row.attempts += 1
    row.updated_at = timezone.now()
    row.consumed_at = row.updated_at if right else None
    row.save(update_fields=["attempts", "updated_at", "consumed_at"])
    if right:
        _forgive(row)
    return CodeOutcome.RIGHT if right else CodeOutcome.WRONG


def _counted_under(row: OneTimeCode) -> tuple[str, Limit]:
    """A client's sign-ups count alone: who guesses at their codes keeps nobody from signing in, and the other way
    round."""
    if row.sign_up_id is not None:
        return f"sign-up-{row.address_index}", SIGN_UP_STREAK
    if row.account_id is None:
        return row.address_index, SIGN_UP_STREAK
    return failures_of_account(row.account_id), CODE_STREAK


def _journal(row: OneTimeCode, verdict: CodeOutcome | RateLimited, ip: str | None) -> None:
    if verdict is CodeOutcome.RIGHT and row.purpose == CodePurpose.STEP_UP:
        record_event(row.account_id, EventAction.CODE_CONFIRMED, client=row.client_id, ip=ip)
    elif verdict is CodeOutcome.WRONG and row.attempts >= MAX_ATTEMPTS:
        record_event(row.account_id, EventAction.CODE_LOCKED, client=row.client_id, ip=ip)


def _forgive(row: OneTimeCode) -> None:
    """The try was no failure. A row of failures ends with a proof of the person's own address, not of a new one."""
    failures, streak = _counted_under(row)
    return_allowance(FAILED_CODES, failures)
    if row.purpose in OF_ONES_OWN_ADDRESS:
        forget_allowance(streak, failures)
    else:
        return_allowance(streak, failures)


def spend_proof(code_id: UUID, *, account: Account, client: PartnerClient | None, index: str) -> bool:
    """Use what a code of the purpose `credential` proved: once, by the client that asked it (None: our own pages), for
    this account and address, within five minutes. False when it is none such."""
    now = timezone.now()
    proven = OneTimeCode.objects.filter(
        pk=code_id, account=account, client=client, address_index=index, purpose=CodePurpose.CREDENTIAL
    )
    return bool(proven.filter(consumed_at__gte=now - PROOF_KEPT, used_at__isnull=True).update(used_at=now))


def has_first_proof(challenge: UUID, index: str) -> bool:
    """Whether the code of this challenge of our own pages proved the address, which nobody had, in the last ten
    minutes, and opened no account yet."""
    return _first_proof(challenge, index).exists()


def spend_first_proof(challenge: UUID, index: str) -> bool:
    """Use that proof, once. False when there is none such."""
    return bool(_first_proof(challenge, index).update(used_at=timezone.now()))


def _first_proof(challenge: UUID, index: str) -> QuerySet[OneTimeCode]:
    codes = OneTimeCode.objects.filter(pk=challenge, address_index=index, client=None, account=None)
    since = timezone.now() - FIRST_PROOF_KEPT
    return codes.filter(purpose__in=SIGNS_IN, consumed_at__gte=since, used_at__isnull=True)


def retire_codes(account: Account, index: str) -> None:
    """No code on its way to this address does anything for the account any more: the address is not hers now."""
    now = timezone.now()
    OneTimeCode.objects.filter(LIVE, account=account, address_index=index).update(retired_at=now, updated_at=now)


def deliver_code(code_id: str) -> None:
    """Worker: draw the code, store its digest, send it. A row that is taken, retired or late is left alone.

    A worker that dies between storing and sending leaves the row to the sweep, which draws a new code: the one that was
    never sent is overwritten, so there are never two.
    """
    now = timezone.now()
    text = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    drawn = _digest(code_id, text)
    if not _due(now).filter(pk=code_id).update(due_at=now + LEASE, digest=drawn, tries=F("tries") + 1):
        return
    mine = OneTimeCode.objects.filter(pk=code_id, digest=drawn)  # not any more when it is resent meanwhile
    code = mine.select_related("account").first()
    if code is None:
        return
    refused = send_code(code, text) if code.is_somebodys else None
    if refused is None:
        mine.update(sent_at=timezone.now())
    else:
        mine.update(due_at=now + max(LEASE, refused.retry_after), last_error=str(refused)[:ERROR_LENGTH])


def due_codes() -> list[str]:
    """Ids of codes that no worker took."""
    return [str(pk) for pk in _due(timezone.now()).values_list("pk", flat=True)[:500]]


def _spend_message(index: str, ip: str) -> None:
    spend_allowance(CODES_PER_IP, ip)
    wait = CODE_WAITS[min(spent_allowance(CODES_PER_ADDRESS, index), len(CODE_WAITS) - 1)]
    spend_allowance(replace(CODE_RESEND, window=wait), index)
    spend_allowance(CODES_PER_ADDRESS, index)


def _another_reference(former: str) -> str:
    while (drawn := draw_ref_code()) == former:
        pass
    return drawn


def _due(now: datetime) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(
        sent_at__isnull=True, consumed_at__isnull=True, retired_at__isnull=True, due_at__lte=now, expires_at__gt=now
    )


def _digest(code_id: str, text: str) -> str:
    return digest(f"{code_id}:{text}", "one-time-code")
