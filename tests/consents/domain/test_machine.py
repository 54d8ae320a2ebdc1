"""Anything that people, publishers and the clock can do, in any order, against the rules of a few dozen lines.

Three people, two clients, three purposes. MACHINE_EXAMPLES histories are tried, of up to 25 acts each.
"""

import os
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from consents.domain.check import ConsentDecision, check_consents
from consents.domain.erasure import erase_subject
from consents.domain.point_in_time import check_consents_at
from consents.domain.purposes import keep_purpose, publish_version, retire_purpose
from consents.domain.queries.history import standing_consents
from consents.domain.recording import Decision, record_decisions, withdraw_consents
from consents.domain.state import answer_of, rebuild_state
from consents.domain.subjects import find_subject, subject_for_account
from consents.domain.verification import first_fault
from consents.enums import Action, Actor, CarryOver, ChangeKind, ErasureKind, LifespanAnchor
from consents.errors import PurposeConflict, PurposeNotPublished
from consents.models import ConsentState, ConsentTransaction, DailyCount, Purpose, PurposeText, PurposeVersion, Subject
from tests.consents.acts import open_point
from tests.consents.clock import stopped_clock
from tests.consents.conftest import new_account
from tests.consents.domain.rules import Answer, Terms, answered, reason
from tests.consents.sound_ledger import assert_chained, assert_gap_free

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "6"))
START = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
DAY = timedelta(days=1)
SCOPES = {"calls": "per_client", "games": "per_client", "letters": "global"}
names = st.sampled_from(sorted(SCOPES))
people = st.integers(0, 2)
clients = st.integers(0, 1)
lifespans = st.sampled_from([None, 10 * DAY, 40 * DAY, 1, 3])
changes = st.sampled_from(
    [
        (ChangeKind.MATERIAL, CarryOver.NONE, None),
        (ChangeKind.MATERIAL, CarryOver.UNTIL_EXPIRY, None),
        (ChangeKind.MATERIAL, CarryOver.GRACE, 5 * DAY),
        (ChangeKind.MATERIAL, CarryOver.FULL, None),
        (ChangeKind.EDITORIAL, CarryOver.FULL, None),
    ]
)
Unit = tuple[str, str]
Row = tuple[str, str, str, int]


class ConsentMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.now = START
        self.move_to = self.stack.enter_context(stopped_clock(START))
        self.people, self.clients = self.inhabitants()
        self.purposes = [Purpose.objects.create(name=name, scope=scope) for name, scope in SCOPES.items()]
        self.versions: dict[str, list[PurposeVersion]] = {name: [] for name in SCOPES}
        self.said: list[tuple[datetime, Subject, str, dict[str, ConsentDecision]]] = []
        # The model: terms by purpose, from when each is retired, and by person the last answers and all rows; the same
        # of the skeletons of whom was forgotten, and how often each act was counted.
        self.terms: dict[str, list[Terms]] = {name: [] for name in SCOPES}
        self.retired: dict[str, datetime] = {}
        self.answers: list[dict[Unit, Answer]] = [{} for _person in self.people]
        self.rows: list[list[Row]] = [[] for _person in self.people]
        self.skeletons: dict[Subject, tuple[dict[Unit, Answer], list[Row]]] = {}
        self.counted: Counter[str] = Counter()
        for name in SCOPES:
            self.publish(name, (ChangeKind.MATERIAL, CarryOver.NONE, None), 40 * DAY, first=False)
        self.points = [open_point(*SCOPES, recipient=client) for client in self.clients]
        for person in range(2):  # so that the first acts already meet something that stands
            self.decide(person, client=0, asked=dict.fromkeys(SCOPES, "allow"))

    def inhabitants(self) -> tuple[list[Subject], list[str]]:
        return [self.welcome(new_account()) for _person in range(3)], ["client-a", "client-b"]

    def welcome(self, account: Any) -> Subject:
        """Somebody who never decided anything."""
        return subject_for_account(account)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.stack.close()

    def tick(self, step: timedelta = TICK) -> None:
        """No two acts share a moment: the past then has one answer at each."""
        self.now += step
        self.move_to(self.now)

    def unit(self, name: str, client: str) -> Unit:
        return name, client if SCOPES[name] == "per_client" else ""

    def write(self, person: int, unit: Unit, answer: Answer) -> None:
        self.answers[person][unit] = answer
        self.rows[person].append((*unit, answer.action, answer.number))
        self.counted[answer.action] += 1

    def expected(self, person: int, unit: Unit) -> str:
        name, _scope_key = unit
        if self.is_retired(name):
            return "unknown_purpose"
        return reason(self.answers[person].get(unit), self.terms[name], self.now)

    def is_retired(self, name: str) -> bool:
        return name in self.retired and self.retired[name] <= self.now

    # --- Acts ---

    @rule(name=names, change=changes, lifespan=lifespans, first=st.booleans())
    def publish(self, name: str, change: Any, lifespan: timedelta | int | None, first: bool) -> None:
        self.tick()
        if self.is_retired(name):
            return
        kind, carry_over, grace = change
        if kind == ChangeKind.EDITORIAL:  # changes words, and nothing else
            lifespan, first = self.terms[name][-1].lifespan, self.terms[name][-1].from_first_yes
        number = len(self.versions[name]) + 1
        self.terms[name].append(Terms(number, self.now, carry_over, grace, lifespan, first))
        draft = PurposeVersion.objects.create(
            purpose=Purpose.objects.get(name=name),
            number=number,
            change_kind=kind,
            carry_over=carry_over,
            grace=grace,
            lifespan=None if isinstance(lifespan, int) else lifespan,
            lifespan_months=lifespan if isinstance(lifespan, int) else None,
            lifespan_anchor=LifespanAnchor.FIRST_YES if first else LifespanAnchor.LAST_YES,
        )
        text = PurposeText(version=draft, locale="en", title=name, text=f"words {number}")
        text.sha256 = text.digest()
        text.save()
        self.versions[name].append(publish_version(draft))

    @rule(name=names, delay=st.sampled_from([None, DAY, 12 * DAY, 30 * DAY]))
    def retire(self, name: str, delay: timedelta | None) -> None:
        """Now or later; a retirement to come is moved, one that happened is not. One purpose at least is kept."""
        self.tick()
        if len(self.retired.keys() | {name}) == len(SCOPES):
            return
        retire_purpose(name, at=None if delay is None else self.now + delay)
        if not self.is_retired(name):
            self.retired[name] = self.now + (delay or 0 * DAY)

    @precondition(lambda self: self.retired)
    @rule(name=names)
    def keep(self, name: str) -> None:
        self.tick()
        if self.is_retired(name):
            with pytest.raises(PurposeConflict):
                keep_purpose(name)
            return
        keep_purpose(name)
        self.retired.pop(name, None)

    def post(self, person: int, client: int, asked: dict[str, str], version: int = -1) -> list[ConsentTransaction]:
        shown = {name: self.versions[name][version] for name in asked}
        decisions = [
            Decision(name, Action(action), shown[name].pk, "en", shown[name].texts.get().sha256)
            for name, action in asked.items()
        ]
        scope_key, point = self.clients[client], self.points[client]
        subject = self.people[person]
        return record_decisions(
            subject, collection_point=point, scope_key=scope_key, decisions=decisions, actor=Actor.SELF
        )

    @rule(
        person=people,
        client=clients,
        asked=st.dictionaries(names, st.sampled_from(["allow", "allow", "allow", "refuse"]), min_size=1),
    )
    def decide(self, person: int, client: int, asked: dict[str, str]) -> None:
        self.tick()
        if any(self.is_retired(name) for name in asked):
            with pytest.raises(PurposeNotPublished):
                self.post(person, client, asked)
            return
        rows = self.post(person, client, asked)
        for row, (name, action) in zip(rows, asked.items(), strict=True):
            unit = self.unit(name, self.clients[client])
            answer = answered(action, self.answers[person].get(unit), self.terms[name], self.now)
            assert (row.action, row.expires_at) == (answer.action, answer.end)
            self.write(person, unit, answer)

    @rule(person=people, client=clients, name=names)
    def agree_to_old_words(self, person: int, client: int, name: str) -> None:
        self.tick()
        if len(self.versions[name]) > 1:
            with pytest.raises(PurposeNotPublished):
                self.post(person, client, {name: "allow"}, version=-2)

    @rule(person=people, client=clients, chosen=st.none() | st.sets(names, min_size=1), everywhere=st.booleans())
    def withdraw(self, person: int, client: int, chosen: set[str] | None, everywhere: bool) -> None:
        """Some purposes, or all that stands at one client or, the global ones, everywhere."""
        self.tick()
        scope_key = "" if everywhere and chosen is None else self.clients[client]
        known = self.answers[person]
        if chosen is None:
            units = [unit for unit, answer in known.items() if unit[1] == scope_key and answer.is_yes]
        else:
            units = [unit for unit in (self.unit(name, scope_key) for name in chosen) if unit in known]
        asked = None if chosen is None else sorted(chosen, reverse=True)
        withdraw_consents(self.people[person], names=asked, scope_key=scope_key, actor=Actor.SELF)
        for unit in sorted(units):
            self.write(person, unit, Answer("withdraw", known[unit].number))

    @rule(person=people, kind=st.sampled_from(ErasureKind))
    def forget(self, person: int, kind: ErasureKind) -> None:
        """All that stands is withdrawn; then the account is that of somebody who never decided anything."""
        self.tick()
        subject, known = self.people[person], self.answers[person]
        account = subject.account
        erase_subject(subject, kind=kind, basis="a law" if kind == ErasureKind.SKELETON else "", actor_ref="officer")
        for unit in sorted((unit for unit in known if known[unit].is_yes), key=lambda unit: unit[::-1]):
            self.write(person, unit, Answer("withdraw", known[unit].number))
        if kind == ErasureKind.SKELETON:
            self.skeletons[subject] = known, self.rows[person]
        else:
            self.said = [said for said in self.said if said[1] != subject]
        assert find_subject(account.pk) is None
        self.people[person] = self.welcome(account)
        self.answers[person], self.rows[person] = {}, []

    @rule(days=st.integers(1, 45))
    def wait(self, days: int) -> None:
        self.tick(days * DAY)

    @rule(which=st.sampled_from([0, 0, 0, 1, 2, 4]), offset=st.sampled_from([0 * TICK, -TICK, TICK]))
    def wait_for_an_end(self, which: int, offset: timedelta) -> None:
        """Mostly to the very moment at which the next of what stands ends, or to just before or after it."""
        ends = [*self.retired.values(), *(answer.end for answer in self.standing_answers() if answer.end)]
        ahead = sorted({end + offset for end in ends if end + offset > self.now})
        if ahead:
            self.tick(ahead[which % len(ahead)] - self.now)

    @rule(name=names, offset=st.sampled_from([0 * TICK, -TICK, TICK]))
    def outlive_a_grace(self, name: str, offset: timedelta) -> None:
        self.publish(name, (ChangeKind.MATERIAL, CarryOver.GRACE, 5 * DAY), None, first=False)
        self.tick(5 * DAY + offset)

    def standing_answers(self) -> list[Answer]:
        return [
            answer
            for person, known in enumerate(self.answers)
            for unit, answer in known.items()
            if self.expected(person, unit) == "active"
        ]

    # --- What must hold after each ---

    @invariant()
    def the_live_check_agrees_with_the_rules(self) -> None:
        for person, subject in enumerate(self.people):
            for client in self.clients:
                live = check_consents(subject, names=SCOPES, scope_key=client)
                expected = {name: self.expected(person, self.unit(name, client)) for name in SCOPES}
                assert {name: answer.reason for name, answer in live.items()} == expected
                assert [name for name in SCOPES if live[name].allowed] == [
                    name for name in SCOPES if expected[name] == "active"
                ]
                self.said.append((self.now, subject, client, live))

    @invariant()
    def what_stands_is_what_a_check_permits(self) -> None:
        for person, subject in enumerate(self.people):
            for scope_key in ["", *self.clients]:
                standing = list(standing_consents(subject, scope_key=scope_key).values_list("purpose__name", flat=True))
                units = [(name, scope_key) for name in SCOPES if (SCOPES[name] == "global") == (scope_key == "")]
                assert standing == [unit[0] for unit in units if self.expected(person, unit) == "active"]

    @invariant()
    def the_past_is_what_the_live_check_said_then(self) -> None:
        """Of a skeleton too."""
        for moment, subject, client, live in Random(len(self.said)).sample(self.said, 2):
            past = {"at": moment, "known_at": moment}
            assert check_consents_at(subject, names=SCOPES, scope_key=client, **past) == live

    @invariant()
    def the_ledger_has_every_act_once_in_order(self) -> None:
        """Those of a skeleton are kept, those of a shred are gone."""
        written = ConsentTransaction.objects.select_related("subject", "purpose", "purpose_version").order_by("epoch")
        due = dict(zip(self.people, self.rows, strict=True)) | {
            who: rows for who, (_known, rows) in self.skeletons.items()
        }
        rows: dict[Any, list[ConsentTransaction]] = {subject.pk: [] for subject in due}
        for row in written:
            rows[row.subject_id].append(row)
        for subject, expected in due.items():
            found = rows[subject.pk]
            assert [
                (row.purpose.name, row.scope_key, row.action, row.purpose_version.number) for row in found
            ] == expected
            assert_gap_free(found)
            assert_chained(found)

    @invariant()
    def the_counts_are_those_of_the_ledger(self) -> None:
        """Of those too whose rows are gone."""
        counted = DailyCount.objects.values_list("counted").annotate(Sum("number"))
        assert dict(counted) == self.counted

    @invariant()
    def the_projection_is_the_fold_and_no_fault_is_found(self) -> None:
        kept = projection()
        skeletons = [known for known, _rows in self.skeletons.values()]
        assert rebuild_state() == sum(len(known) for known in [*self.answers, *skeletons])
        assert projection() == kept
        assert first_fault() is None


def projection() -> dict[Any, Any]:
    return {
        (state.subject_id, state.purpose_id, state.scope_key): answer_of(state) for state in ConsentState.objects.all()
    }


def run_machine(machine: type[ConsentMachine], *, examples: int) -> None:
    bounded = settings(
        max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=bounded)


@pytest.mark.django_db
def test_any_order_of_acts_agrees_with_the_rules() -> None:
    run_machine(ConsentMachine, examples=EXAMPLES)
