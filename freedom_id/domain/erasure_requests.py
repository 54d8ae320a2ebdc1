"""Staff erases a person by four eyes: one asks, another approves. Then the account is closed, and a day later erased by
the same hand that erases the accounts which people close (`account_erasures`)."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from consents.domain.subjects import find_subject
from consents.errors import LegalHold
from freedom_id.domain.closing import close_for_erasure
from freedom_id.domain.devices import hold_account
from freedom_id.enums import ErasureState
from freedom_id.errors import FreedomIdError
from freedom_id.models import Account, ErasureRequest


class ErasureRefused(FreedomIdError):
    """It was asked already or decided meanwhile, the account is erased, or belongs to staff."""

    http_status = 409
    message = "This erasure cannot be asked or decided now."


class NeedsAnother(ErasureRefused):
    """Who asks for an erasure does not approve it."""

    message = "Another member of staff has to approve it."


def ask_erasure(account: Account, *, by: Account, reason: str) -> ErasureRequest:
    """Ask for it; nothing else happens yet. Raises ErasureRefused, and LegalHold while one stands."""
    subject = find_subject(account.pk)
    if subject is not None and subject.legal_hold:
        raise LegalHold
    if account.erased_at is not None or account.is_staff or account.is_superuser:
        raise ErasureRefused
    try:
        with transaction.atomic():
            return ErasureRequest.objects.create(account=account, asked_by=by, reason=reason)
    except IntegrityError:  # one waits already
        raise ErasureRefused from None


def approve_erasure(asked: ErasureRequest, *, by: Account) -> None:
    """Another member of staff agrees: the account is closed now and erased after a day, in which the person is told.

    Raises NeedsAnother, ErasureRefused when it was decided or the account erased meanwhile, and LegalHold.
    """
    if asked.asked_by_id == by.pk:
        raise NeedsAnother
    with transaction.atomic():
        _decide(asked, ErasureState.APPROVED, by)
        account = Account.objects.get(pk=asked.account_id)
        if account.erased_at is not None:
            raise ErasureRefused
        close_for_erasure(account)


def dismiss_erasure(asked: ErasureRequest, *, by: Account) -> None:
    """It is not done; also who asked may say so. Raises ErasureRefused when it was decided meanwhile."""
    with transaction.atomic():
        _decide(asked, ErasureState.DISMISSED, by)


def _decide(asked: ErasureRequest, state: ErasureState, by: Account) -> None:
    """Compare-and-set, with the account held."""
    hold_account(asked.account_id)
    waiting = ErasureRequest.objects.filter(pk=asked.pk, state=ErasureState.WAITING)
    if not waiting.update(state=state, decided_by=by, decided_at=timezone.now()):
        raise ErasureRefused
