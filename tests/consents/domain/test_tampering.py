"""Whoever owns the tables can change any row. Not unseen: the chain's key is not in the database."""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from consents.domain.certificates import certificate_of
from consents.domain.erasure import erase_subject
from consents.domain.recording import record_decisions
from consents.domain.state import rebuild_state
from consents.domain.verification import first_fault, verify_ledger
from consents.enums import Action, Actor, ErasureKind
from consents.errors import LedgerFault
from consents.ledger_chain import CHAINED, row_hash
from consents.models import (
    ConsentState,
    ConsentTransaction,
    DailyCount,
    Erasure,
    Evidence,
    Purpose,
    PurposeText,
    PurposeVersion,
    Receipt,
    Subject,
    SubjectKey,
)
from tests.consents.acts import CLIENT, allow, answers, open_point, publish, refuse, triggers_dropped, withdraw
from tests.consents.conftest import new_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed")]
LEDGER = ConsentTransaction.objects
EDITS_PER_SEED = 270
SEEDS = range(4)
CONTENT = ["data_items", "optional_data_items", "recipients", "third_countries", "made_public", "retention"]

# What is proven of each table. Not here is what no proof covers; docs/consents.md says which columns these are.
PROVEN: dict[type[models.Model], list[str]] = {
    ConsentTransaction: [*CHAINED, "row_hash"],
    ConsentState: [
        *("subject_id", "purpose_id", "scope_key", "status", "purpose_version_id", "version_number", "given_at"),
        *("since", "expires_at", "last_transaction_id", "seq"),
    ],
    Receipt: ["id", "subject_id", "recipient", "issued_at", "document", "jws"],
    Subject: ["epoch", "head"],
    Evidence: ["id", "subject_id", "sealed"],
    SubjectKey: ["subject_id", "sealed"],
    PurposeVersion: [*CONTENT, "number", "lifespan_months", "jurisdiction", "content_hash"],
    PurposeText: ["version_id", "locale", "title", "text", "consequence", "withdrawal", "sha256"],
    Purpose: ["accepts_from", "carried_from", "carried_until"],
    DailyCount: ["day", "purpose_version_id", "collection_point", "scope_key", "counted", "number"],
    Erasure: ["id", "subject_id", "kind", "basis", "keep_until", "epoch", "head", "erased_at", "certificate"],
}
# An edit of these takes the row out of its place, so that the fault may be the gap: the next row, or the person's end.
PLACE = {"id", "subject_id", "epoch"}


@pytest.fixture
def people(subject: Subject) -> list[Subject]:
    """Three people who did a bit of everything, one of them a skeleton since."""
    publish("a", lifespan=timedelta(days=30))
    publish("b")
    publish("news", scope="global")
    found = [subject, *(Subject.objects.create(account=new_account()) for _person in range(2))]
    for person in found:
        record_decisions(
            person,
            collection_point=open_point("a", "news"),
            scope_key=CLIENT,
            decisions=answers(Action.ALLOW, "a", "news"),
            actor=Actor.SELF,
            notice_token_id=uuid.uuid4(),
            evidence={"ip": "203.0.113.0", "person": str(person.pk)},
        )
        allow(person, "a")
        refuse(person, "b")
        withdraw(person, "a")
    erase_subject(found[2], kind=ErasureKind.SKELETON, basis="a law", actor_ref="officer")
    publish("b", words="To write to you.")
    allow(found[0], "b")
    assert first_fault() is None
    return found


@pytest.fixture
def owner() -> Iterator[None]:
    """Whoever owns the tables: triggers are off."""
    with triggers_dropped():
        yield


def another(field: models.Field, value: Any, others: list[Any], dice: random.Random) -> Any:
    """Something else that the column may hold: what another row has, or the value a little changed."""
    choices = [other for other in others if other != value] + [None] * field.null
    if isinstance(value, bool):
        choices += [not value]
    elif isinstance(value, int):
        choices += [value + 1, value - 1, value + dice.randrange(2, 1000)]
    elif isinstance(value, datetime):
        choices += [value + timedelta(microseconds=dice.choice([-1, 1])), value + timedelta(days=dice.randrange(1, 99))]
    elif isinstance(value, uuid.UUID):
        choices += [uuid.UUID(int=value.int ^ 1 << dice.randrange(60)), uuid.uuid4()]
    elif isinstance(value, str):
        at = dice.randrange(len(value) + 1)
        choices += [value[:at] + dice.choice("abz09") + value[at + 1 :], "", value + " "]
    elif isinstance(value, list):
        choices += [[*value, "more"]]
    elif value is None:
        choices += [{"UUIDField": uuid.uuid4(), "ForeignKey": uuid.uuid4()}.get(field.get_internal_type(), 7)]
    return dice.choice([choice for choice in choices if choice != value] or [value])


def tamper(dice: random.Random) -> tuple[models.Model, str, Any] | None:
    """Change one field of one row; None when the database itself refused, or nothing changed."""
    model = dice.choices(list(PROVEN), [12, 6, 3, 1, 1, 1, 2, 2, 1, 3, 2])[0]
    row = dice.choice(list(model._default_manager.order_by("pk")))
    name = dice.choice(PROVEN[model])
    field = next(field for field in model._meta.fields if name in {field.attname, field.name})
    value = getattr(row, name)
    new = another(field, value, list(model._default_manager.values_list(name, flat=True)), dice)
    try:
        with transaction.atomic():
            changed = model._default_manager.filter(pk=row.pk).update(**{name: new})
            stored = model._default_manager.filter(pk=new if name == model._meta.pk.attname else row.pk)
            assert changed
            connection.check_constraints()
            if stored.values_list(name, flat=True).get() == value:
                return None
    except (DatabaseError, TypeError, ValueError):
        return None
    return row, name, new


def located(fault: str | None, row: models.Model, name: str, new: Any) -> bool:
    """Whether the fault speaks of the row that was changed, or of a row that says the same and now disagrees."""
    if fault is None:
        return False
    if not isinstance(row, ConsentTransaction):
        return True
    names = {str(row.pk)} | ({str(new)} if name == "id" else set())
    if name in PLACE:
        around = LEDGER.filter(subject=row.subject_id, epoch__in=[row.epoch - 1, row.epoch + 1])
        names |= {str(pk) for pk in around.values_list("pk", flat=True)} | {str(row.subject_id)}
    return any(name in fault for name in names)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_single_edit_is_found_and_the_row_named(seed: int, people: list[Subject], owner: None) -> None:
    """The campaign: over a thousand random edits of one field each, undone one after the other."""
    dice = random.Random(seed)
    missed, edits = [], 0
    while edits < EDITS_PER_SEED:
        with transaction.atomic():
            done = tamper(dice)
            if done is not None:
                edits += 1
                fault = first_fault()
                if not located(fault, *done):
                    row, name, new = done
                    missed.append((type(row).__name__, name, getattr(row, name), new, fault))
            transaction.set_rollback(True)
    assert missed == []
    assert first_fault() is None


def at(person: Subject, epoch: int) -> ConsentTransaction:
    return LEDGER.get(subject=person, epoch=epoch)


def remove(*rows: ConsentTransaction) -> None:
    ConsentState.objects.filter(last_transaction__in=rows).delete()
    LEDGER.filter(pk__in=[row.pk for row in rows])._raw_delete("default")


def swap(first: ConsentTransaction, second: ConsentTransaction) -> None:
    """Two rows change places, with all that says where they are."""
    for row, place in ((first, 999), (second, first.epoch), (first, second.epoch)):
        LEDGER.filter(pk=row.pk).update(epoch=place)


def forged(person: Subject) -> ConsentTransaction:
    """A yes that nobody said, as good as it gets without the key: a hash of the right form, and the head moved."""
    last = LEDGER.filter(subject=person).latest("epoch")
    row = LEDGER.filter(subject=person, purpose__name="b").latest("epoch")
    row.pk, row.action, row.epoch, row.subject_seq = uuid.uuid4(), Action.ALLOW, last.epoch + 1, row.subject_seq + 1
    row.notice_token_id = row.receipt = row.evidence_id = None
    row.evidence_commit = ""
    row.row_hash = last.row_hash[::-1]
    LEDGER.bulk_create([row])
    Subject.objects.filter(pk=person.pk).update(epoch=row.epoch, head=row.row_hash)
    DailyCount.objects.filter(counted="refuse").update(counted="allow")
    rebuild_state()
    return row


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_row_taken_out_is_found_at_the_next(epoch: int, people: list[Subject], owner: None) -> None:
    following = at(people[0], epoch + 1)
    remove(at(people[0], epoch))
    rebuild_state()
    assert f"transaction {following.pk}: place {epoch + 1}" in (first_fault() or "")


def test_two_rows_swapped_are_found_at_the_first(people: list[Subject], owner: None) -> None:
    first, second = at(people[0], 2), at(people[0], 3)
    swap(first, second)
    assert f"transaction {second.pk}: its hash" in (first_fault() or "")


def test_a_forged_row_is_found(people: list[Subject], owner: None) -> None:
    assert f"transaction {forged(people[1]).pk}: its hash" in (first_fault() or "")


def test_a_chain_made_anew_under_another_key_is_found(people: list[Subject], owner: None, settings: Any) -> None:
    """The attacker has the database and the code, not the key."""
    ours = settings.CONSENTS
    settings.CONSENTS = ours | {"LEDGER_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
    head, person = "", people[0]
    for row in LEDGER.filter(subject=person).order_by("epoch"):
        row.actor_ref, row.row_hash = "forged", ""
        head = row_hash(row, head)
        LEDGER.filter(pk=row.pk).update(actor_ref="forged", row_hash=head)
    Subject.objects.filter(pk=person.pk).update(head=head)
    settings.CONSENTS = ours
    assert f"transaction {at(person, 1).pk}: its hash" in (first_fault() or "")


@pytest.mark.parametrize("cut", [1, 2])
def test_a_cut_tail_is_found_after_the_row_that_is_last_now(cut: int, people: list[Subject], owner: None) -> None:
    person = Subject.objects.get(pk=people[0].pk)
    remove(*LEDGER.filter(subject=person, epoch__gt=person.epoch - cut))
    rebuild_state()
    assert f"after transaction {at(person, person.epoch - cut).pk}:" in (first_fault() or "")


def test_the_cut_tail_of_a_unit_is_found(people: list[Subject], owner: None) -> None:
    """The withdrawal goes, the projection says yes again."""
    withdrawal = LEDGER.get(subject=people[1], action=Action.WITHDRAW)
    last = at(people[1], withdrawal.epoch - 1)
    remove(withdrawal)
    rebuild_state()
    assert f"after transaction {last.pk}:" in (first_fault() or "")


def test_a_person_without_rows_but_with_a_head_is_named(people: list[Subject], owner: None) -> None:
    ConsentState.objects.filter(subject=people[0]).delete()
    LEDGER.filter(subject=people[0])._raw_delete("default")
    assert f"of subject {people[0].pk}:" in (first_fault() or "")


def rewind(person: Subject) -> None:
    """Take back the last row and everything in the database that speaks of it, but counts and receipt."""
    person = Subject.objects.get(pk=person.pk)
    remove(at(person, person.epoch))
    last = at(person, person.epoch - 1)
    Subject.objects.filter(pk=person.pk).update(epoch=last.epoch, head=last.row_hash)
    rebuild_state()


def rewind_whole(person: Subject) -> None:
    row = LEDGER.filter(subject=person).latest("epoch")
    rewind(person)
    Receipt.objects.filter(pk=row.receipt_id)._raw_delete("default")
    cell = {"purpose_version": row.purpose_version_id, "counted": row.action, "scope_key": row.scope_key}
    counted = DailyCount.objects.filter(**cell).exclude(number=0).order_by("pk")[:1].get()
    DailyCount.objects.filter(pk=counted.pk).update(number=counted.number - 1)


def test_a_rewound_person_is_found_by_the_receipt(people: list[Subject], owner: None) -> None:
    receipt = LEDGER.filter(subject=people[1]).latest("epoch").receipt_id
    rewind(people[1])
    assert f"receipt {receipt}: tells of other rows" in (first_fault() or "")


def test_a_receipt_taken_away_is_found_at_its_first_row(people: list[Subject], owner: None) -> None:
    row = LEDGER.filter(subject=people[1]).latest("epoch")
    whole = transaction.savepoint()
    Receipt.objects.filter(pk=row.receipt_id)._raw_delete("default")
    assert first_fault() == f"transaction {row.pk}: its receipt is gone"
    transaction.savepoint_rollback(whole)  # rows still point at it


def test_a_rewound_person_is_found_by_the_counts(people: list[Subject], owner: None) -> None:
    receipt = LEDGER.filter(subject=people[1]).latest("epoch").receipt_id
    rewind(people[1])
    Receipt.objects.filter(pk=receipt)._raw_delete("default")
    assert "withdraw: +1 beside the ledger" in (first_fault() or "")


def test_a_person_rewound_whole_is_found_by_the_checkpoint(people: list[Subject], owner: None, tmp_path: Path) -> None:
    verify_ledger(checkpoint=tmp_path / "checkpoint")
    rewind_whole(people[1])
    assert first_fault() is None  # the honest limit of a proof inside the database
    with pytest.raises(LedgerFault, match=f"subject {people[1].pk}: 4 rows, the checkpoint knows 5"):
        verify_ledger(checkpoint=tmp_path / "checkpoint")


def test_a_false_line_in_the_journal_has_no_certificate(people: list[Subject], owner: None) -> None:
    erasure = Erasure.objects.get()
    erasure.pk, erasure.subject_id, erasure._state.adding = uuid.uuid4(), people[0].pk, True
    erasure.save()
    assert f"erasure {erasure.pk}: The certificate does not say" in (first_fault() or "")


def test_a_row_of_somebody_shredded_is_found(people: list[Subject], owner: None) -> None:
    erasure = Erasure(subject_id=people[0].pk, kind="shred", epoch=0, actor_ref="nobody", erased_at=timezone.now())
    erasure.certificate = certificate_of(erasure)
    erasure.save()
    assert f"subject {people[0].pk}: subject is there" in (first_fault() or "")


def test_a_skeleton_linked_again_is_found(people: list[Subject], owner: None) -> None:
    Subject.objects.filter(pk=people[2].pk).update(account=new_account())
    assert f"subject {people[2].pk}: subject is there" in (first_fault() or "")
