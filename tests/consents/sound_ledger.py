"""What must hold of all rows of a person, whatever they did: they come by epoch, read with the subject."""

from collections import Counter
from typing import Any

from consents.ledger_chain import row_hash
from consents.models import ConsentTransaction


def assert_gap_free(rows: list[ConsentTransaction]) -> None:
    """Neither the epoch nor any unit's sequence leaves a number out."""
    assert [row.epoch for row in rows] == list(range(1, len(rows) + 1))
    seqs: Counter[tuple[Any, str]] = Counter()
    for row in rows:
        unit = (row.purpose_id, row.scope_key)
        seqs[unit] += 1
        assert row.subject_seq == seqs[unit]


def assert_chained(rows: list[ConsentTransaction]) -> None:
    """Each row follows from the one before, and the subject names the last."""
    before = ""
    for row in rows:
        assert row.row_hash == row_hash(row, before)
        before = row.row_hash
    for last in rows[-1:]:
        assert (last.subject.epoch, last.subject.head) == (last.epoch, last.row_hash)
