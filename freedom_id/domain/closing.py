"""A person closes her account: nobody uses it from that moment on, and after thirty days nothing personal is left."""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from consents.domain.erasure import erase_subject
from consents.domain.subjects import find_subject
from consents.enums import ErasureKind
from consents.errors import LegalHold
from freedom_id.domain.accounts import sign_out_everywhere
from freedom_id.domain.authorizations import end_authorizations
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.events import record_event
from freedom_id.domain.notices import queue_notices
from freedom_id.enums import AccountStatus, EndReason, EventAction, NoticeKind
from freedom_id.models import (
    Account,
    AccountEvent,
    Authenticator,
    Credential,
    Device,
    FederatedId,
    Notice,
    OneTimeCode,
    Passkey,
    PasskeyChallenge,
    TwoStepChallenge,
)

logger = logging.getLogger(__name__)
ERASED_AFTER = timedelta(days=30)
BASIS = "Account closed; kept as proof (GDPR article 17(3)(e))"
ACTOR = "freedom_id.closing"
HELD = (
    *(Credential, Authenticator, FederatedId, Passkey, PasskeyChallenge),
    *(Notice, OneTimeCode, TwoStepChallenge, Device),
)
NOTHING = {
    **dict.fromkeys(("firstname", "lastname", "patronymic", "identifier", "gender", "country", "nationality"), ""),
    **{"locale": "", "date_of_birth": None, "last_login": None, "passkey_handle": None},
}


def close_account(act: PersonsAct) -> datetime:
    """Close the account; when it will be erased. All its authorizations, tokens, codes and sessions end with it.

    Raises FreshProofNeeded and AccountUnavailable.
    """
    act.require_fresh_proof()
    closes_at = timezone.now() + ERASED_AFTER
    with transaction.atomic():
        act.lock_account()
        Account.objects.filter(pk=act.account.pk).update(status=AccountStatus.CLOSED, closes_at=closes_at)
        end_authorizations(account_id=act.account.pk, reason=EndReason.ACCOUNT_CLOSED)
        sign_out_everywhere(act.account, reason=EndReason.ACCOUNT_CLOSED)
        record_event(act.account, EventAction.CLOSED, client=act.client, ip=act.ip)
        queue_notices(act.account, NoticeKind.CLOSED)
    return closes_at


def erase_closed_accounts() -> int:
    """Erase the accounts whose thirty days are over; how many. One under a legal hold waits for the next time."""
    due = Account.objects.filter(status=AccountStatus.CLOSED, closes_at__lte=timezone.now(), erased_at=None)
    return sum(_erase_account(ssoid) for ssoid in due.order_by("closes_at").values_list("pk", flat=True))


def _erase_account(ssoid: int) -> bool:
    try:
        with transaction.atomic():
            closed = Account.objects.select_for_update().filter(pk=ssoid, status=AccountStatus.CLOSED, erased_at=None)
            if not closed.values_list("pk", flat=True).first():
                return False
            _erase(ssoid)
    except LegalHold:
        logger.warning("an account that is to be erased is under a legal hold")
        return False
    return True


def _erase(ssoid: int) -> None:
    """The row stays, with nothing in it, as what the journal and the ended authorizations hang on."""
    subject = find_subject(ssoid)
    if subject is not None:
        erase_subject(subject, kind=ErasureKind.SKELETON, basis=BASIS, actor_ref=ACTOR)
    for model in HELD:
        model._default_manager.filter(account=ssoid).delete()
    AccountEvent.objects.filter(account=ssoid).update(ip=None)
    Account.objects.filter(pk=ssoid).update(password=make_password(None), erased_at=timezone.now(), **NOTHING)
