"""RFC 9562 section 5.7: UUID version 7, a time-ordered identifier.

The 12 bits of rand_a carry the sub-millisecond fraction (section 6.2, method 3), and within one process every value
is greater than the one before, also when the clock stands still or steps back.
"""

import secrets
import threading
import time
import uuid

NANOSECONDS_PER_MILLISECOND = 1_000_000
FRACTION_BITS = 12
RANDOM_BITS = 62

_lock = threading.Lock()
_last_tick = 0


def uuid7() -> uuid.UUID:
    """A new UUIDv7; 62 bits of it are random."""
    tick = _next_tick()
    milliseconds, fraction = tick >> FRACTION_BITS, tick & ((1 << FRACTION_BITS) - 1)
    return uuid.UUID(
        int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    )


def _next_tick() -> int:
    """Milliseconds since the epoch with 12 binary places, strictly increasing."""
    global _last_tick  # noqa: PLW0603 -- the one state that monotonicity needs
    milliseconds, rest = divmod(time.time_ns(), NANOSECONDS_PER_MILLISECOND)
    tick = milliseconds << FRACTION_BITS | (rest << FRACTION_BITS) // NANOSECONDS_PER_MILLISECOND
    with _lock:
        _last_tick = max(tick, _last_tick + 1)
        return _last_tick
