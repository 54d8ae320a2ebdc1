"""When a yes ends by itself."""

from calendar import monthrange
from datetime import datetime, timedelta

from django.utils import timezone

from consents.enums import LifespanAnchor
from consents.models import PurposeVersion


def expiry_of(version: PurposeVersion, *, first_yes: datetime, last_yes: datetime) -> datetime | None:
    """The end of a consent to `version`, None if it lasts until withdrawn.

    `first_yes` began the consent, `last_yes` is the latest renewal, or the same. Months are those of the site's
    calendar: from 31 January, one month ends on the last of February at the same local time.
    """
    start = first_yes if version.lifespan_anchor == LifespanAnchor.FIRST_YES else last_yes
    return end_of(start, lifespan=version.lifespan, months=version.lifespan_months)


def end_of(start: datetime, *, lifespan: timedelta | None, months: int | None) -> datetime | None:
    """When what lasts so long from `start` ends; months as above, None if it lasts until withdrawn."""
    if lifespan is not None:
        return start + lifespan
    return None if months is None else _months_later(start, months)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Of two ends the first; None is no end."""
    return min((end for end in (one, other) if end is not None), default=None)


def _months_later(start: datetime, months: int) -> datetime:
    local = timezone.localtime(start, timezone.get_default_timezone())
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(start.tzinfo)
