"""The audit: one chain, in order, that nobody changes unnoticed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.audit_verification import AuditFault, Head, make_checkpoint, verify_audit_chain
from freedom_id.domain.signing_keys import revoke_signing_key
from freedom_id.enums import AuditAction
from freedom_id.models import Account, AuditCheckpoint, AuditEntry, SigningKey
from tests.freedom_id.domain.at_once import at_once

pytestmark = pytest.mark.django_db
TABLES = ("freedom_id_auditentry", "freedom_id_auditcheckpoint")


def act(number: int = 1) -> AuditEntry:
    return record(
        AuditAction.CHANGED,
        by=By(command="createpartner"),
        target=Target("freedom_id.partnerclient", str(number), f"Partner {number}"),
        reason="because",
        before={"name": "Aral", "at": timedelta(seconds=3)},
        after={"name": "Aral\x01Ω", "at": None},
    )


def entries(number: int = 4) -> None:
    for each in range(1, number + 1):
        act(each)


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def owner() -> Iterator[Callable[..., None]]:
    """Runs SQL as somebody whom no trigger stops."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    else:
        for table in TABLES:
            for name in ("no_update", "no_delete", "no_replace"):
                run(f"DROP TRIGGER {table.removeprefix('freedom_id_')}_{name}")
    return run


def test_entries_are_numbered_from_one_and_each_carries_the_hash_before_it() -> None:
    entries(3)
    rows = list(AuditEntry.objects.order_by("number"))
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.previous_hash for row in rows] == ["", rows[0].hash, rows[1].hash]
    assert verify_audit_chain() == Head(3, rows[2].hash)


def test_an_act_that_is_undone_leaves_no_gap() -> None:
    act()
    with transaction.atomic():
        act()
        transaction.set_rollback(True)
    assert act().number == 2
    assert verify_audit_chain().number == 2


def test_an_entry_says_who_as_what_and_never_more_than_fits() -> None:
    boss = Account.objects.create_account(is_staff=True, is_superuser=True)
    target = Target.of(boss)
    entry = record(AuditAction.BLOCKED, by=By(boss, ip="10.0.0.1"), target=target, reason="x\x00" + "y" * 300)
    assert (entry.actor, entry.roles, entry.ip, entry.request_id) == (boss, ["Administrator"], "10.0.0.1", "-")
    assert (target.key, target.account_id, target.label) == (str(boss.pk), boss.pk, f"SSOID {boss.pk}")
    assert entry.reason == "x" + "y" * 254
    assert verify_audit_chain().number == 1


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}"], ids=["update", "delete"])
def test_the_database_refuses_to_change_and_to_delete(table: str, statement: str) -> None:
    act()
    make_checkpoint()
    with pytest.raises(IntegrityError), transaction.atomic():
        run(statement.format(table))
    assert verify_audit_chain().number == 1


def renumber(owner: Callable[..., None], former: int, number: int) -> None:
    owner("UPDATE freedom_id_auditentry SET number = %s WHERE number = %s", number, former)


def changed(owner: Callable[..., None]) -> None:
    owner("UPDATE freedom_id_auditentry SET reason = 'another' WHERE number = 3")


def changed_with_the_hash_of_another(owner: Callable[..., None]) -> None:
    other = AuditEntry.objects.get(pk=2)
    owner(
        "UPDATE freedom_id_auditentry SET hash = %s, previous_hash = 'x' WHERE number = 3",
        other.hash,
    )


def removed(owner: Callable[..., None]) -> None:
    owner("DELETE FROM freedom_id_auditentry WHERE number = 3")


def removed_and_closed_up(owner: Callable[..., None]) -> None:
    removed(owner)
    renumber(owner, 4, 3)


def first_removed(owner: Callable[..., None]) -> None:
    owner("DELETE FROM freedom_id_auditentry WHERE number = 1")


def reordered(owner: Callable[..., None]) -> None:
    for former, number in ((3, 9), (4, 3), (9, 4)):
        renumber(owner, former, number)


def inserted(owner: Callable[..., None]) -> None:
    renumber(owner, 4, 5)
    renumber(owner, 3, 4)
    copied = [field.column for field in AuditEntry._meta.fields if field.column not in {"number", "previous_hash"}]
    names = ", ".join(f'"{name}"' for name in copied)
    owner(
        f"INSERT INTO freedom_id_auditentry (number, previous_hash, {names}) "
        f"SELECT 3, 'x', {names} FROM freedom_id_auditentry WHERE number = 2"
    )


def appended(owner: Callable[..., None]) -> None:
    inserted(owner)
    owner("DELETE FROM freedom_id_auditentry WHERE number > 3")


TAMPERINGS = [
    (changed, "Entry 3 is not what was written"),
    (changed_with_the_hash_of_another, "Entry 3 is not what was written"),
    (removed, "Entry 3 was removed"),
    (removed_and_closed_up, "Entry 3 is not what was written"),
    (first_removed, "Entry 1 was removed"),
    (reordered, "Entry 3 is not what was written"),
    (inserted, "Entry 3 is not what was written"),
    (appended, "Entry 3 is not what was written"),
]


@pytest.mark.parametrize(("tampering", "words"), [pytest.param(*one, id=one[0].__name__) for one in TAMPERINGS])
def test_tampering_by_the_owner_of_the_database_is_named(
    tampering: Callable[..., None], words: str, owner: Callable[..., None]
) -> None:
    entries()
    assert verify_audit_chain().number == 4
    tampering(owner)
    with pytest.raises(AuditFault, match=words):
        verify_audit_chain()
    with pytest.raises(CommandError, match=words):
        call_command("verify_audit_chain")


def test_an_older_entry_in_the_place_of_the_newest_does_not_follow(owner: Callable[..., None]) -> None:
    """Two histories that are each in order: a backup was restored, and went on."""
    entries(2)
    owner("DELETE FROM freedom_id_auditentry WHERE number = 2")
    act(9)
    third = act(3)
    owner("DELETE FROM freedom_id_auditentry WHERE number > 1")
    act(8)
    third.save(force_insert=True)
    with pytest.raises(AuditFault, match="Entry 3 does not follow entry 2"):
        verify_audit_chain()


def test_newest_entries_that_were_taken_away_are_known_to_the_checkpoint(owner: Callable[..., None]) -> None:
    entries()
    make_checkpoint()
    owner("DELETE FROM freedom_id_auditentry WHERE number > 2")
    with pytest.raises(AuditFault, match="Entry 3 was removed: entry 4 was signed"):
        verify_audit_chain()


def test_newest_entries_that_were_written_anew_are_known_to_the_checkpoint(owner: Callable[..., None]) -> None:
    entries()
    make_checkpoint()
    owner("DELETE FROM freedom_id_auditentry WHERE number > 3")
    act(7)
    with pytest.raises(AuditFault, match="Entry 4 is not the one that was signed"):
        verify_audit_chain()


def test_who_takes_the_checkpoint_too_is_found_by_the_line_of_the_log(
    owner: Callable[..., None], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    entries()
    with caplog.at_level("INFO"):
        make_checkpoint()
    said = caplog.messages[-1].removeprefix("audit head ")
    call_command("verify_audit_chain", head=said)
    assert f"4 entries. audit head {said}" in capsys.readouterr().out
    owner("DELETE FROM freedom_id_auditcheckpoint")
    owner("DELETE FROM freedom_id_auditentry WHERE number > 2")
    assert verify_audit_chain().number == 2
    with pytest.raises(CommandError, match="Entry 3 was removed"):
        call_command("verify_audit_chain", head=said)


@pytest.mark.parametrize("head", ["", "4", "4:abc", "x:" + "0" * 64])
def test_a_head_that_is_none_is_refused(head: str) -> None:
    with pytest.raises(CommandError, match="--head is"):
        call_command("verify_audit_chain", head=head)


@pytest.mark.parametrize("column", ["hash = repeat('0', 64)", "number = 3", "jws = 'x'"])
@pytest.mark.postgresql
def test_a_checkpoint_that_was_altered_is_named(column: str, owner: Callable[..., None]) -> None:
    entries()
    make_checkpoint()
    owner(f"UPDATE freedom_id_auditcheckpoint SET {column}")
    with pytest.raises(AuditFault, match=r"Checkpoint [34] is not what was signed"):
        verify_audit_chain()


def test_a_checkpoint_is_signed_once_for_an_entry() -> None:
    assert make_checkpoint() is None
    act()
    assert make_checkpoint() == Head(1, AuditEntry.objects.get().hash)
    assert make_checkpoint() is None
    act()
    assert make_checkpoint() is not None
    assert AuditCheckpoint.objects.count() == 2


def test_a_checkpoint_under_a_revoked_key_proves_nothing_and_disturbs_nothing() -> None:
    act()
    make_checkpoint()
    revoke_signing_key(SigningKey.objects.get(state="signing", algorithm="ES256").kid)
    assert verify_audit_chain().number == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_entries_of_many_at_once_make_one_chain() -> None:
    def several() -> list[int]:
        return [act().number for _each in range(5)]

    numbers = [number for one in at_once([several] * 6) for number in one]
    assert sorted(numbers) == list(range(1, 31))
    assert verify_audit_chain().number == 30
