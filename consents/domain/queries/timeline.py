"""What a person agreed to as stretches of time, to be drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from consents.domain.check import ends_at, version_counts
from consents.domain.lifespans import earlier
from consents.domain.recording import YES
from consents.enums import Action
from consents.models import ConsentTransaction


@dataclass(frozen=True)
class Stretch:
    """A consent from its yes through its renewals. `end` None: one that `stands` has no end in sight; another is to
    words that count no more, since when its rows do not say."""

    start: datetime
    end: datetime | None
    stands: bool = False


@dataclass(frozen=True)
class Lane:
    """The consents to one purpose for one recipient, the oldest first; `scope_key` "" is everywhere."""

    purpose: str
    scope_key: str
    stretches: Sequence[Stretch]


def lanes_of(newest_first: Iterable[ConsentTransaction], now: datetime) -> list[Lane]:
    """The lanes of these decisions of a person, with purpose and version, in the order of their newest; what she never
    said yes to has none. A stretch that newer words ended before she said yes to them reaches to that yes."""
    units: dict[tuple[UUID, str], list[ConsentTransaction]] = {}
    for row in newest_first:
        units.setdefault((row.purpose_id, row.scope_key), []).append(row)
    lanes = [Lane(rows[0].purpose.name, key, _stretches(rows[::-1], now)) for (_purpose, key), rows in units.items()]
    return [lane for lane in lanes if lane.stretches]


def _stretches(rows: list[ConsentTransaction], now: datetime) -> list[Stretch]:
    found: list[Stretch] = []
    start: datetime | None = None
    for row, after in zip_longest(rows, rows[1:]):
        if row.action not in YES:
            continue
        start = start or row.occurred_at
        if after is None:
            found.append(_last(start, row, now))
        elif after.action != Action.RENEW:
            end = earlier(row.expires_at, after.occurred_at)
            found.append(Stretch(start, end and max(start, end)))
            start = None
    return found


def _last(start: datetime, row: ConsentTransaction, now: datetime) -> Stretch:
    """Of the unit's last word, which is a yes: the answer of a check."""
    number, purpose = row.purpose_version.number, row.purpose
    over = earlier(row.expires_at, purpose.retired_at)
    if over is not None and over <= now:
        return Stretch(start, max(start, over))
    if not version_counts(number, row.expires_at, purpose, now):
        return Stretch(start, None)
    return Stretch(start, ends_at(number, row.expires_at, purpose, purpose.retired_at), stands=True)
