"""Anything a person, a publisher and the clock can do, in any order, against a model of a few lines."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from consents.domain.check import check_consents
from consents.domain.state import rebuild_state
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault
from consents.enums import Reason
from consents.models import ConsentTransaction
from tests.consents.acts import allow, publish, refuse, withdraw
from tests.consents.conftest import new_account

START = datetime(2026, 1, 1, tzinfo=UTC)
LIFESPAN = timedelta(days=10)
SCOPES = {"mine": "per_client", "everywhere": "global"}
NAMES = st.sampled_from(list(SCOPES))
CLIENTS = st.sampled_from(["client-a", "client-b"])


class ConsentMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now = START
        self.subject = subject_for_account(new_account())
        self.version = dict.fromkeys(SCOPES, 0)
        # unit -> (yes or the reason of the no, version answered, end), and how many rows it has
        self.answers: dict[tuple[str, str], tuple[Reason, int, datetime]] = {}
        self.rows: dict[tuple[str, str], int] = {}
        for name in SCOPES:
            self.publish(name)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def unit(self, name: str, client: str) -> tuple[str, str]:
        return name, client if SCOPES[name] == "per_client" else ""

    def answered(self, name: str, client: str, reason: Reason, version: int | None = None) -> None:
        unit = self.unit(name, client)
        self.answers[unit] = (reason, version or self.version[name], self.now + LIFESPAN)
        self.rows[unit] = self.rows.get(unit, 0) + 1

    @rule(name=NAMES)
    def publish(self, name: str) -> None:
        self.version[name] += 1
        with time_machine.travel(self.now, tick=False):
            publish(name, scope=SCOPES[name], words=f"words {self.version[name]}", lifespan=LIFESPAN)

    @rule(name=NAMES, client=CLIENTS)
    def allow(self, name: str, client: str) -> None:
        with time_machine.travel(self.now, tick=False):
            [row] = allow(self.subject, name, scope_key=client)
        assert (row.action == "renew") == (self.expected(name, client) is Reason.ACTIVE)
        self.answered(name, client, Reason.ACTIVE)

    @rule(name=NAMES, client=CLIENTS)
    def refuse(self, name: str, client: str) -> None:
        with time_machine.travel(self.now, tick=False):
            refuse(self.subject, name, scope_key=client)
        self.answered(name, client, Reason.REFUSED)

    @rule(name=NAMES, client=CLIENTS)
    def withdraw(self, name: str, client: str) -> None:
        with time_machine.travel(self.now, tick=False):
            rows = withdraw(self.subject, name, scope_key=client)
        before = self.answers.get(self.unit(name, client))
        assert len(rows) == (before is not None)
        if before is not None:
            self.answered(name, client, Reason.WITHDRAWN, version=before[1])

    @rule(days=st.integers(min_value=1, max_value=11))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    def expected(self, name: str, client: str) -> Reason:
        reason, version, end = self.answers.get(self.unit(name, client), (Reason.NONE, 0, self.now))
        if reason is not Reason.ACTIVE:
            return reason
        if self.now >= end:
            return Reason.EXPIRED
        return Reason.ACTIVE if version == self.version[name] else Reason.SUPERSEDED

    @invariant()
    def every_check_agrees_with_the_model(self) -> None:
        for client in ("client-a", "client-b"):
            answers = check_consents(self.subject, names=SCOPES, scope_key=client, at=self.now)
            assert {name: answer.reason for name, answer in answers.items()} == {
                name: self.expected(name, client) for name in SCOPES
            }

    @invariant()
    def the_ledger_is_sound_and_complete(self) -> None:
        assert ConsentTransaction.objects.filter(subject=self.subject).count() == sum(self.rows.values())
        assert first_fault() is None
        assert rebuild_state(subject=self.subject) == len(self.rows)
        assert first_fault() is None


@pytest.mark.django_db
def test_any_order_of_acts_agrees_with_the_model() -> None:
    run_state_machine_as_test(
        ConsentMachine,
        settings=settings(
            max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
