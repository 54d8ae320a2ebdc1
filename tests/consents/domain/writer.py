"""A process of its own in a race: it toggles one consent, says what it wrote, and checks. `test_races` starts it."""

import mmap
import time
from pathlib import Path
from uuid import UUID

from django.test import override_settings

from consents.domain.collection_points import collection_point_for
from consents.domain.recording import record_decisions, withdraw_consents
from consents.enums import Action, Actor
from consents.models import ConsentTransaction, Subject
from tests.consents.acts import CLIENT, answers, check

WIDTH = 8  # bytes of a sequence number


@override_settings(CONSENTS={})
def write_and_check(subject_id: str, board: str, number: str, writes: str) -> None:
    """Fails when a check is older than a write that any process had put on the board before it.

    The board is a file that all share: the last acknowledged sequence number of each process, ours at `number`.
    """
    subject = Subject.objects.get(pk=UUID(subject_id))
    point, decisions = collection_point_for(CLIENT, name="sign-in"), answers(Action.ALLOW, "a")
    with Path(board).open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared, memoryview(shared).cast("Q") as seen:
        for turn in range(int(writes)):
            if turn % 2:
                rows = withdraw_consents(subject, names=["a"], scope_key=CLIENT, actor=Actor.SELF)
            else:
                rows = record_decisions(
                    subject, collection_point=point, scope_key=CLIENT, decisions=decisions, actor=Actor.SELF
                )
            seen[int(number)] = rows[0].subject_seq
            while not all(seen):  # nobody goes on before everybody has begun
                time.sleep(0.01)
            acknowledged = max(seen)
            found = ConsentTransaction.objects.get(pk=check(subject, "a").transaction_id).subject_seq
            if found < acknowledged:
                raise SystemExit(f"the check saw row {found} after row {acknowledged} was acknowledged")
