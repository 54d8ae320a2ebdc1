"""Decisions about a purpose against changes of it: the words that were read stay published until the decision commits.

Without it a consent to a version could commit just after its successor told everybody whose consent ended. SQLite has
one writer at a time and needs no lock.
"""

from collections.abc import Iterable
from hashlib import sha256

from django.db import connection


def hold_purposes(names: Iterable[str]) -> None:
    """Keep these purposes as they are until the transaction ends; any number of decisions may, at once.

    Take it after the person's lock and before reading what stands.
    """
    _lock("pg_advisory_xact_lock_shared", names)


def change_purpose(name: str) -> None:
    """Wait until every decision that holds the purpose is committed, and let new ones wait for this transaction."""
    _lock("pg_advisory_xact_lock", [name])


def _lock(function: str, names: Iterable[str]) -> None:
    if connection.vendor != "postgresql":
        return
    keys = sorted({_key(name) for name in names})
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(key) FROM unnest(%s::bigint[]) AS key", [keys])  # noqa: S608 -- constants


def _key(name: str) -> int:
    return int.from_bytes(sha256(f"consents.purpose:{name}".encode()).digest()[:8], signed=True)
