"""What a restored older dump, or a person taken out whole, cannot hide: a file outside of the database."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from consents.domain.erasure import erase_subject, exported_journal, replay_erasure
from consents.domain.verification import verify_ledger
from consents.domain.verification.checkpoint import CheckpointWriter
from consents.enums import ErasureKind
from consents.errors import LedgerFault
from consents.models import ConsentState, ConsentTransaction, DailyCount, Receipt, Subject
from tests.consents.acts import allow, publish, triggers_dropped, withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint"


@pytest.fixture(autouse=True)
def rows(subject: Subject, stranger: Subject) -> None:
    publish("a")
    for person in (subject, stranger):
        allow(person, "a")


def fault(file: Path) -> str:
    with pytest.raises(LedgerFault) as caught:
        verify_ledger(checkpoint=file)
    return caught.value.description


def test_it_follows_the_ledger(file: Path, subject: Subject) -> None:
    verify_ledger(checkpoint=file)
    first = file.read_bytes()
    withdraw(subject, "a")
    verify_ledger(checkpoint=file)
    assert file.read_bytes() != first
    assert len(file.read_text().splitlines()) == len(first.decode().splitlines()) == 4  # title, two people, the proof


def test_a_restored_older_dump_is_found(file: Path, subject: Subject) -> None:
    backup = transaction.savepoint()
    withdraw(subject, "a")
    verify_ledger(checkpoint=file)
    transaction.savepoint_rollback(backup)
    kept = file.read_bytes()
    assert fault(file) == f"subject {subject.pk}: 1 rows, the checkpoint knows 2"
    assert file.read_bytes() == kept
    assert list(file.parent.iterdir()) == [file]


def test_another_history_of_the_same_length_is_found(file: Path, subject: Subject) -> None:
    backup = transaction.savepoint()
    withdraw(subject, "a")
    verify_ledger(checkpoint=file)
    transaction.savepoint_rollback(backup)
    [renewal] = allow(subject, "a")
    assert fault(file) == f"transaction {renewal.pk}: not the row that the checkpoint knows"


def test_a_person_taken_out_whole_is_found(file: Path, subject: Subject) -> None:
    verify_ledger(checkpoint=file)
    with triggers_dropped():
        for model in (ConsentState, ConsentTransaction, Receipt):
            model.objects.filter(subject=subject)._raw_delete("default")
        Subject.objects.filter(pk=subject.pk)._raw_delete("default")
        one = DailyCount.objects.exclude(number=0).first()
        DailyCount.objects.filter(pk=one.pk).update(number=one.number - 1)
    assert fault(file) == f"subject {subject.pk}: gone, but the checkpoint knows it"


@pytest.mark.parametrize("kind", ErasureKind)
def test_an_erasure_is_no_loss_but_a_backup_from_before_is(kind: ErasureKind, file: Path, subject: Subject) -> None:
    verify_ledger(checkpoint=file)
    backup = transaction.savepoint()
    basis = "a law" if kind == ErasureKind.SKELETON else ""
    erase_subject(subject, kind=kind, basis=basis, actor_ref="officer")
    verify_ledger(checkpoint=file)
    journal = list(exported_journal())
    transaction.savepoint_rollback(backup)
    assert "checkpoint knows" in fault(file)
    for line in journal:
        replay_erasure(line)
    if kind == ErasureKind.SHRED:
        verify_ledger(checkpoint=file)


@pytest.mark.parametrize("change", ["line", "proof", "title", "empty", "cut"])
def test_an_altered_file_proves_nothing(change: str, file: Path) -> None:
    verify_ledger(checkpoint=file)
    lines = file.read_text().splitlines(keepends=True)
    altered = {
        "line": [lines[0], lines[1].replace(" 1 ", " 2 "), *lines[2:]],
        "proof": [*lines[:-1], "0" * 64],
        "title": ["another\n", *lines[1:]],
        "empty": [],
        "cut": lines[:2] + lines[3:],
    }[change]
    file.write_text("".join(altered))
    assert fault(file) == "checkpoint: the file was altered, or is of another ledger"


def test_a_file_of_another_key_is_refused(file: Path, settings: Any) -> None:
    settings.CONSENTS = {"LEDGER_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
    with CheckpointWriter(file) as writer:
        writer.replace()
    settings.CONSENTS = {}
    assert "another ledger" in fault(file)


def test_the_file_says_nothing_of_anybody(file: Path, subject: Subject, account: Any) -> None:
    verify_ledger(checkpoint=file)
    person = Subject.objects.get(pk=subject.pk)
    assert f"subject {person.pk} 1 {person.head}\n" in file.read_text()
    assert str(account.pk) not in {word for line in file.read_text().splitlines() for word in line.split()}


def test_a_fault_leaves_the_former_file(file: Path) -> None:
    verify_ledger(checkpoint=file)
    former = file.read_bytes()
    ConsentState.objects.update(since=timezone.now() - timedelta(days=1))
    with pytest.raises(CommandError) as caught:
        call_command("verify_ledger", "--checkpoint", str(file))
    assert caught.value.returncode == 1
    assert file.read_bytes() == former


def test_the_command_makes_the_file(file: Path) -> None:
    out = StringIO()
    call_command("verify_ledger", "--checkpoint", str(file), stdout=out)
    assert out.getvalue() == "The ledger is sound: 2 rows of 2 people.\n"
    assert file.exists()
