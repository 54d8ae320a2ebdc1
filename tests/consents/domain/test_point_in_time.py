"""The past by the ledger: against a fold of a few lines, and against what the live check said at the time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consents.domain.check import ConsentDecision, check_consents
from consents.domain.point_in_time import check_consents_at
from consents.domain.purposes import retire_purpose
from consents.domain.state import apply_transaction, save_states
from consents.enums import Actor, Reason
from consents.models import ConsentTransaction, PurposeVersion, Subject
from tests.consents.acts import CLIENT, allow, check, open_point, publish, refuse, withdraw

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY, MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
bounded = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
moments = st.integers(min_value=-1, max_value=60)


@dataclass(frozen=True)
class Row:
    """A ledger row of the model; hours since START. `version` counts the versions published before it was recorded."""

    action: str
    occurred: int
    recorded: int
    version: int


@dataclass(frozen=True)
class History:
    published: list[int]
    rows: list[Row]


@st.composite
def histories(draw: Any) -> History:
    """Rows in the order of the ledger; some were made long before (paper) or after (a clock ahead) their recording."""
    published = sorted(draw(st.sets(st.integers(0, 50), min_size=1, max_size=3)))
    rows = []
    for recorded in sorted(draw(st.sets(st.integers(published[0], 55), max_size=6))):
        occurred = recorded - draw(st.sampled_from([0, 0, 1, 20, -2]))
        version = sum(hour <= recorded for hour in published)
        rows.append(Row(draw(st.sampled_from(["allow", "refuse", "withdraw"])), occurred, recorded, version))
    return History(published, rows)


def fold(history: History, at: int, known_at: int) -> Reason:
    """The model."""
    counted = [row for row in history.rows if row.recorded <= known_at and min(row.occurred, row.recorded) <= at]
    if not counted:
        return Reason.NONE
    last = counted[-1]
    if last.action != "allow":
        return Reason.REFUSED if last.action == "refuse" else Reason.WITHDRAWN
    if at >= last.occurred + 24:
        return Reason.EXPIRED
    current = sum(hour <= min(at, known_at) for hour in history.published)
    return Reason.ACTIVE if last.version == current else Reason.SUPERSEDED


def hour(number: int) -> datetime:
    return START + number * HOUR


def write(subject: Subject, history: History) -> None:
    """The model's rows as rows of the ledger, with the projection of the last."""
    for number, published in enumerate(history.published):
        with time_machine.travel(hour(published), tick=False):
            version = publish("p", words=f"words {number}", lifespan=DAY)
    point, text = open_point("p"), version.texts.get()
    versions = list(PurposeVersion.objects.order_by("number"))
    for seq, row in enumerate(history.rows, start=1):
        written = ConsentTransaction.objects.create(
            subject=subject, purpose=version.purpose, purpose_version=versions[row.version - 1], locale="en",
            text_sha256=text.sha256, scope_key=CLIENT, collection_point=point, action=row.action, actor=Actor.STAFF,
            occurred_at=hour(row.occurred), recorded_at=hour(row.recorded), subject_seq=seq,
            expires_at=hour(row.occurred + 24) if row.action == "allow" else None, epoch=seq, row_hash="-",
        )  # fmt: skip
        save_states([apply_transaction(written, None)])


def asked(subject: Subject, at: datetime | None, known_at: datetime | None = None) -> ConsentDecision:
    return check_consents_at(subject, names=["p"], scope_key=CLIENT, at=at, known_at=known_at)["p"]


@pytest.mark.django_db
@bounded
@given(history=histories(), at=moments, known_at=moments)
@example(history=History([22, 36], [Row("allow", 18, 38, 2)]), at=25, known_at=50)  # before its version was published
def test_any_history_at_any_two_moments_is_the_models_fold(
    subject: Subject, history: History, at: int, known_at: int
) -> None:
    with transaction.atomic():
        write(subject, history)
        assert asked(subject, hour(at), hour(known_at)).reason is fold(history, at, known_at)
        assert asked(subject, hour(at)).reason is fold(history, at, max(at, 99))
        with time_machine.travel(hour(60), tick=False):
            assert asked(subject, timezone.now(), timezone.now()) == check(subject, "p") == asked(subject, None)
        transaction.set_rollback(True)


@pytest.mark.postgresql  # SQLite's clock has milliseconds
@pytest.mark.django_db(transaction=True)
@settings(bounded, max_examples=15)
@given(acts=st.lists(st.sampled_from(["allow", "refuse", "withdraw", "publish"]), max_size=8))
def test_the_past_is_what_the_live_check_said_then(subject: Subject, acts: list[str]) -> None:
    publish("p", words=str(timezone.now()))
    said = [(timezone.now(), check(subject, "p"))]
    for act in acts:
        if act == "publish":
            publish("p", words=str(timezone.now()))
        else:
            {"allow": allow, "refuse": refuse, "withdraw": withdraw}[act](subject, "p")
        live = check(subject, "p")
        said.append((timezone.now(), live))
    for moment, live in said:
        assert asked(subject, moment, moment) == live


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("offset", "reason"),
    [(-MICROSECOND, Reason.ACTIVE), (timedelta(0), Reason.EXPIRED), (MICROSECOND, Reason.EXPIRED)],
)
def test_the_past_ends_at_the_microsecond_too(subject: Subject, offset: timedelta, reason: Reason) -> None:
    with time_machine.travel(START, tick=False):
        publish("p", lifespan=DAY)
        allow(subject, "p")
    assert asked(subject, START + DAY + offset).reason is reason
    assert asked(subject, START).reason is Reason.ACTIVE
    assert asked(subject, START - MICROSECOND).reason is Reason.NONE


@pytest.mark.django_db
def test_a_retired_purpose_was_in_use_before(subject: Subject) -> None:
    with time_machine.travel(START, tick=False):
        publish("p")
        allow(subject, "p")
    with time_machine.travel(START + DAY, tick=False):
        retire_purpose("p")
    assert asked(subject, START + DAY - MICROSECOND).reason is Reason.ACTIVE
    assert asked(subject, START + DAY).reason is Reason.UNKNOWN_PURPOSE
    assert asked(subject, START + DAY, START).reason is Reason.NONE, "neither retirement nor row was known yet"


@pytest.mark.django_db
def test_a_paper_form_entered_late_changes_the_past_that_is_known_now(subject: Subject) -> None:
    with time_machine.travel(START, tick=False):
        publish("p")
    before = timezone.now()
    open_point("p")
    allow(subject, "p", actor=Actor.STAFF, occurred_at=START)
    assert asked(subject, START + DAY).reason is Reason.ACTIVE
    assert asked(subject, START + DAY, before - HOUR).reason is Reason.NONE


@pytest.mark.django_db
def test_others_and_nobody_have_no_past(subject: Subject, stranger: Subject) -> None:
    publish("p")
    allow(subject, "p")
    for who, scope_key in ((stranger, CLIENT), (None, CLIENT), (subject, "client-b"), (subject, "")):
        found = check_consents_at(who, names=["p", "?"], scope_key=scope_key)
        assert [answer.reason for answer in found.values()] == [Reason.NONE, Reason.UNKNOWN_PURPOSE]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_the_past_costs_three_queries(subject: Subject, count: int, django_assert_num_queries: Any) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    allow(subject, *names)
    with django_assert_num_queries(3):
        found = check_consents_at(subject, names=names, scope_key=CLIENT)
    assert found == check_consents(subject, names=names, scope_key=CLIENT)
