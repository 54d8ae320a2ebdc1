"""Where a page of a person's history ended, as callers carry it: opaque to them, and no secret.

It is the epoch of the page's last row. Rows written later have a greater one, so they never move a page that was begun.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from consents.errors import InvalidRequest

LENGTH = 6  # bytes: eight letters, none of them padding
GREATEST = 2**31 - 1


def cursor_at(epoch: int) -> str:
    return urlsafe_b64encode(epoch.to_bytes(LENGTH, "big")).decode()


def read_cursor(text: str) -> int:
    """The epoch. Raises InvalidRequest for what `cursor_at` never wrote."""
    try:
        epoch = int.from_bytes(urlsafe_b64decode(text), "big")
        if epoch <= GREATEST and cursor_at(epoch) == text:
            return epoch
    except ValueError:
        pass
    raise InvalidRequest("before must be the next of an answer.")
