"""That the ledger was verified is a row, so that whoever watches can tell how long ago."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from consents.domain.verification import Progress, Verified, verify_ledger
from consents.errors import LedgerFault
from consents.models import LedgerVerification

EVERY = timedelta(days=1)


def verify_and_record(*, checkpoint: Path | None = None, progress: Progress = lambda _people: None) -> Verified:
    """As `verify_ledger`, which see; the result is kept either way. Raises LedgerFault after it was written down."""
    began_at = timezone.now()
    try:
        found = verify_ledger(checkpoint=checkpoint, progress=progress)
    except LedgerFault as fault:
        LedgerVerification.objects.create(began_at=began_at, ended_at=timezone.now(), fault=fault.description[:500])
        raise
    LedgerVerification.objects.create(began_at=began_at, ended_at=timezone.now(), people=found.people, rows=found.rows)
    return found


def last_verification() -> LedgerVerification | None:
    """The newest, sound or not; None where there was none."""
    return LedgerVerification.objects.order_by("-ended_at").first()


def verify_daily() -> None:
    """Verify and record, unless that was done within a day. A fault is not raised: whoever watches reads the row."""
    last = last_verification()
    if last is None or last.ended_at <= timezone.now() - EVERY:
        with suppress(LedgerFault):
            verify_and_record()
