"""Which bytes of a file a request asks for (RFC 9110 §14), so that a broken download goes on where it stopped."""

import re

from django.http import HttpRequest

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """§15.5.17: none of the bytes that are asked for is there."""


def asked_range(request: HttpRequest, *, size: int, etag: str) -> tuple[int, int] | None:
    """(first byte, byte after the last); None for the whole. §14.2: what is not understood, or is more than one range,
    is as if it were not there; §13.1.5: so is a range of another file than `etag`. Raises Unsatisfiable."""
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= size or (not first and int(last) == 0):
        raise Unsatisfiable
    return (start, stop) if start < stop else None
