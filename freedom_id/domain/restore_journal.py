"""What must not stand again after a restore from a backup, kept in a file beside the database (`RESTORE_JOURNAL`): who
was blocked, what was withdrawn, ended, revoked, erased. `note` is called in the transaction of the act, and the file is
written when that is committed; `journal_replay` does it all again to a restored database.

The row of a line outlives every crash: what is committed and not in the file yet waits for the sweep.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.journal_file import JournalFault, Line, append, last_line, lines, next_line
from freedom_id.enums import JournalKind
from freedom_id.models import JournalLine, JournalPosition

logger = logging.getLogger(__name__)
AT_A_TIME = 500
THE_ONE = 1
_silent: ContextVar[bool] = ContextVar("restore_journal_silent", default=False)


class JournalAhead(JournalFault):
    """The file knows what this database does not: it was restored from a backup, and `replay_journal` has to run."""

    def __init__(self) -> None:
        super().__init__("the restore journal was not replayed")


def note(kind: JournalKind, **about: Any) -> None:
    """Keep for a restore that this happened; call it in the transaction of the act. `about` is keys, digests and
    moments that JSON knows. Without a journal nothing is done."""
    if conf.restore_journal is None or _silent.get():
        return
    with transaction.atomic():
        JournalLine.objects.create(kind=kind, about=about)
    transaction.on_commit(write_waiting)


def write_journal() -> None:
    """Bring the lines that wait into the file. Raises JournalAhead where the database was restored and nothing was
    replayed yet, JournalFault for another portal's file, and OSError; the lines wait on, then."""
    path = conf.restore_journal
    while path is not None and JournalLine.objects.exists():
        with transaction.atomic():
            _write_some(path, locked_position())


def require_replayed() -> None:
    """Raises JournalAhead while the file knows what this database does not, JournalFault and OSError when it cannot be
    read. Without a journal nothing is asked."""
    path = conf.restore_journal
    last = last_line(path) if path else None
    if path is None or last is None or last.number <= _number() or _is_waiting([last.key]):
        return
    if last.number > _number():  # no writer ended in between
        raise JournalAhead


def require_written(*, within: timedelta) -> None:
    """Raises JournalFault when a line waits for longer. Without a journal nothing is asked."""
    waiting = JournalLine.objects.filter(happened_at__lte=timezone.now() - within)
    if conf.restore_journal is not None and waiting.exists():
        raise JournalFault("lines wait for the restore journal")


def locked_position() -> JournalPosition:
    """What the database knows of the file; who writes to it, or replays it, holds this row."""
    JournalPosition.objects.get_or_create(pk=THE_ONE)
    return JournalPosition.objects.select_for_update().get(pk=THE_ONE)


def advance(position: JournalPosition, line: Line) -> None:
    """The database knows the file up to this line."""
    position.number, position.mac = line.number, line.mac
    position.save(update_fields=["number", "mac"])


@contextmanager
def silent() -> Iterator[None]:
    """What happens inside is a replay: the file has it."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def write_waiting() -> None:
    """`write_journal` after a commit and in each sweep, which go on whatever goes wrong here."""
    try:
        write_journal()
    except Exception as error:  # noqa: BLE001 -- the row waits, and readiness tells of it
        logger.warning("a line waits for the restore journal: %s", type(error).__name__)


def _write_some(path: Path, position: JournalPosition) -> None:
    _settle(path, position)
    waiting = list(JournalLine.objects.order_by("pk")[:AT_A_TIME])
    written: list[Line] = []
    number, mac = position.number, position.mac
    for row in waiting:
        written.append(next_line(number, mac, key=str(row.key), at=row.happened_at, kind=row.kind, about=row.about))
        number, mac = written[-1].number, written[-1].mac
    if written:
        append(path, written)
        _known(position, written)


def _settle(path: Path, position: JournalPosition) -> None:
    """What the file has beyond the position was written by a process that died before it could say so, if all of it
    waits here; else this database is older than the file."""
    last = last_line(path)
    if last is None or (last.number, last.mac) == (position.number, position.mac):
        return
    if last.number <= position.number:
        raise JournalFault("The restore journal is not the one that this database wrote.")
    beyond = [line for line in lines(path) if line.number > position.number]
    if not _is_waiting([line.key for line in beyond]):
        raise JournalAhead
    _known(position, beyond)


def _known(position: JournalPosition, written: list[Line]) -> None:
    advance(position, written[-1])
    JournalLine.objects.filter(key__in=[line.key for line in written]).delete()


def _is_waiting(keys: Iterable[str]) -> bool:
    wanted = set(keys)
    return JournalLine.objects.filter(key__in=wanted).count() == len(wanted)


def _number() -> int:
    return JournalPosition.objects.values_list("number", flat=True).first() or 0
