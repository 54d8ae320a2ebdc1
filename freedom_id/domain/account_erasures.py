"""Closed accounts are erased when the promised days are over: queued by whoever closes one, carried out by the worker.
The states stand in `enums.AccountErasureState`."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from consents.domain.erasure import erase_subject
from consents.domain.subjects import find_subject
from consents.enums import ErasureKind
from consents.errors import LegalHold
from freedom_id.domain.faults import ERROR_LENGTH
from freedom_id.domain.restore_journal import note
from freedom_id.enums import AccountErasureState, AccountStatus, ErasureOrigin, ErasureState, JournalKind
from freedom_id.models import (
    Account,
    AccountErasure,
    AccountEvent,
    AccountNote,
    Authenticator,
    AuthorizationRequest,
    BackchannelLogout,
    Credential,
    Device,
    DeviceSignIn,
    ErasureRequest,
    FactorRecovery,
    FederatedId,
    Notice,
    OneTimeCode,
    Passkey,
    PasskeyChallenge,
    PersonalCopy,
    TwoStepChallenge,
)

ERASED_AFTER = timedelta(days=30)
ERASED_BY_STAFF_AFTER = timedelta(days=1)
LEASE = timedelta(seconds=60)
RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 120, 720)]
ASKED_AGAIN_AFTER = timedelta(days=1)  # whether the legal hold was lifted
LEGAL_HOLD = "legal hold"
WORKER_LOST = "worker lost"
BASIS = "Account closed; kept as proof (GDPR article 17(3)(e))"
ACTOR = "freedom_id.closing"
HELD = (
    *(Credential, Authenticator, FederatedId, Passkey, PasskeyChallenge),
    *(Notice, OneTimeCode, TwoStepChallenge, Device, BackchannelLogout, PersonalCopy),
    *(DeviceSignIn, FactorRecovery, AuthorizationRequest, AccountNote),
)
NOTHING = {
    **dict.fromkeys(("firstname", "lastname", "patronymic", "identifier", "gender", "country", "nationality"), ""),
    **{"locale": "", "date_of_birth": None, "last_login": None, "passkey_handle": None},
    **{"firstname_index": None, "lastname_index": None},
}


def queue_erasure(account: Account, *, closes_at: datetime, origin: ErasureOrigin) -> None:
    """The account is to be erased at `closes_at`; call it in the transaction that closes it. What was promised before
    gives way to this."""
    promise = {"origin": origin, "closed_at": timezone.now(), "not_before": closes_at, "due_at": closes_at}
    anew = {"state": AccountErasureState.WAITING, "attempts": 0, "last_error": "", "lease": None, "finished_at": None}
    AccountErasure.objects.update_or_create(account=account, defaults={**promise, **anew})


def queue_closed_accounts() -> None:
    """Queue the accounts that were closed by a former release, which knew no queue and still served beside this one."""
    queued = AccountErasure.objects.filter(account=OuterRef("pk"))
    approved = ErasureRequest.objects.filter(account=OuterRef("pk"), state=ErasureState.APPROVED)
    closed = Account.objects.filter(~Exists(queued), status=AccountStatus.CLOSED, erased_at=None)
    forgotten = closed.annotate(by_staff=Exists(approved)).values_list("pk", "closes_at", "by_staff")
    rows = [_queued(ssoid, closes_at, by_staff) for ssoid, closes_at, by_staff in forgotten if closes_at]
    AccountErasure.objects.bulk_create(rows, ignore_conflicts=True)


def due_erasures() -> list[str]:
    """Ids of those whose time has come, and of which no worker has a lease."""
    return [str(pk) for pk in _due(timezone.now()).order_by("due_at").values_list("pk", flat=True)[:100]]


def carry_out_erasure(erasure_id: str) -> None:
    """Worker: claim → erase, in one transaction with the end of the row.

    A task may come twice, late, or be killed at any line: a try counts from the claim on, and a row whose lease is over
    is claimed anew. A legal hold puts it off by a day and counts for nothing; any other fault is kept by its kind and
    raised, tried again after each of RETRY_AFTER, and given up then.
    """
    erasure = _claim(erasure_id, uuid4())
    if erasure is None:
        return
    held = AccountErasure.objects.filter(pk=erasure.pk, lease=erasure.lease)
    try:
        _erase_held(erasure, held)
    except LegalHold:
        again = timezone.now() + ASKED_AGAIN_AFTER
        held.update(lease=None, due_at=again, attempts=F("attempts") - 1, last_error=LEGAL_HOLD)
    except Exception as error:
        held.update(lease=None, last_error=type(error).__name__[:ERROR_LENGTH], **_after_fault(erasure.attempts))
        raise


def erase_account(ssoid: int) -> bool:
    """Erase a closed account now, which ends its row of the queue. False when it was erased before.

    Raises Account.DoesNotExist when it is not closed, and LegalHold.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().only("erased_at").get(pk=ssoid, status=AccountStatus.CLOSED)
        if account.erased_at is None:
            _erase(ssoid)
        done = {"state": AccountErasureState.DONE, "finished_at": timezone.now(), "lease": None, "last_error": ""}
        AccountErasure.objects.filter(account=ssoid).update(**done)
    return account.erased_at is None


def _queued(ssoid: int, closes_at: datetime, by_staff: bool) -> AccountErasure:
    origin, days = (ErasureOrigin.STAFF, ERASED_BY_STAFF_AFTER) if by_staff else (ErasureOrigin.PERSON, ERASED_AFTER)
    times = {"closed_at": closes_at - days, "not_before": closes_at, "due_at": closes_at}
    return AccountErasure(account_id=ssoid, origin=origin, **times)


def _due(now: datetime) -> QuerySet[AccountErasure]:
    return AccountErasure.objects.filter(state=AccountErasureState.WAITING, due_at__lte=now)


def _claim(erasure_id: str, lease: UUID) -> AccountErasure | None:
    now = timezone.now()
    due = _due(now).filter(pk=erasure_id)
    given_up = {"state": AccountErasureState.GIVEN_UP, "last_error": WORKER_LOST, "finished_at": now, "lease": None}
    if due.filter(attempts__gt=len(RETRY_AFTER)).update(**given_up):
        return None
    claimed = due.update(lease=lease, due_at=now + LEASE, attempts=F("attempts") + 1)
    return AccountErasure.objects.filter(pk=erasure_id, lease=lease).first() if claimed else None


def _erase_held(erasure: AccountErasure, held: QuerySet[AccountErasure]) -> None:
    """Unless somebody else erased it meanwhile, or closed it anew with other days: who does so holds the account."""
    with transaction.atomic():
        Account.objects.select_for_update().only("pk").get(pk=erasure.account_id)
        if held.exists():
            erase_account(erasure.account_id)


def _after_fault(attempts: int) -> dict[str, Any]:
    now = timezone.now()
    if attempts > len(RETRY_AFTER):
        return {"state": AccountErasureState.GIVEN_UP, "finished_at": now}
    return {"due_at": now + RETRY_AFTER[attempts - 1]}


def _erase(ssoid: int) -> None:
    """The account's row stays, with nothing in it, as what the journal and the ended authorizations hang on."""
    subject = find_subject(ssoid)
    if subject is not None:
        erase_subject(subject, kind=ErasureKind.SKELETON, basis=BASIS, actor_ref=ACTOR)
    for model in HELD:
        model._default_manager.filter(account=ssoid).delete()
    AccountEvent.objects.filter(account=ssoid).update(ip=None)
    Account.objects.filter(pk=ssoid).update(password=make_password(None), erased_at=timezone.now(), **NOTHING)
    note(JournalKind.ACCOUNT_ERASED, account=ssoid)
