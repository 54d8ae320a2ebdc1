"""Limits on acts, counted in the database: exact under any race, and standing when the cache is away."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from freedom_id.errors import RateLimited
from freedom_id.models import Allowance


@dataclass(frozen=True)
class Limit:
    """At most `times` per `window` for each key."""

    name: str
    times: int
    window: timedelta


FAILED_SIGN_INS = Limit("sign-in", 5, timedelta(minutes=5))
FAILED_SIGN_INS_PER_IP = Limit("sign-in-ip", 50, timedelta(minutes=5))
CODE_RESEND = Limit("code-resend", 1, timedelta(seconds=60))
CODE_WAITS = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 15)]  # after the first, second, … code of an hour
CODES_PER_ADDRESS = Limit("codes", 5, timedelta(hours=1))
CODES_PER_IP = Limit("codes-ip", 20, timedelta(hours=1))
FAILED_CODES = Limit("code-failures", 10, timedelta(hours=1))
CODES_NOTED = Limit("codes-noted", 10, timedelta(hours=1))  # failures of codes that are over, in a journal
CODE_STREAK = Limit("code-streak", 100, timedelta(days=3650))  # NIST SP 800-63B §5.2.2: until another proof
SIGN_UP_STREAK = Limit("sign-up-streak", 100, timedelta(days=7))  # nobody is there who could give another proof
SIGN_UPS_PER_CLIENT = Limit("sign-ups", 600, timedelta(hours=1))
SECOND_FACTORS = Limit("second-factor", 5, timedelta(minutes=30))
SECOND_FACTOR_STREAK = Limit("second-factor-streak", 100, timedelta(days=3650))
DEVICE_SIGN_INS_PER_IP = Limit("device-sign-in-ip", 30, timedelta(minutes=5))
RECOVERIES = Limit("recovery", 3, timedelta(days=7))
TWO_STEP_REQUESTS = Limit("two-step", 5, timedelta(minutes=15))
FAILED_CLIENTS = Limit("client-auth", 10, timedelta(minutes=1))
FAILED_CLIENTS_PER_IP = Limit("client-auth-ip", 100, timedelta(minutes=1))
COPIES_PER_ACCOUNT = Limit("copies", 5, timedelta(days=1))
APPLICATIONS_PER_IP = Limit("applications-ip", 10, timedelta(hours=1))
APPLICATIONS_PER_ADDRESS = Limit("applications", 3, timedelta(days=1))
UNMASKINGS = Limit("unmasking", 20, timedelta(hours=1))
CUSTOMER_LOOK_UPS = Limit("customers", 600, timedelta(hours=1))

SPEND = """
INSERT INTO freedom_id_allowance (key, spent, window_ends_at) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    spent = CASE WHEN freedom_id_allowance.window_ends_at <= %s THEN 1 ELSE freedom_id_allowance.spent + 1 END,
    window_ends_at = CASE WHEN freedom_id_allowance.window_ends_at <= %s THEN excluded.window_ends_at
                          ELSE freedom_id_allowance.window_ends_at END
RETURNING spent, window_ends_at
"""


def spend_allowance(limit: Limit, key: str) -> None:
    """Count one act for `key`. Raises RateLimited (with the seconds to wait) when the limit is passed.

    The count is its own statement and stands even if the caller fails afterwards; call it outside a transaction that
    may be rolled back, unless what is counted is rolled back with it. In a transaction the key is held until its end.
    """
    now = timezone.now()
    convert = connection.ops.adapt_datetimefield_value
    moment, window_end = convert(now), convert(now + limit.window)
    with connection.cursor() as cursor:
        cursor.execute(SPEND, [f"{limit.name}:{key}", window_end, moment, moment])
        spent, window_ends_at = cursor.fetchone()
    if spent > limit.times:
        raise RateLimited(_seconds_until(window_ends_at, now))


def require_allowance(limit: Limit, key: str) -> None:
    """Raise RateLimited when the limit is used up already; counts nothing."""
    now = timezone.now()
    row = Allowance.objects.filter(key=f"{limit.name}:{key}", window_ends_at__gt=now, spent__gte=limit.times).first()
    if row:
        raise RateLimited(_seconds_until(row.window_ends_at, now))


def spent_allowance(limit: Limit, key: str) -> int:
    """How many acts were counted for `key` in its present window."""
    rows = Allowance.objects.filter(key=f"{limit.name}:{key}", window_ends_at__gt=timezone.now())
    return rows.values_list("spent", flat=True).first() or 0


def window_end(limit: Limit, key: str) -> datetime | None:
    """When the last window of `key` ends, or ended; None when nothing was counted, or it is purged."""
    return Allowance.objects.filter(key=f"{limit.name}:{key}").values_list("window_ends_at", flat=True).first()


def seconds_to_wait(limit: Limit, key: str) -> int:
    """Until the limit lets `key` act again; 0 when it does now."""
    try:
        require_allowance(limit, key)
    except RateLimited as error:
        return error.retry_after
    return 0


def return_allowance(limit: Limit, key: str) -> None:
    """Take one count back: what was counted beforehand was none of what is limited."""
    Allowance.objects.filter(key=f"{limit.name}:{key}", spent__gt=0).update(spent=F("spent") - 1)


def forget_allowance(limit: Limit, key: str) -> None:
    """A success clears the failures of its own key (never those of an IP)."""
    Allowance.objects.filter(key=f"{limit.name}:{key}").delete()


def _seconds_until(moment: datetime, now: datetime) -> int:
    if timezone.is_naive(moment):  # a plain cursor of SQLite answers in UTC without saying so
        moment = moment.replace(tzinfo=UTC)
    return max(1, round((moment - now).total_seconds()))
