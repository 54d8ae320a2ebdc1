"""The clock of the worker: of several beats one sends, the others wait to take its place."""

import logging
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)
LOCK = 5_283_018  # an advisory lock of the session: whoever dies gives it back
ASKED_AGAIN_AFTER = 5.0


class OneBeat(PersistentScheduler):  # type: ignore[misc]
    """Sends what is due only while it holds the lock. Without a database, which could tell, nobody sends; the tasks are
    about rows."""

    _session: int | None = None

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Seconds until the next look."""
        return float(super().tick(*args, **kwargs)) if self.is_the_one() else ASKED_AGAIN_AFTER

    def is_the_one(self) -> bool:
        """Whether this beat holds the lock, or got it just now."""
        if connection.vendor != "postgresql":
            return True
        try:
            return self._holds()
        except DatabaseError as error:
            logger.warning("no database, no beat: %s", type(error).__name__)
            connection.close()
            return False

    def _holds(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [session] = cursor.fetchone()
            if session != self._session:  # the first look, or the connection was lost and with it the lock
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
                [locked] = cursor.fetchone()
                self._session = session if locked else None
        return self._session is not None
