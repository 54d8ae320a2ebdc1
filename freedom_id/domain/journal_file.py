"""The restore journal as a file: one JSON object a line, numbered without a gap, each with a keyed digest over itself
and the digest of the line before it. Written by `restore_journal` alone, one process at a time."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from typing import Any

from freedom_id.sealing import digest

LONGEST_TAIL = 256 * 1024  # many times the longest line


class JournalFault(Exception):
    """The file is not what was written, or of another database; in words for operators."""


@dataclass(frozen=True)
class Line:
    """What happened: `kind` to what is named in `about`; `after` is the digest of the line before it."""

    number: int
    key: str
    at: str
    kind: str
    about: Mapping[str, Any]
    after: str
    mac: str = ""

    def proven(self) -> "Line":
        """The same with its digest."""
        return Line(**{**asdict(self), "mac": self._mac()})

    def is_proven(self) -> bool:
        return compare_digest(self.mac, self._mac())

    def _mac(self) -> str:
        said = {name: value for name, value in asdict(self).items() if name != "mac"}
        return digest(json.dumps(said, sort_keys=True, separators=(",", ":")), "restore-journal")


def next_line(number: int, after: str, *, key: str, at: datetime, kind: str, about: Mapping[str, Any]) -> Line:
    """The line that follows the one with that number and digest."""
    return Line(number + 1, key, at.isoformat(), kind, about, after).proven()


def last_line(path: Path) -> Line | None:
    """The last whole line; None where there is no file, or nothing in it. Raises JournalFault and OSError."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_TAIL))
            whole = file.read().rpartition(b"\n")[0]
    except FileNotFoundError:
        return None
    return _parsed(whole.rpartition(b"\n")[2], path) if whole else None


def lines(path: Path) -> Iterator[Line]:
    """Every whole line, each proven and following the one before it. Raises JournalFault and OSError."""
    former: Line | None = None
    with path.open("rb") as file:
        for text in file:
            if not text.endswith(b"\n"):
                return  # its writer died, and the act is not in the file
            line = _parsed(text, path)
            if former and (line.number, line.after) != (former.number + 1, former.mac):
                raise JournalFault(f"Line {line.number} does not follow line {former.number}.")
            yield line
            former = line


def append(path: Path, written: Sequence[Line]) -> None:
    """Write the lines to the end, and to the disk; a half line that a dead writer left goes first. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LONGEST_TAIL))
        half = file.read().rpartition(b"\n")[2]
        file.seek(size - len(half))
        file.truncate()
        file.write(b"".join(json.dumps(asdict(line), sort_keys=True).encode() + b"\n" for line in written))
        file.flush()
        os.fsync(file.fileno())


def _parsed(text: bytes, path: Path) -> Line:
    try:
        line = Line(**json.loads(text))
        proven = line.is_proven()
    except (ValueError, TypeError):
        proven = False
    if not proven:
        raise JournalFault(f"{path.name} has a line that was altered, or is of another portal.")
    return line
