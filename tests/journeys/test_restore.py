"""The runbook "Restore from a backup", step by step: what was blocked, withdrawn, revoked and erased since the backup
stands again in the restored rows, nothing serves, and after the replay all of it is gone as before."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from consents.domain.erasure import erase_subject
from consents.domain.subjects import find_subject, subject_for_account
from consents.domain.verification import first_fault
from consents.enums import ErasureKind
from freedom_id.domain.accounts import block_account, unblock_account
from freedom_id.domain.audit import By
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.client_secrets import revoke_previous_secret, rotate_secret
from freedom_id.domain.client_status import close_client, resume_client, suspend_client
from freedom_id.domain.closing import end_account
from freedom_id.domain.credentials import PersonsAct, remove_credential, set_password
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.journal_file import JournalFault, last_line
from freedom_id.domain.journal_replay import WAYS, replay_journal
from freedom_id.domain.restore_journal import JournalAhead, write_journal
from freedom_id.domain.signing_keys import ensure_signing_key, forget_keys, revoke_signing_key
from freedom_id.domain.staff import register_staff
from freedom_id.enums import AuditAction, ErasureOrigin, JournalKind
from freedom_id.models import (
    Account,
    AccountErasure,
    AuditEntry,
    BrowserSignIn,
    Credential,
    Device,
    JournalLine,
    JournalPosition,
    PartnerClient,
    SigningKey,
)
from identity_portal.readiness import READINESS, Restored
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import PASSWORD, person, phone_of
from tests.freedom_id.domain.acts import Pair, is_alive, pair
from tests.freedom_id.domain.at_once import at_once

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another horse battery"


@pytest.fixture(autouse=True)
def journal(settings: Any, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "restore.journal"
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"RESTORE_JOURNAL": str(path)}
    READINESS.forget()
    forget_keys()  # those of another test, whose rows are gone
    yield path
    READINESS.forget()
    forget_keys()


@contextmanager
def lost() -> Iterator[None]:
    """What happens inside is committed, and lost with the database; the backup from before it is restored."""
    backup = transaction.savepoint()
    yield
    write_journal()  # after each commit
    transaction.savepoint_rollback(backup)
    forget_keys()
    READINESS.forget()


def act_of(account: Account) -> PersonsAct:
    """The person at our own pages, who has just signed in."""
    device = Device.objects.create(account=account, model="Firefox", key=str(uuid4()))
    sign_in = BrowserSignIn.objects.create(pk=uuid4(), device=device, stepped_up_at=timezone.now())
    return PersonsAct(account, None, None, "192.0.2.7", sign_in)


def restored() -> tuple[int, bool]:
    READINESS.forget()
    answer = Client().get("/readyz")
    return answer.status_code, {check["name"]: check["ok"] for check in answer.json()["checks"]}["restored"]


def replay(*arguments: str) -> str:
    out = StringIO()
    call_command("replay_journal", *arguments, stdout=out)
    return out.getvalue().strip()


def withdraw(a: Pair) -> None:
    stop_sharing(a.account, a.live, grants=None, ip=None)


def test_a_backup_that_is_restored_serves_again_when_it_forgot_what_it_must() -> None:
    ensure_signing_key()
    a, b, c = pair(), pair(), pair()
    tokens = [each.tokens().access_token for each in (a, b, c)]
    write_journal()
    with lost():
        withdraw(a)
        block_account(b.account)
        suspend_client(c.client)
    assert all(is_alive(token) for token in tokens)  # they stand again
    assert restored() == (503, False)
    assert replay().endswith("had something to do; 2 accounts signed out.")
    assert restored() == (200, True)
    assert not any(is_alive(token) for token in tokens)
    assert find_subject(a.account.pk) is not None
    b.account.refresh_from_db()
    c.client.refresh_from_db()
    assert (b.account.status, c.client.status) == ("blocked", "suspended")
    assert first_fault() is None
    assert AuditEntry.objects.latest("number").action == AuditAction.JOURNAL_REPLAYED


def test_who_was_erased_since_is_erased_again_also_without_any_consent() -> None:
    a, alone = pair(), person()
    a.tokens()
    everybody = [a.account.pk, alone.pk]
    with lost():
        for account in (a.account, alone):
            end_account(account, closes_at=timezone.now(), origin=ErasureOrigin.PERSON)
        assert erase_what_is_due() == 2
    before = Account.objects.filter(pk__in=everybody, erased_at=None)
    assert [account.firstname for account in before] == ["Dilnoza", "Dilnoza"]
    replay()
    for account in Account.objects.filter(pk__in=everybody):
        assert (account.status, account.firstname, account.erased_at is not None) == ("closed", "", True)
    assert not Credential.objects.filter(account__in=everybody).exists()
    assert set(AccountErasure.objects.values_list("origin", "state")) == {("restore", "done")}
    assert find_subject(a.account.pk) is None
    assert first_fault() is None


def test_who_closed_hers_since_is_erased_on_the_day_that_she_was_promised() -> None:
    account, day = person(), timezone.now() + timedelta(days=30)
    with lost():
        end_account(account, closes_at=day, origin=ErasureOrigin.PERSON)
    assert not AccountErasure.objects.exists()
    replay()
    row = AccountErasure.objects.get(account=account)
    assert (row.origin, row.state, row.not_before, row.due_at) == ("restore", "waiting", day, day)
    with time_machine.travel(day):
        assert erase_what_is_due() == 1


def test_a_shred_is_done_again_under_a_key_that_was_revoked_meanwhile() -> None:
    key = ensure_signing_key()
    a = pair()
    a.tokens()
    subject = subject_for_account(a.account)
    with lost():
        erase_subject(subject, kind=ErasureKind.SHRED, actor_ref="officer")
        revoke_signing_key(key.kid)
    replay()
    assert find_subject(a.account.pk) is None
    assert SigningKey.objects.get(pk=key.kid).state == "revoked"
    assert first_fault() is None


def test_partners_lose_again_what_they_lost() -> None:
    closed, other, rotated = pair(), pair(), pair()
    secret = rotate_secret(rotated.client)
    with lost():
        close_client(closed.client)
        suspend_client(other.client)
        resume_client(other.client)
        revoke_previous_secret(rotated.client)
    before = PartnerClient.objects.get(pk=rotated.client.pk)
    assert before.previous_secret
    replay()
    states = [PartnerClient.objects.get(pk=each.client.pk).status for each in (closed, other)]
    assert states == ["closed", "active"]
    after = PartnerClient.objects.get(pk=rotated.client.pk)
    assert (after.client_secret, after.previous_secret) == (before.client_secret, "")
    with lost():
        rotate_secret(after)
    replay()
    assert PartnerClient.objects.get(pk=rotated.client.pk).client_secret == ""
    assert secret


def test_a_password_and_a_number_that_were_given_up_are_worth_nothing_again() -> None:
    account = person()
    act = act_of(account)
    number = Credential.objects.get(account=account, type="mobile", is_primary=False).number
    with lost():
        set_password(act, NEW_PASSWORD)
        remove_credential(act, number)
    account.refresh_from_db()
    assert check_password(PASSWORD, account.password)
    replay()
    account.refresh_from_db()
    assert not account.has_usable_password()
    assert not Credential.objects.filter(account=account, number=number).exists()
    set_password(act_of(account), NEW_PASSWORD)
    replay("--since", "1")  # of the password that she chose after the restore nothing is known
    account.refresh_from_db()
    assert check_password(NEW_PASSWORD, account.password)


def test_staff_lose_their_rights_again_and_get_none() -> None:
    by = By(command="test")
    demoted, promoted = (
        register_staff(parse_identifier(f"{name}@staff.example"), password=PASSWORD, role=role, by=by)
        for name, role in (("one", "Administrator"), ("two", "Support"))
    )
    role = promoted.groups.get()
    with lost():
        demoted.is_superuser = False
        demoted.save()
        demoted.groups.set([role])
        promoted.groups.set(demoted.groups.model.objects.exclude(pk=role.pk)[:1])
    replay()
    demoted.refresh_from_db()
    assert (demoted.is_staff, demoted.is_superuser, demoted.groups.count()) == (True, False, 0)
    assert not promoted.groups.exists()


def test_the_order_is_kept_and_a_second_replay_changes_nothing() -> None:
    a = pair()
    with lost():
        block_account(a.account)
        unblock_account(a.account)
    replay()
    a.account.refresh_from_db()
    assert a.account.status == "active"
    assert replay().startswith("0 lines replayed, 0")
    assert replay("--since", "1", "--keep-sessions") == (
        "2 lines replayed, 2 had something to do; 0 accounts signed out."
    )
    assert Account.objects.get(pk=a.account.pk).status == "active"


def test_a_replay_that_was_stopped_goes_on() -> None:
    people = [person() for _each in range(3)]
    with lost():
        for account in people:
            block_account(account)
    assert next(replay_journal()).number == 1
    assert restored() == (503, False)
    assert [done.number for done in replay_journal()] == [2, 3]
    assert restored()[1]
    assert Account.objects.filter(status="blocked").count() == 3


def test_nothing_is_written_behind_what_is_not_replayed_and_nothing_of_it_is_lost(journal: Path) -> None:
    with lost():
        block_account(person())
    later = person()
    block_account(later)  # somebody serves too early
    with pytest.raises(JournalAhead):
        write_journal()
    replay()
    assert last_line(journal).about == {"account": later.pk}  # type: ignore[union-attr]
    assert (last_line(journal).number, JournalLine.objects.count()) == (2, 0)  # type: ignore[union-attr]
    assert Account.objects.get(pk=later.pk).status == "blocked"


def test_a_writer_that_died_between_file_and_commit_is_no_restore(journal: Path) -> None:
    block_account(person())
    died = transaction.savepoint()
    write_journal()
    transaction.savepoint_rollback(died)
    assert restored() == (200, True)
    block_account(person())
    write_journal()
    assert [json.loads(line)["number"] for line in journal.read_text().splitlines()] == [1, 2]
    assert JournalPosition.objects.get().number == 2


def test_half_a_line_of_a_dead_writer_is_nothing(journal: Path) -> None:
    block_account(person())
    write_journal()
    with journal.open("ab") as file:
        file.write(b'{"number": 2, "key"')
    assert restored() == (200, True)
    block_account(person())
    write_journal()
    assert [json.loads(line)["number"] for line in journal.read_text().splitlines()] == [1, 2]


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (lambda lines: [lines[0].replace("account_blocked", "account_closed"), *lines[1:]], "was altered"),
        (lambda lines: [lines[0], lines[2]], "does not follow"),
        (lambda lines: lines[1:], "are missing"),
        (lambda lines: [*lines[:2], "no JSON"], "was altered"),
    ],
    ids=["altered", "one missing", "the first missing", "garbage"],
)
def test_a_file_that_is_not_what_was_written_is_refused(forge: Any, words: str, journal: Path) -> None:
    with lost():
        for _each in range(3):
            block_account(person())
    journal.write_text("".join(f"{line}\n" for line in forge(journal.read_text().splitlines())))
    with pytest.raises(CommandError, match=words):
        replay()
    with pytest.raises(JournalFault):  # a process that starts now does not serve
        Restored()()


def test_a_file_may_be_put_away_and_the_next_one_goes_on(journal: Path) -> None:
    block_account(person())
    write_journal()
    journal.rename(journal.with_suffix(".1"))
    with lost():
        block_account(person())
    assert json.loads(journal.read_text())["number"] == 2
    assert replay().startswith("1 lines replayed, 0")  # whom it blocks came after the backup
    assert restored()[1]


def test_a_file_that_cannot_be_read_lets_nobody_in_before_it_was_read_once(settings: Any, tmp_path: Path) -> None:
    assert restored() == (200, True)
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"RESTORE_JOURNAL": str(tmp_path)}  # a folder
    assert restored() == (200, True)
    block_account(person())
    with pytest.raises(OSError, match="directory"):
        write_journal()
    assert JournalLine.objects.count() == 1


def test_the_file_is_its_owners_and_names_nobody(journal: Path) -> None:
    a = pair()
    a.tokens()
    account = person()
    withdraw(a)
    remove_credential(act_of(account), Credential.objects.filter(account=account, is_primary=False).first().number)  # type: ignore[union-attr]
    block_account(account)
    write_journal()
    text = journal.read_text()
    assert journal.stat().st_mode & 0o777 == 0o600
    assert len(text.splitlines()) > 3
    for secret in (phone_of(a.account), phone_of(account), "Dilnoza", "Karimova", "192.0.2.7", account.password):
        assert secret not in text


def test_without_a_journal_nothing_is_kept(settings: Any) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"RESTORE_JOURNAL": ""}
    block_account(person())
    assert not JournalLine.objects.exists()
    with pytest.raises(CommandError, match="not set"):
        replay()


def test_every_kind_of_line_has_a_way_to_be_done_again() -> None:
    assert set(WAYS) == set(JournalKind)


def test_a_line_of_a_newer_release_stops_the_replay() -> None:
    with lost():
        JournalLine.objects.create(kind="something_new", about={})
    with pytest.raises(JournalFault, match="newer release"):
        list(replay_journal())


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_no_gap_and_write_each_line_once(journal: Path) -> None:
    people = [person() for _each in range(8)]
    at_once([lambda account=account: block_account(account) for account in people])  # type: ignore[misc]
    write_journal()
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["number"] for line in lines] == list(range(1, 9))
    assert {line["about"]["account"] for line in lines} == {account.pk for account in people}
