"""Real threads on real connections. PostgreSQL only: SQLite has one writer at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction

from consents.domain.purposes import publish_version
from consents.domain.recording import Decision, record_decisions, withdraw_consents
from consents.domain.state import rebuild_state
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault
from consents.enums import Action, Actor, VersionState
from consents.models import ConsentState, ConsentTransaction, PurposeText, PurposeVersion, Subject
from tests.consents.acts import CLIENT, answers, open_point, publish
from tests.consents.conftest import new_account

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Every act in its own thread and connection, started together."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]


def recorder(subject: Subject, decisions: list[Decision]) -> Callable[[], list[ConsentTransaction]]:
    point = open_point(*[decision.purpose for decision in decisions])
    return lambda: record_decisions(
        subject, collection_point=point, scope_key=CLIENT, decisions=decisions, actor=Actor.SELF
    )


def sequence(name: str) -> list[int]:
    rows = ConsentTransaction.objects.filter(purpose__name=name).order_by("subject_seq")
    return list(rows.values_list("subject_seq", flat=True))


def test_first_decisions_at_once_take_turns(subject: Subject) -> None:
    publish("a")
    decisions = answers(Action.ALLOW, "a")
    at_once([recorder(subject, decisions)] * 8)
    actions = ConsentTransaction.objects.order_by("subject_seq").values_list("action", flat=True)
    assert list(actions) == [Action.ALLOW] + [Action.RENEW] * 7


def test_sixteen_threads_toggle_one_unit(subject: Subject) -> None:
    publish("a")
    yes = recorder(subject, answers(Action.ALLOW, "a"))

    def no() -> None:
        withdraw_consents(subject, names=["a"], scope_key=CLIENT, actor=Actor.SELF)

    yes()
    at_once([lambda: [act() for act in (yes, no) * 5]] * 16)
    assert sequence("a") == list(range(1, 1 + 16 * 10 + 1))
    last = ConsentTransaction.objects.latest("subject_seq")
    state = ConsentState.objects.get()
    assert (state.last_transaction, state.seq) == (last, last.subject_seq)
    assert first_fault() is None


def test_opposite_orders_do_not_deadlock(subject: Subject) -> None:
    names = ["a", "b", "c"]
    for name in names:
        publish(name)
    forth, back = answers(Action.ALLOW, *names), answers(Action.ALLOW, *reversed(names))
    acts = [recorder(subject, forth), recorder(subject, back)] * 4
    at_once([lambda act=act: [act() for _ in range(5)] for act in acts])
    assert all(sequence(name) == list(range(1, 41)) for name in names)


def test_two_publishers_of_the_same_words_make_one_version() -> None:
    at_once([lambda: publish("a")] * 6)
    assert PurposeVersion.objects.values_list("number", "state").get() == (1, VersionState.PUBLISHED)


def test_publishers_of_different_words_leave_one_published() -> None:
    at_once([lambda words=f"words {number}": publish("a", words=words) for number in range(6)])
    versions = PurposeVersion.objects.order_by("number")
    assert [version.number for version in versions] == [1, 2, 3, 4, 5, 6]
    assert [version.state for version in versions] == [VersionState.SUPERSEDED] * 5 + [VersionState.PUBLISHED]


def add_text(draft: PurposeVersion, locale: str) -> None:
    text = PurposeText(version=draft, locale=locale, title="x", text="x")
    text.sha256 = text.digest()
    text.save()


def test_a_text_added_during_publication_is_in_the_digest() -> None:
    draft = PurposeVersion.objects.create(purpose=publish("a").purpose, number=2)
    added, publishing = Event(), Event()

    def add_late() -> None:
        with transaction.atomic():
            add_text(draft, "ru")
            added.set()
            publishing.wait(timeout=0.5)  # always runs out: the publisher stands at our lock, or would be done by now

    def publish_draft() -> None:
        added.wait(timeout=30)
        publish_version(draft)
        publishing.set()

    add_text(draft, "en")
    at_once([add_late, publish_draft])
    assert first_fault() is None


def test_two_first_visits_make_one_subject() -> None:
    account = new_account()
    subjects = at_once([lambda: subject_for_account(account)] * 8)
    assert len({subject.pk for subject in subjects}) == 1


def test_a_rebuild_during_decisions_loses_none(subject: Subject) -> None:
    publish("a")
    yes = recorder(subject, answers(Action.ALLOW, "a"))
    at_once([lambda: [yes() for _ in range(10)]] * 3 + [lambda: [rebuild_state() for _ in range(10)]])
    assert ConsentState.objects.get().seq == 30
    assert first_fault() is None
