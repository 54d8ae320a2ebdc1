"""The rules of consent once more, as a fold over what happened. Shares no code with the app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Terms:
    """A published version. `lifespan` as a number is calendar months."""

    number: int
    at: datetime
    carry_over: str
    grace: timedelta | None
    lifespan: timedelta | int | None
    from_first_yes: bool


@dataclass(frozen=True)
class Answer:
    """What a person said last of one unit. `begun` is when the present yes was first said."""

    action: str
    number: int
    begun: datetime | None = None
    end: datetime | None = None

    @property
    def is_yes(self) -> bool:
        return self.action in {"allow", "renew"}


ALWAYS, TO_ITS_END = "always", "to its end"


def standing(versions: Sequence[Terms]) -> dict[int, object]:
    """How long a yes to each version number stands under the last of `versions`: a moment is when it stops."""
    kept: dict[int, object] = {}
    for terms in versions:
        in_force = [number for number, how in kept.items() if how is ALWAYS]
        if terms.carry_over == "none":
            kept = {}
        elif terms.carry_over == "until_expiry":
            kept = dict.fromkeys(in_force, TO_ITS_END)
        elif terms.grace is not None:
            kept = dict.fromkeys(in_force, terms.at + terms.grace)
        kept[terms.number] = ALWAYS
    return kept


def reason(last: Answer | None, versions: Sequence[Terms], now: datetime) -> str:
    """What a check says of a unit."""
    if last is None:
        return "none"
    if not last.is_yes:
        return {"refuse": "refused", "withdraw": "withdrawn"}[last.action]
    if last.end is not None and last.end <= now:
        return "expired"
    how = standing(versions).get(last.number)
    if how is TO_ITS_END:
        return "superseded" if last.end is None else "active"
    return "active" if how is ALWAYS or (isinstance(how, datetime) and now < how) else "superseded"


def answered(action: str, last: Answer | None, versions: Sequence[Terms], now: datetime) -> Answer:
    """What an allow or refuse of the present version makes of a unit."""
    terms = versions[-1]
    if action == "refuse":
        return Answer("refuse", terms.number)
    if last is not None and reason(last, versions, now) == "active":
        end = end_of(last.begun if terms.from_first_yes and last.begun else now, terms.lifespan)
        if end is None or end > now:
            return Answer("renew", terms.number, last.begun, end)
    return Answer("allow", terms.number, now, end_of(now, terms.lifespan))


def end_of(start: datetime, lifespan: timedelta | int | None) -> datetime | None:
    if not isinstance(lifespan, int):
        return None if lifespan is None else start + lifespan
    year, month = divmod(start.year * 12 + start.month - 1 + lifespan, 12)
    for day in range(start.day, 0, -1):
        try:
            return start.replace(year=year, month=month + 1, day=day)
        except ValueError:  # no such day in that month
            continue
    raise AssertionError
