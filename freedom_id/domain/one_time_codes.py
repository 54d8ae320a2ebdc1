"""One-time codes by SMS and e-mail. The code is drawn in the worker and only its keyed digest is stored: it is never in
the database, the broker or a log. An address that nobody has takes the same way with the same answers."""

import hmac
import logging
import secrets
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from freedom_id.channels import channel_for
from freedom_id.conf import conf
from freedom_id.domain.accounts import credential_for, failures_of
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.rate_limits import (
    CODE_RESEND,
    CODES_PER_ADDRESS,
    CODES_PER_IP,
    FAILED_CODES,
    require_allowance,
    spend_allowance,
)
from freedom_id.models import Account, OneTimeCode
from freedom_id.models.one_time_code import MAX_ATTEMPTS
from freedom_id.sealing import digest
from freedom_id.tasks import task_deliver_one_time_code

logger = logging.getLogger(__name__)
LIFETIME = timedelta(minutes=5)
LEASE = timedelta(seconds=30)
DIGITS = 6


class CodeOutcome(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"


def request_code(identifier: Identifier, *, ip: str, locale: str, requested_by: str = "") -> UUID:
    """Queue a code for the address and retire the former one. Returns the challenge's id.

    `requested_by` names the partner in the message. Raises RateLimited: one per 60 s and five per hour for an address,
    twenty per hour for an IP.
    """
    spend_allowance(CODES_PER_IP, ip)
    spend_allowance(CODE_RESEND, identifier.index)
    spend_allowance(CODES_PER_ADDRESS, identifier.index)
    now = timezone.now()
    with transaction.atomic():
        _live(identifier).update(retired_at=now)
        proven = credential_for(identifier)
        code = OneTimeCode.objects.create(
            account=proven.account if proven else None,
            channel=identifier.channel,
            address=proven.value if proven else identifier.value,  # to the address that was proven, never as typed
            address_index=identifier.index,
            locale=locale,
            requested_by=requested_by,
            expires_at=now + LIFETIME,
        )
        dispatch_on_commit(task_deliver_one_time_code, code_id=str(code.pk))
    return code.pk


def deliver_code(code_id: str) -> None:
    """Worker: draw the code, store its digest, send it. A row that is taken, retired or late is left alone.

    A worker that dies between storing and sending leaves the row to the sweep, which draws a new code: the one that was
    never sent is overwritten, so there are never two.
    """
    now = timezone.now()
    text = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    taken = _due(now).filter(pk=code_id).update(due_at=now + LEASE, digest=_digest(code_id, text))
    if not taken:
        return
    code = OneTimeCode.objects.get(pk=code_id)
    if code.account_id is not None and not _sent(code, text):
        return
    OneTimeCode.objects.filter(pk=code_id).update(sent_at=timezone.now())


def _sent(code: OneTimeCode, text: str) -> bool:
    """Whether the channel took the message. Its error may carry the address, so only its kind is logged; the row stays
    due and the sweep tries again with a new code."""
    try:
        with translation.override(code.locale or None):
            channel_for(code.channel).send(
                code.address, subject=_("Your Freedom ID code"), text=message_text(text, code.requested_by)
            )
    except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
        logger.warning("a code was not sent by %s: %s", code.channel, type(error).__name__)
        return False
    return True


def verify_code(identifier: Identifier, code: str, *, challenge: UUID) -> tuple[CodeOutcome, Account | None]:
    """Judge a code for the challenge that this browser asked for. Counts the try and the failure even when it is wrong.

    At most five tries a challenge and ten failures an hour an account, over all challenges and addresses. Raises
    RateLimited.
    """
    failures = failures_of(identifier)
    require_allowance(FAILED_CODES, failures)
    with transaction.atomic():
        row = _live(identifier).select_for_update().filter(pk=challenge, expires_at__gt=timezone.now()).first()
        if row is None or row.attempts >= MAX_ATTEMPTS:
            outcome = CodeOutcome.SPENT
        else:
            row.attempts += 1
            right = bool(row.digest) and hmac.compare_digest(row.digest, _digest(str(row.pk), code))
            outcome = CodeOutcome.RIGHT if right and row.account_id else CodeOutcome.WRONG
            row.consumed_at = timezone.now() if outcome is CodeOutcome.RIGHT else None
            row.save(update_fields=["attempts", "consumed_at"])
    if outcome is CodeOutcome.RIGHT and row is not None:
        return outcome, row.account
    spend_allowance(FAILED_CODES, failures)
    return outcome, None


def message_text(code: str, requested_by: str) -> str:
    """The words of the message. The last line binds the code to our origin for browsers that fill it in (WebOTP)."""
    host = conf.issuer.partition("://")[2].partition(":")[0]
    if requested_by:
        first = _("%(code)s is your code to sign in to %(partner)s with Freedom ID.") % {
            "code": code,
            "partner": requested_by,
        }
    else:
        first = _("%(code)s is your code to sign in to Freedom ID.") % {"code": code}
    warning = _("Tell it to nobody. It is valid for 5 minutes.")
    return f"{first} {warning}\n\n@{host} #{code}"


def due_codes() -> list[str]:
    """Ids of codes that no worker took."""
    return [str(pk) for pk in _due(timezone.now()).values_list("pk", flat=True)[:500]]


def _due(now: datetime) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(
        sent_at__isnull=True, consumed_at__isnull=True, retired_at__isnull=True, due_at__lte=now, expires_at__gt=now
    )


def _live(identifier: Identifier) -> QuerySet[OneTimeCode]:
    return OneTimeCode.objects.filter(address_index=identifier.index, consumed_at__isnull=True, retired_at__isnull=True)


def _digest(code_id: str, text: str) -> str:
    return digest(f"{code_id}:{text}", "one-time-code")
