"""That a client read a person's data, for her to see. To the hour: a write with each would cost more than the read."""

from datetime import timedelta

from django.utils import timezone

from freedom_id.domain.rows import AccessRow
from freedom_id.domain.statements import mark_read

MARKED_EVERY = timedelta(hours=1)


def note_read(access: AccessRow) -> None:
    """The client behind `access` reads data now: one statement, and none for the hour after it."""
    now = timezone.now()
    if access.last_read_at is None or access.last_read_at <= now - MARKED_EVERY:
        mark_read(access.authorization_id, now=now, before=now - MARKED_EVERY)
