"""Does the audit still say what was written? The chain is followed from its first entry under a key that is not in the
database, and compared with what was signed on the way.

Limit: who holds DIGEST_KEY too can write another history. Who has the database alone and takes away the newest entries
together with the checkpoints that know them is found by the line of the worker's log only.
"""

import logging
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from consents.domain.receipt_verification import key_id_of
from consents.errors import ConsentsError
from freedom_id.conf import conf
from freedom_id.domain.audit import hash_of
from freedom_id.domain.signing_keys import claims_of_own, sign
from freedom_id.enums import KeyState
from freedom_id.models import AuditCheckpoint, AuditEntry, SigningKey

logger = logging.getLogger(__name__)
TYP = "audit-checkpoint+jwt"


class AuditFault(Exception):
    """An entry or checkpoint is not what was written; the words name it by number, for operators."""


@dataclass(frozen=True)
class Head:
    """What the newest entry was at a moment; `number` 0 before the first."""

    number: int = 0
    hash: str = ""


def verify_audit_chain(*, known: Head | None = None) -> Head:
    """The newest entry, once every entry was found to be what was written. `known` is a head from the worker's log.

    Raises AuditFault with the first that was changed, removed, inserted or moved. Safe while entries are written."""
    head, expected = Head(), _checkpoints()
    if known and expected.setdefault(known.number, known.hash) != known.hash:
        raise AuditFault(f"Checkpoint {known.number} is not what the log says.")
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=1000):
        _judge(entry, head)
        head = Head(entry.number, entry.hash)
        if expected.pop(head.number, head.hash) != head.hash:
            raise AuditFault(f"Entry {head.number} is not the one that was signed.")
    if expected:
        raise AuditFault(f"Entry {head.number + 1} was removed: entry {max(expected)} was signed, and is gone.")
    return head


def make_checkpoint() -> Head | None:
    """Sign what the newest entry is, into a row and a line of the log; None when that is done already."""
    last = AuditEntry.objects.order_by("-number").only("hash").first()
    if last is None or AuditCheckpoint.objects.filter(pk=last.number).exists():
        return None
    now = timezone.now()
    jws = sign({"number": last.number, "hash": last.hash, "iat": int(now.timestamp()), "iss": conf.issuer}, typ=TYP)
    try:
        with transaction.atomic():
            AuditCheckpoint(number=last.number, hash=last.hash, signed_at=now, jws=jws).save(force_insert=True)
    except IntegrityError:  # another worker was quicker
        return None
    logger.info("audit head %d:%s", last.number, last.hash)
    return Head(last.number, last.hash)


def _judge(entry: AuditEntry, head: Head) -> None:
    """Whether `entry` is what was written after `head`."""
    if entry.number != head.number + 1:
        raise AuditFault(f"Entry {head.number + 1} was removed.")
    if entry.hash != hash_of(entry):
        raise AuditFault(f"Entry {entry.number} is not what was written: it was changed, inserted or moved.")
    if entry.previous_hash != head.hash:
        raise AuditFault(f"Entry {entry.number} does not follow entry {head.number}: one was put in the other's place.")


def _checkpoints() -> dict[int, str]:
    """The hash of each entry that was signed. What a key signed that is revoked by now proves nothing, and is left out:
    a later checkpoint knows of the same entries."""
    revoked = set(SigningKey.objects.filter(state=KeyState.REVOKED).values_list("kid", flat=True))
    found = {}
    for row in AuditCheckpoint.objects.order_by("number"):
        claims = claims_of_own(row.jws, typ=TYP)
        if (claims.get("number"), claims.get("hash")) == (row.number, row.hash):
            found[row.number] = row.hash
        elif _kid(row.jws) not in revoked:
            raise AuditFault(f"Checkpoint {row.number} is not what was signed.")
    return found


def _kid(jws: str) -> str | None:
    try:
        return key_id_of(jws, typ=TYP)
    except ConsentsError:
        return None
