import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from consents.domain.erasure import erase_subject
from consents.domain.receipt_verification import proven_claims
from consents.enums import ErasureKind
from consents.models import Erasure, Subject
from tests.consents.acts import allow, publish
from tests.consents.signing import public_keys

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed")]
SHRED = ["--kind", "shred", "--yes"]


@pytest.fixture(autouse=True)
def rows(subject: Subject) -> None:
    publish("a")
    allow(subject, "a")


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command("erase_subject", *[str(argument) for argument in arguments], stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("by", ["subject", "account"])
def test_the_certificate_is_printed(by: str, subject: Subject, account: Any) -> None:
    named = [subject.pk] if by == "subject" else ["--account", account.pk]
    claims = proven_claims(run(*named, *SHRED).strip(), public_keys(), typ="consent-erasure+jwt")
    assert claims["sub"] == str(subject.pk)
    assert not Subject.objects.exists()


def test_without_a_signer_it_says_so(subject: Subject, settings: Any) -> None:
    settings.CONSENTS = {}
    assert "no certificate" in run(subject.pk, *SHRED)


@pytest.mark.parametrize(("typed", "erased"), [("yes", True), ("no", False), ("", False)])
def test_it_asks_first(typed: str, erased: bool, subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: typed)
    if erased:
        run(subject.pk, "--kind", "shred")
    else:
        with pytest.raises(CommandError, match="Nothing was erased"):
            run(subject.pk, "--kind", "shred")
    assert Erasure.objects.exists() is erased


@pytest.mark.parametrize(
    "arguments",
    [
        ["00000000-0000-4000-8000-000000000000", *SHRED],
        ["nobody", *SHRED],
        ["--account", "0", *SHRED],
        ["--account", "nobody", *SHRED],
        ["--due", "--export"],
        [],
        ["--replay", "/nowhere/journal"],
    ],
    ids=str,
)
def test_what_names_nobody_is_an_error(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
    assert Subject.objects.exists()


@pytest.mark.parametrize(
    "options",
    [["--yes"], ["--kind", "skeleton", "--yes"], [*SHRED, "--keep-until", "2099-01-01T00:00:00"]],
    ids=["no kind", "no basis", "no offset"],
)
def test_what_is_missing_is_an_error(options: list[str], subject: Subject) -> None:
    with pytest.raises(CommandError):
        run(subject.pk, *options)
    assert not Erasure.objects.exists()


def test_due_skeletons_are_shredded(subject: Subject) -> None:
    until = timezone.now() + timedelta(seconds=1)
    said = ["--kind", "skeleton", "--basis", "a law", "--keep-until", until.isoformat(), "--yes"]
    run(subject.pk, *said)
    assert run("--due") == ""
    with time_machine.travel(until):
        assert run("--due").count("\n") == 1
    assert not Subject.objects.exists()


def test_the_journal_goes_out_and_comes_back(subject: Subject, tmp_path: Path) -> None:
    backup = transaction.savepoint()
    erase_subject(subject, kind=ErasureKind.SHRED, actor_ref="officer")
    journal = tmp_path / "journal.jsonl"
    journal.write_text(run("--export"))
    transaction.savepoint_rollback(backup)
    assert run("--replay", journal) == "line 1: erased\n"
    assert run("--replay", journal) == "line 1: was erased already\n"
    assert not Subject.objects.exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", json.dumps({"id": 1})])
def test_a_foreign_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text(text)
    with pytest.raises(CommandError):
        run("--replay", tmp_path / "journal")
