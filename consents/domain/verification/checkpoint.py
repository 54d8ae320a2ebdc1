"""What was there when the ledger was verified last, in a file outside of the database: how many rows each person had
and the hash of the last, and which erasures. So a restored older dump shows, and a person taken out whole.

One line per person or erasure, by random ids alone; the last line is an HMAC over the others under the ledger's key.
"""

import hmac
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from uuid import UUID

from consents.conf import conf
from consents.enums import ErasureKind
from consents.errors import LedgerFault
from consents.models import Erasure, Subject

TITLE = "consents checkpoint 1"


class Checkpoint:
    """What a file knows; empty without one."""

    def __init__(self, people: dict[UUID, tuple[int, str]] | None = None, erasures: set[UUID] | None = None) -> None:
        self.people = people or {}
        self.erasures = erasures or set()

    @classmethod
    def read(cls, path: Path) -> "Checkpoint":
        """Raises LedgerFault when the file is not one that this ledger's key made, whole."""
        found = cls()
        for kind, key, *rest in (line.split(" ") for line in _proven_lines(path)):
            if kind == "erasure":
                found.erasures.add(UUID(key))
            else:
                found.people[UUID(key)] = (int(rest[0]), rest[1])
        return found

    def compare(self, subject_id: UUID, rows: Sequence[Any]) -> None:
        """Whether the person has the rows that the file knows, and maybe more. Raises LedgerFault."""
        epoch, head = self.people.pop(subject_id, (0, ""))
        if epoch > len(rows):
            raise LedgerFault(f"subject {subject_id}: {len(rows)} rows, the checkpoint knows {epoch}")
        if epoch and rows[epoch - 1].row_hash != head:
            raise LedgerFault(f"transaction {rows[epoch - 1].id}: not the row that the checkpoint knows")

    def require_nobody_lost(self) -> None:
        """To be called when everybody was compared: who is left was shredded, or is a fault."""
        journal = Erasure.objects
        shredded = set(journal.filter(kind=ErasureKind.SHRED).values_list("subject_id", flat=True))
        for subject_id in sorted(self.people.keys() - shredded):
            raise LedgerFault(f"subject {subject_id}: gone, but the checkpoint knows it")
        for erasure_id in sorted(self.erasures - set(journal.values_list("pk", flat=True))):
            raise LedgerFault(f"erasure {erasure_id}: not in the journal, but the checkpoint knows it: replay it")


class CheckpointWriter:
    """Writes the next checkpoint beside the former and puts it in its place when all is sound. None writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._mac = hmac.new(conf.ledger_key, digestmod="sha256")

    def __enter__(self) -> "CheckpointWriter":
        if self._path is not None:
            self._file = self._beside.open("wb")
            self._write(TITLE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            self._beside.unlink(missing_ok=True)

    def add(self, subject: Subject) -> None:
        if subject.epoch:
            self._write(f"subject {subject.pk} {subject.epoch} {subject.head}")

    def replace(self) -> None:
        """Put the new file where the former was: whole, or not at all."""
        if self._file is None or self._path is None:
            return
        for erasure_id in Erasure.objects.order_by("pk").values_list("pk", flat=True):
            self._write(f"erasure {erasure_id}")
        self._file.write(f"{self._mac.hexdigest()}\n".encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._beside.replace(self._path)

    @property
    def _beside(self) -> Path:
        assert self._path is not None  # noqa: S101 -- for the type checker
        return self._path.with_name(f"{self._path.name}.new")

    def _write(self, line: str) -> None:
        if self._file is not None:
            content = f"{line}\n".encode()
            self._mac.update(content)
            self._file.write(content)


def _proven_lines(path: Path) -> Iterator[str]:
    title, *lines = path.read_bytes().splitlines(keepends=True) or [b""]
    proof = lines.pop().decode(errors="replace").strip() if lines else ""
    mac = hmac.digest(conf.ledger_key, title + b"".join(lines), "sha256").hex()
    if title != f"{TITLE}\n".encode() or not hmac.compare_digest(mac.encode(), proof.encode()):
        raise LedgerFault("checkpoint: the file was altered, or is of another ledger")
    return (line.decode().rstrip("\n") for line in lines)
