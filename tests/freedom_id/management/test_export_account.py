import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from freedom_id.domain.audit import readings_of
from freedom_id.domain.personal_copy import CHAPTERS
from freedom_id.enums import AuditAction
from freedom_id.models import Account, AuditEntry
from tests import leaks
from tests.factories.people import person, phone_of

pytestmark = pytest.mark.django_db


def export(*arguments: str) -> str:
    out = StringIO()
    call_command("export_account", *arguments, stdout=out)
    return out.getvalue()


def test_it_writes_the_whole_copy_for_its_owner_alone(tmp_path: Path) -> None:
    account, path = person(), tmp_path / "copy.json"
    said = export(str(account.pk), "--out", str(path))
    copy = json.loads(path.read_text())
    assert list(copy) == ["made_at", *CHAPTERS]
    assert phone_of(account) in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert phone_of(account) not in said
    entry = AuditEntry.objects.get(action=AuditAction.PERSON_COPIED)
    assert (entry.command, entry.account) == ("export_account", account)
    assert readings_of(account).get() == entry  # the person sees it in her journal


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "copy.json"
    path.write_text("mine")
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "elsewhere")
    for taken in (path, link):
        with pytest.raises(CommandError, match="exists"):
            export(str(person().pk), "--out", str(taken))
    assert path.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_name_the_file_lies_here_and_the_terminal_gets_it_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = person()
    monkeypatch.chdir(tmp_path)
    export(str(account.pk))
    assert [path.name for path in tmp_path.iterdir()] == [f"account-{account.pk}.json"]
    assert json.loads(export(str(account.pk), "--out", "-"))["account"][0]["ssoid"] == account.pk
    leaks.forget()  # stdout is no log


@pytest.mark.parametrize("erased", [False, True], ids=["never was", "erased"])
def test_who_is_not_there_is_not_exported(erased: bool, tmp_path: Path) -> None:
    account = person()
    Account.objects.filter(pk=account.pk).update(status="closed", closes_at=account.created_at)
    if erased:
        Account.objects.filter(pk=account.pk).update(erased_at=account.created_at)
    ssoid = account.pk if erased else account.pk + 999_999
    with pytest.raises(CommandError, match="no such account"):
        export(str(ssoid), "--out", str(tmp_path / "x"))
    assert not AuditEntry.objects.exists()
