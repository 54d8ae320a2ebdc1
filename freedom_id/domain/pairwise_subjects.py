"""`sub` (OIDC Core §8): to a public client the Freedom ID, to a pairwise one an id that only its sector shares.

It is a keyed digest (§8.1), so it is not stored and cannot be turned back; only the holder of the server's key can tell
that two of them are one person.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

from freedom_id.sealing import digest

VERSION_8 = 8 << 76  # RFC 9562 §5.8: a UUID of one's own making
VARIANT = 2 << 62
FREE_BITS = ~(15 << 76 | 3 << 62)


def subject_of(freedom_id: UUID, sector: str) -> str:
    """The `sub` of this person for a client of this sector; "" is the sector of public clients."""
    if not sector:
        return str(freedom_id)
    drawn = int(digest(f"{sector} {freedom_id}", "pairwise-sub")[:32], 16)
    return str(UUID(int=drawn & FREE_BITS | VERSION_8 | VARIANT))


def sector_of(redirect_uris: Iterable[str]) -> str:
    """The sector that the addresses tell: their host, if they are https and have one host; else "" (§8.1). The loopback
    address and an app's own scheme are nobody's host."""
    try:
        parts = [urlsplit(uri) for uri in redirect_uris]
    except ValueError:
        return ""
    hosts = {part.hostname or "" for part in parts}
    return hosts.pop() if len(hosts) == 1 and {part.scheme for part in parts} == {"https"} else ""
