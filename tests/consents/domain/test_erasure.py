"""Forgetting a person leaves a ledger that verifies, statistics that stand, and nothing of the person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from consents.domain.check import check_consents
from consents.domain.erasure import erase_subject, exported_journal, replay_erasure, shred_due
from consents.domain.point_in_time import check_consents_at
from consents.domain.receipt_verification import proven_claims
from consents.domain.recording import record_decisions
from consents.domain.subjects import find_subject, subject_for_account
from consents.domain.verification import first_fault
from consents.enums import Action, Actor, ErasureKind, Reason
from consents.errors import ErasureInvalid, LegalHold, UnknownSubject
from consents.models import AnsweredKey, ConsentTransaction, DailyCount, Erasure, Evidence, Receipt, Subject, SubjectKey
from consents.signals import consent_withdrawn, subject_erased
from tests.consents.acts import CLIENT, allow, answers, check, open_point, publish, refuse, withdraw
from tests.consents.signing import public_keys

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed")]
EVIDENCE = {"ip": "203.0.113.0", "user_agent": "Mozilla of one person"}
BASIS = "GDPR article 17(3)(e)"
KINDS = {ErasureKind.SKELETON: {"basis": BASIS}, ErasureKind.SHRED: {}}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def person(subject: Subject) -> Subject:
    """Somebody with a yes here and there, a no, a yes taken back, evidence, receipts and an answered key."""
    for name in ("a", "b", "c"):
        publish(name)
    publish("news", scope="global")
    point = open_point("a", "news")
    record_decisions(
        subject,
        collection_point=point,
        scope_key=CLIENT,
        decisions=answers(Action.ALLOW, "a", "news"),
        actor=Actor.SELF,
        evidence=EVIDENCE,
    )
    refuse(subject, "b")
    allow(subject, "c")
    withdraw(subject, "c")
    AnsweredKey.objects.create(caller=CLIENT, subject=subject, key="k", request_sha256="0" * 64, answer={})
    return subject


def erase(person: Subject, kind: ErasureKind, **kwargs: Any) -> Erasure:
    return erase_subject(person, kind=kind, actor_ref="officer", **KINDS[kind] | kwargs)


def counts() -> dict[tuple[Any, ...], int]:
    rows = DailyCount.objects.exclude(counted="withdraw").order_by("pk")
    return {tuple(row[:-1]): row[-1] for row in rows.values_list("purpose_version", "counted", "shard", "number")}


def everything_stored() -> Iterator[str]:
    for model in apps.get_app_config("consents").get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            yield from (str(row) for row in cursor.fetchall())


@kinds
def test_afterwards_nothing_is_known_of_the_person(kind: ErasureKind, person: Subject, account: Any) -> None:
    before = counts()
    erase(person, kind)
    assert find_subject(account.pk) is None
    asked = check_consents(subject_for_account(account), names=["a", "never"], scope_key=CLIENT)
    assert [decision.reason for decision in asked.values()] == [Reason.NONE, Reason.UNKNOWN_PURPOSE]
    past = check_consents_at(find_subject(account.pk), names=["a"], scope_key=CLIENT)
    assert past["a"].reason is Reason.NONE
    assert counts() == before
    assert first_fault() is None


@kinds
def test_no_table_holds_evidence_key_or_account(kind: ErasureKind, person: Subject, account: Any) -> None:
    sealed = [Evidence.objects.get().sealed, SubjectKey.objects.get().sealed]
    assert any(sealed[0] in row for row in everything_stored())
    erase(person, kind)
    for row in everything_stored():
        assert str(account.pk) not in row
        assert not any(secret in row for secret in sealed)
    assert not AnsweredKey.objects.exists()


def test_a_skeleton_keeps_rows_and_receipts_withdrawn(person: Subject) -> None:
    receipts = set(Receipt.objects.values_list("pk", flat=True))
    erasure = erase(person, ErasureKind.SKELETON)
    person.refresh_from_db()
    assert person.account_id is None
    assert (erasure.epoch, erasure.head) == (person.epoch, person.head)
    assert check(person, "a").reason == check(person, "news").reason == Reason.WITHDRAWN
    assert receipts < set(Receipt.objects.values_list("pk", flat=True))
    last = ConsentTransaction.objects.get(subject=person, epoch=person.epoch)
    assert (last.action, last.actor, last.actor_ref) == (Action.WITHDRAW, Actor.SYSTEM, "officer")


def test_a_shred_leaves_a_line_in_the_journal_alone(person: Subject) -> None:
    erasure = erase(person, ErasureKind.SHRED)
    assert erasure.epoch == 7  # five decisions, and two withdrawals of what stood
    assert not Subject.objects.filter(pk=person.pk).exists()
    found = [row for row in everything_stored() if str(person.pk) in row or person.pk.hex in row]
    assert len(found) == 1
    assert str(erasure.head) in found[0]


@kinds
def test_the_certificate_is_signed_and_says_what_the_journal_says(kind: ErasureKind, person: Subject) -> None:
    until = timezone.now() + timedelta(days=30) if kind == ErasureKind.SKELETON else None
    erasure = erase(person, kind, keep_until=until)
    claims = proven_claims(erasure.certificate, public_keys(), typ="consent-erasure+jwt")
    assert (claims["sub"], claims["kind"], claims["epoch"], claims["head"]) == (
        str(person.pk),
        kind,
        erasure.epoch,
        erasure.head,
    )
    assert claims["keep_until"] == (until.isoformat() if until else None)


def test_without_a_signer_there_is_no_certificate(person: Subject, settings: Any) -> None:
    settings.CONSENTS = {}
    assert erase(person, ErasureKind.SHRED).certificate == ""


@kinds
def test_a_legal_hold_refuses(kind: ErasureKind, person: Subject) -> None:
    Subject.objects.update(legal_hold="case 7")
    with pytest.raises(LegalHold):
        erase(person, kind)
    assert check(person, "a").allowed
    assert Evidence.objects.exists()
    assert not Erasure.objects.exists()


def test_what_stood_is_announced_while_the_account_is_still_known(person: Subject, account: Any) -> None:
    heard: list[Any] = []

    def hear(**said: Any) -> None:
        heard.append((said["account_id"], said.get("scope_key"), said.get("purposes")))

    for signal in (consent_withdrawn, subject_erased):
        signal.connect(hear, weak=False)
    erase(person, ErasureKind.SHRED)
    assert heard == [(account.pk, "", ["news"]), (account.pk, CLIENT, ["a"]), (account.pk, None, None)]


def test_a_receiver_that_fails_undoes_all(person: Subject) -> None:
    def fail(**_said: Any) -> None:
        raise RuntimeError

    subject_erased.connect(fail, weak=False)
    before = sorted(everything_stored())
    with pytest.raises(RuntimeError):
        erase(person, ErasureKind.SHRED)
    assert sorted(everything_stored()) == before


@kinds
def test_again_answers_with_the_line_that_is_there(kind: ErasureKind, person: Subject) -> None:
    assert erase(person, kind).pk == erase(person, kind).pk


def test_somebody_unknown_cannot_be_erased(subject: Subject) -> None:
    Subject.objects.all().delete()
    with pytest.raises(UnknownSubject):
        erase(subject, ErasureKind.SHRED)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (ErasureKind.SKELETON, {"basis": ""}),
        (ErasureKind.SHRED, {"basis": BASIS}),
        (ErasureKind.SHRED, {"keep_until": timezone.now() + timedelta(days=1)}),
        (ErasureKind.SKELETON, {"keep_until": timezone.now() - timedelta(seconds=1)}),
    ],
    ids=["skeleton without basis", "shred with basis", "shred with date", "date in the past"],
)
def test_a_contradiction_is_refused(kind: ErasureKind, said: dict[str, Any], person: Subject) -> None:
    with pytest.raises(ErasureInvalid):
        erase(person, kind, **said)
    assert not Erasure.objects.exists()


@pytest.mark.parametrize(("after", "shredded"), [(-1, False), (0, True), (1, True)])
def test_a_skeleton_is_shredded_when_its_date_has_come(after: int, shredded: bool, person: Subject) -> None:
    until = timezone.now() + timedelta(days=30)
    erase(person, ErasureKind.SKELETON, keep_until=until)
    with time_machine.travel(until + timedelta(microseconds=after), tick=False):
        assert len(list(shred_due(actor_ref="job"))) == shredded
        assert list(shred_due(actor_ref="job")) == []
        assert first_fault() is None
    assert Subject.objects.exists() is not shredded


def test_a_hold_keeps_a_skeleton_that_is_due(person: Subject) -> None:
    erase(person, ErasureKind.SKELETON, keep_until=timezone.now() + timedelta(days=1))
    Subject.objects.update(legal_hold="case 7")
    assert list(shred_due(now=timezone.now() + timedelta(days=2), actor_ref="job")) == []


@kinds
def test_a_restored_backup_forgets_again(kind: ErasureKind, person: Subject, account: Any) -> None:
    """The backup is the state at a savepoint; the journal was exported after the erasure."""
    point = transaction.savepoint()
    allow(person, "b")
    original = erase(person, kind)
    lines = list(exported_journal())
    transaction.savepoint_rollback(point)
    assert check(Subject.objects.get(), "a").allowed
    assert [replay_erasure(line) for line in lines] == [True]
    assert [replay_erasure(line) for line in lines] == [False]
    again = Erasure.objects.get()
    assert (again.pk, again.erased_at) == (original.pk, original.erased_at)
    claims = proven_claims(again.certificate, public_keys(), typ="consent-erasure+jwt")
    assert claims["epoch"] == again.epoch < original.epoch
    assert not Evidence.objects.exists()
    assert find_subject(account.pk) is None
    assert first_fault() is None


def test_a_person_who_came_after_the_backup_is_only_journalled(person: Subject) -> None:
    point = transaction.savepoint()
    late = Subject.objects.create()
    allow(late, "a")
    erase(late, ErasureKind.SHRED)
    [line] = exported_journal()
    transaction.savepoint_rollback(point)
    assert replay_erasure(line)
    assert (Erasure.objects.get().subject_id, Erasure.objects.get().epoch) == (late.pk, 0)
    assert first_fault() is None


@pytest.mark.parametrize(
    "change",
    [{"kind": "everything"}, {"subject_id": "nobody"}, {"certificate": "a.b.c"}, {"epoch": 99}, {"basis": "another"}],
    ids=str,
)
def test_a_line_that_was_altered_is_refused(change: dict[str, Any], person: Subject) -> None:
    point = transaction.savepoint()
    erase(person, ErasureKind.SKELETON)
    [line] = exported_journal()
    transaction.savepoint_rollback(point)
    with pytest.raises(ErasureInvalid):
        replay_erasure(line | change)
    assert check(person, "a").allowed


def test_a_second_account_is_another_subject(person: Subject, account: Any) -> None:
    erase(person, ErasureKind.SHRED)
    assert subject_for_account(account).pk != person.pk
