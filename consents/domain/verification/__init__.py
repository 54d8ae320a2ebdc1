"""Does the ledger still say what was written? Everything that is stored twice is compared, everything that is hashed
is hashed again, and the chains are followed under a key that is not in the database.

Limit: who holds CONSENTS["LEDGER_KEY"] too can write another history. Who has the database alone and takes away the
last rows of a person with everything that speaks of them is found by a checkpoint only, and a changed account link of a
subject by nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from consents.domain.verification.checkpoint import Checkpoint, CheckpointWriter
from consents.domain.verification.counts import verify_counts
from consents.domain.verification.journal import verify_journal
from consents.domain.verification.keys import Keys
from consents.domain.verification.people import Verified, verify_people
from consents.domain.verification.texts import verify_texts
from consents.errors import LedgerFault

__all__ = ["Verified", "first_fault", "verify_ledger"]

Progress = Callable[[int], object]


def verify_ledger(*, checkpoint: Path | None = None, progress: Progress = lambda _people: None) -> Verified:
    """What was found sound. Raises LedgerFault with the first bad row, by kind and id, without personal data.

    `checkpoint` is a file kept outside of the database: everybody whom it knows must still be there with the same rows
    or more; when all is sound it is replaced, or made. Raises LedgerFault also for a file that was altered.
    What a key signed that was revoked since is no fault, and told in `Verified.revoked`.
    `progress` gets the number of people after each batch. Safe while decisions are being recorded.
    """
    former = Checkpoint.read(checkpoint) if checkpoint and checkpoint.exists() else Checkpoint()
    keys = Keys.of_site()
    texts = verify_texts()
    with CheckpointWriter(checkpoint) as writer:
        verified = verify_people(texts, keys, former, writer, progress)
        verify_journal(keys)
        former.require_nobody_lost()
        verify_counts()
        writer.replace()
    return replace(verified, revoked=tuple(keys.found_revoked()))


def first_fault() -> str | None:
    """The words of the first bad row; None when everything is sound."""
    try:
        verify_ledger()
    except LedgerFault as fault:
        return fault.description
    return None
