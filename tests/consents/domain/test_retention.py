"""Evidence is destroyed when the consents of its submission stopped standing long enough ago; not an instant before."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from consents.domain.purposes import retire_purpose
from consents.domain.recording import record_decisions, withdraw_consents
from consents.domain.retention import due_evidence, purge_evidence
from consents.domain.verification import verify_ledger
from consents.enums import Action, Actor
from consents.models import ConsentTransaction, Evidence, Subject
from tests.consents.acts import CLIENT, allow, answers, open_point, publish, refuse, triggers_dropped, withdraw

pytestmark = pytest.mark.django_db
RETENTION = timedelta(days=100)
START = datetime(2027, 1, 1, 12, tzinfo=UTC)
EVER = START + timedelta(days=99_999)


@pytest.fixture(autouse=True)
def kept(settings: Any) -> None:
    settings.CONSENTS = {"EVIDENCE_RETENTION": RETENTION}


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def submit(subject: Subject, *names: str) -> Any:
    """Say yes with evidence; its id."""
    rows = record_decisions(
        subject,
        collection_point=open_point(*names),
        scope_key=CLIENT,
        decisions=answers(Action.ALLOW, *names),
        actor=Actor.SELF,
        evidence={"ip": "203.0.113.0"},
    )
    recorded_now(rows)
    return rows[0].evidence_id


def recorded_now(rows: list[ConsentTransaction]) -> None:
    """The database's clock does not travel with Python's."""
    with triggers_dropped():
        ConsentTransaction.objects.filter(pk__in=[row.pk for row in rows]).update(recorded_at=timezone.now())


ENDS: dict[str, Callable[[Subject], Any]] = {
    "withdrawn": lambda subject: recorded_now(withdraw(subject, "a")),
    "refused": lambda subject: recorded_now(refuse(subject, "a")),
    "newer words": lambda subject: publish("a", words="For something else."),
    "retired": lambda subject: retire_purpose("a"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(("after", "due"), [(-1, False), (0, True), (1, True)])
def test_it_is_due_when_the_time_after_the_end_is_over(
    end: str, after: int, due: bool, clock: Any, subject: Subject
) -> None:
    publish("a")
    evidence = submit(subject, "a")
    assert list(due_evidence(EVER)) == []
    clock.shift(timedelta(days=5))
    ENDS[end](subject)
    over = START + timedelta(days=5) + RETENTION
    found = list(due_evidence(over + timedelta(microseconds=after)))
    assert [(piece.evidence_id, piece.due_at) for piece in found] == ([(evidence, over)] if due else [])


def test_an_expiry_ends_it_and_a_renewal_moves_that(clock: Any, subject: Subject) -> None:
    publish("a", lifespan=timedelta(days=10))
    evidence = submit(subject, "a")
    [piece] = due_evidence(EVER)
    assert piece.due_at == START + timedelta(days=10) + RETENTION
    clock.shift(timedelta(days=9))
    allow(subject, "a")
    [piece] = due_evidence(EVER)
    assert (piece.evidence_id, piece.due_at) == (evidence, START + timedelta(days=19) + RETENTION)


def test_it_is_kept_while_one_consent_of_the_submission_stands(clock: Any, subject: Subject) -> None:
    publish("a")
    publish("b")
    submit(subject, "a", "b")
    withdraw(subject, "a")
    assert list(due_evidence(EVER)) == []
    withdraw(subject, "b")
    assert len(list(due_evidence(EVER))) == 1


def test_of_a_withdrawal_too(subject: Subject) -> None:
    publish("a")
    allow(subject, "a")
    withdraw_consents(subject, names=["a"], scope_key=CLIENT, actor=Actor.SELF, evidence={"ip": "203.0.113.0"})
    assert len(list(purge_evidence(EVER))) == 1
    assert not Evidence.objects.exists()


def test_a_legal_hold_keeps_it(subject: Subject) -> None:
    publish("a")
    submit(subject, "a")
    withdraw(subject, "a")
    Subject.objects.update(legal_hold="case 7")
    assert list(purge_evidence(EVER)) == []
    assert Evidence.objects.exists()


def test_without_a_retention_it_is_kept(subject: Subject, settings: Any) -> None:
    publish("a")
    submit(subject, "a")
    withdraw(subject, "a")
    settings.CONSENTS = {}
    assert list(purge_evidence(EVER)) == []


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("purge_evidence", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_lists_then_destroys_and_the_ledger_stays_sound(subject: Subject) -> None:
    publish("a")
    allow(subject, "a")
    [row] = withdraw_consents(subject, names=["a"], scope_key=CLIENT, actor=Actor.SELF, evidence={"ip": "203.0.113.0"})
    listed = f"evidence {row.evidence_id}: due {(row.recorded_at + RETENTION).isoformat()}\n"
    month = (timezone.now() + RETENTION + timedelta(days=30)).isoformat()
    assert run("--dry-run") == "0 pieces are due.\n"
    assert run("--dry-run", "--until", month) == f"{listed}1 pieces are due.\n"
    assert run("--until", month) == "0 pieces destroyed.\n"
    with time_machine.travel(row.recorded_at + RETENTION + timedelta(seconds=1)):
        assert run() == f"{listed}1 pieces destroyed.\n"
    assert verify_ledger().evidence_destroyed == 1
