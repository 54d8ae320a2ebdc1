"""Real threads on real connections. PostgreSQL only: SQLite has one writer at a time."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Event
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from consents.domain import counts
from consents.domain.purposes import publish_version
from consents.domain.recording import Decision, record_decisions, withdraw_consents
from consents.domain.state import rebuild_state
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault
from consents.enums import Action, Actor, VersionState
from consents.errors import PurposeNotPublished
from consents.models import ConsentState, ConsentTransaction, DailyCount, PurposeText, PurposeVersion, Subject
from tests.consents.acts import CLIENT, answers, check, open_point, publish
from tests.consents.conftest import new_account
from tests.consents.domain.writer import WIDTH
from tests.consents.sound_ledger import assert_chained, assert_gap_free
from tests.servers.portal import ROOT, url_of_test_database

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Every act in its own thread and connection, started together."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '60s'; SET statement_timeout = '60s'")  # a slow machine is no fault
            barrier.wait(timeout=30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(run, act) for act in acts]]


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


def withdrawer(subject: Subject, *names: str) -> Callable[[], list[ConsentTransaction]]:
    return lambda: withdraw_consents(subject, names=names, scope_key=CLIENT, actor=Actor.SELF)


def assert_sound(subject: Subject, *, rows: int) -> None:
    """No write is lost: sequences, epochs, chain, projection and counts all tell of the same `rows`."""
    ledger = list(ConsentTransaction.objects.filter(subject=subject).select_related("subject").order_by("epoch"))
    assert len(ledger) == rows
    assert_gap_free(ledger)
    assert_chained(ledger)
    last = {row.purpose_id: (row.pk, row.subject_seq) for row in ledger}
    states = ConsentState.objects.filter(subject=subject)
    assert {state.purpose_id: (state.last_transaction_id, state.seq) for state in states} == last
    counted = DailyCount.objects.values_list("counted").annotate(Sum("number"))
    assert dict(counted) == Counter(row.action for row in ledger)
    assert first_fault() is None


def test_thirty_two_threads_toggle_one_unit(subject: Subject) -> None:
    publish("a")
    yes, no = recorder(subject, answers(Action.ALLOW, "a")), withdrawer(subject, "a")
    yes()
    at_once([lambda: [act() for act in (yes, no) * 10]] * 32)
    assert_sound(subject, rows=1 + 32 * 20)


def test_opposite_orders_do_not_deadlock(subject: Subject) -> None:
    names = ["a", "b", "c"]
    for name in names:
        publish(name)
    forth, back = answers(Action.ALLOW, *names), answers(Action.ALLOW, *reversed(names))
    acts = [recorder(subject, forth), recorder(subject, back), withdrawer(subject, *names)]
    acts[0]()
    at_once([lambda act=act: [act() for _ in range(5)] for act in [*acts[:2] * 3, *acts[2:] * 2]])
    assert_sound(subject, rows=3 + 8 * 5 * 3)


def test_people_who_are_counted_in_the_same_cells_do_not_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "SHARDS", 1)
    names = ["a", "b", "c", "d"]
    for name in names:
        publish(name)
    forth, back = answers(Action.REFUSE, *names), answers(Action.REFUSE, *reversed(names))
    crowd = [subject_for_account(new_account()) for _ in range(8)]
    acts = [recorder(subject, [forth, back][number % 2]) for number, subject in enumerate(crowd)]
    at_once([lambda act=act: [act() for _ in range(10)] for act in acts])
    assert list(DailyCount.objects.values_list("counted", "number")) == [("refuse", 8 * 10)] * 4


class Done(NamedTuple):
    """An act and when it took place by one clock; `seq` is the row written, or the one that a check answered from."""

    begun: float
    ended: float
    seq: int
    is_write: bool


@pytest.mark.parametrize("threads", [2, 4, 8])
def test_allow_against_withdraw_has_one_valid_order(subject: Subject, threads: int) -> None:
    publish("a")
    yes, no = recorder(subject, answers(Action.ALLOW, "a")), withdrawer(subject, "a")
    yes()

    def timed(act: Callable[[], Any]) -> tuple[float, float, Any]:
        begun = time.monotonic()
        answer = act()
        return begun, time.monotonic(), answer

    def look() -> Any:
        return check(subject, "a")

    histories = at_once([lambda act=act: [timed(do) for do in (act, look) * 10] for act in [yes, no] * (threads // 2)])
    seqs = dict(ConsentTransaction.objects.values_list("pk", "subject_seq"))
    acts = [
        Done(begun, ended, answer[0].subject_seq if isinstance(answer, list) else seqs[answer.transaction_id], write)
        for history in histories
        for begun, ended, answer in history
        for write in [isinstance(answer, list)]
    ]
    assert_linearizable(acts)
    actions = ConsentTransaction.objects.order_by("subject_seq").values_list("action", flat=True)
    for before, action in pairwise(actions):
        assert action == "withdraw" or (action == "renew") == (before != "withdraw")


def assert_linearizable(acts: list[Done]) -> None:
    """The ledger's order is one in which each act takes effect between its beginning and its end."""
    writes = sorted((act for act in acts if act.is_write), key=lambda act: act.seq)
    assert [write.seq for write in writes] == list(range(2, len(writes) + 2)), "the first row was there before"
    for act in acts:
        done_before = [other for other in acts if other.ended < act.begun]
        assert all(other.seq <= act.seq for other in done_before)
        if not act.is_write and act.seq > 1:
            assert writes[act.seq - 2].begun < act.ended, "nothing is read before it is written"


def test_a_check_is_never_older_than_a_write_acknowledged_in_any_process(subject: Subject, tmp_path: Path) -> None:
    publish("a")
    open_point("a")
    board = tmp_path / "board"
    board.write_bytes(bytes(3 * WIDTH))
    start = (
        "import sys, django; django.setup();"
        "from tests.consents.domain.writer import write_and_check; write_and_check(*sys.argv[1:])"
    )
    environment = os.environ | {"DATABASE_URL": url_of_test_database(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", start, str(subject.pk), str(board), str(number), "200"],
            env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )
        for number in range(3)
    ]  # fmt: skip
    assert [writer.communicate(timeout=120)[1] for writer in writers] == [""] * 3
    assert [writer.returncode for writer in writers] == [0] * 3
    assert_sound(subject, rows=600)


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


def test_every_row_names_a_version_that_was_published_when_it_was_written() -> None:
    publish("a")
    crowd = [subject_for_account(new_account()) for _ in range(16)]

    def consent(subject: Subject) -> int:
        written = 0
        for _ in range(10):
            with suppress(PurposeNotPublished):  # the words changed while they were read
                written += len(recorder(subject, answers(Action.ALLOW, "a"))())
        return written

    def republish() -> int:
        return sum(publish("a", words=f"words {number}").number > 1 for number in range(10))

    published, *written = at_once([republish, *[lambda subject=subject: consent(subject) for subject in crowd]])
    versions = list(PurposeVersion.objects.order_by("number"))
    rows = ConsentTransaction.objects.select_related("purpose_version")
    until = {before: after.published_at for before, after in pairwise(versions)}
    late = [row for row in rows if row.purpose_version in until and row.recorded_at >= until[row.purpose_version]]
    assert (published, all(written), late) == (10, True, [])
