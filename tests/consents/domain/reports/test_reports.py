"""Each report against decisions made through the domain."""

from datetime import UTC, date, datetime, timedelta
from math import isclose
from typing import Any

import pytest
from django.utils import timezone

from consents.domain.counts import count_asked
from consents.domain.purposes import retire_purpose
from consents.domain.recording import record_decisions
from consents.domain.reports.active_at import active_at
from consents.domain.reports.evidence_health import evidence_health
from consents.domain.reports.expiring import expiring
from consents.domain.reports.ledger_health import ledger_health
from consents.domain.reports.opt_in import Cell, opt_in_rate, wilson_interval
from consents.domain.reports.part import Part
from consents.domain.reports.superseded import superseded
from consents.domain.reports.withdrawals import withdrawals
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor
from consents.models import ConsentTransaction, DailyCount, Evidence, PurposeText, Subject, SubjectKey
from tests.consents.acts import CLIENT, allow, answers, open_point, publish, refuse, triggers_dropped, withdraw
from tests.consents.conftest import new_account

pytestmark = pytest.mark.django_db


def today() -> date:
    return datetime.now(UTC).date()


def this_month(**narrowed: Any) -> Part:
    return Part(today() - timedelta(days=27), today(), **narrowed)


def people(number: int) -> list[Subject]:
    return [subject_for_account(new_account()) for _ in range(number)]


def test_rates_are_of_what_was_asked() -> None:
    version = publish("read.phone")
    count_asked([version.pk] * 20, point=open_point("read.phone"), scope_key=CLIENT)
    for subject in people(9):
        allow(subject, "read.phone")
    for subject in people(3):
        refuse(subject, "read.phone")
    report = opt_in_rate(this_month(purpose="read.phone"))
    cell = report.rows["read.phone"]
    assert cell == Cell(asked=20, given=9, refused=3)
    assert (cell.give_rate, cell.decision_rate) == (0.45, 0.6)
    assert report.over_time[today()] == cell
    assert len(report.over_time) == 28
    assert [mark.label for mark in report.versions] == ["v1"]


def test_a_renewal_is_given_and_a_withdrawal_is_no_answer(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    assert opt_in_rate(this_month()).rows == {"read.phone": Cell(asked=2, given=2, refused=0)}


def test_a_cell_with_fewer_than_ten_answers_tells_no_rate() -> None:
    assert Cell(asked=90, given=9).give_rate is None
    assert Cell(asked=90, given=9).interval is None
    assert Cell(asked=90, given=9, refused=1).give_rate == 0.1


@pytest.mark.parametrize(
    ("by", "labels"),
    [
        ("purpose", ["read.email", "read.phone"]),
        ("version", ["read.email v1", "read.phone v1", "read.phone v2"]),
        ("point", [f"sign-in ({CLIENT})"]),
        ("client", [CLIENT]),
    ],
)
def test_rows_are_split(by: str, labels: list[str], subject: Subject) -> None:
    publish("read.phone")
    publish("read.email")
    allow(subject, "read.phone", "read.email")
    publish("read.phone", words="To call you at night.")
    allow(subject, "read.phone")
    assert list(opt_in_rate(this_month(), by=by).rows) == labels


@pytest.mark.parametrize(
    ("narrowed", "given"),
    [({}, 2), ({"purpose": "read.phone"}, 1), ({"client": CLIENT}, 2), ({"client": "other"}, 0), ({"version": 2}, 0)],
)
def test_a_part_narrows(narrowed: dict[str, Any], given: int, subject: Subject) -> None:
    publish("read.phone")
    publish("read.email")
    [row, _other] = allow(subject, "read.phone", "read.email")
    found = opt_in_rate(this_month(**narrowed, point=row.collection_point_id))
    assert sum(cell.given for cell in found.over_time.values()) == given
    assert withdrawals(this_month(**narrowed)).over_time == dict.fromkeys(this_month().periods(), 0)


# Values of the Wilson score interval as R's prop.test(correct = FALSE) prints them.
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"), [(10, 10, 0.72247, 1.0), (0, 10, 0.0, 0.27753), (81, 263, 0.25526, 0.36617)]
)
def test_wilson(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson_interval(successes, trials)
    assert isclose(found[0], low, abs_tol=5e-5)
    assert isclose(found[1], high, abs_tol=5e-5)


@pytest.mark.parametrize(
    ("days", "step", "first", "count"),
    [(31, "day", date(2026, 1, 1), 31), (60, "week", date(2025, 12, 29), 9), (365, "month", date(2026, 1, 1), 12)],
)
def test_time_is_drawn_in_steps(days: int, step: str, first: date, count: int) -> None:
    part = Part(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days - 1))
    assert (part.step, part.periods()[0], len(part.periods())) == (step, first, count)


@pytest.mark.parametrize("days", [10, 100, 400])
def test_the_steps_of_the_counts_are_those_of_the_part(days: int, subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    part = Part(today() - timedelta(days=days), today())
    assert opt_in_rate(part).over_time[part.periods()[-1]].given == 1
    assert withdrawals(part).over_time[part.periods()[-1]] == 1


def test_withdrawals_by_client_and_purpose(subject: Subject, stranger: Subject) -> None:
    publish("read.phone")
    publish("read.email")
    for person in (subject, stranger):
        allow(person, "read.phone", "read.email")
        withdraw(person, "read.phone")
    report = withdrawals(this_month())
    assert (report.by_purpose, report.by_client) == ({"read.phone": 2}, {CLIENT: 2})


@pytest.mark.parametrize(("days", "place"), [(0, 0), (3, 1), (20, 2), (60, 3), (200, 4), (800, 5)])
def test_the_age_counts_from_the_first_yes(days: int, place: int, subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone", actor=Actor.STAFF, occurred_at=timezone.now() - timedelta(days=days))
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    withdraw(subject, "read.phone")
    report = withdrawals(this_month())
    assert [place for place, number in enumerate(report.ages) if number] == [place]
    assert report.without_age == 1


def test_expiring_is_cumulative_and_stands(subject: Subject, stranger: Subject) -> None:
    publish("read.phone", lifespan=timedelta(days=45))
    publish("read.email", lifespan=timedelta(days=400))
    for person in (subject, stranger):
        allow(person, "read.phone", "read.email")
    withdraw(stranger, "read.phone")
    assert [(row.purpose, row.client, row.within) for row in expiring()] == [("read.phone", CLIENT, (0, 1, 1))]
    assert expiring(client="other") == expiring(purpose="read.email") == []
    retire_purpose("read.phone")
    assert expiring() == []


def test_superseded_awaits_and_comes_back(subject: Subject, stranger: Subject) -> None:
    publish("read.phone")
    for person in (subject, stranger, *people(1)):
        allow(person, "read.phone")
    withdraw(stranger, "read.phone")
    publish("read.phone", words="To call you at night.")
    [row] = superseded()
    assert (row.version, row.awaiting, row.carried, row.came_back, row.return_rate) == (1, 2, 0, 0, 0.0)
    allow(subject, "read.phone")
    allow(stranger, "read.phone")
    [row] = superseded(purpose="read.phone")
    assert (row.awaiting, row.came_back, row.return_rate) == (1, 2, 2 / 3)
    assert superseded(purpose="other") == []


def test_active_at_a_past_day_stays_what_it_was(subject: Subject, stranger: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    allow(stranger, "read.phone")
    assert [(row.purpose, row.version, row.client, row.number) for row in active_at(today())] == [
        ("read.phone", 1, CLIENT, 2)
    ]
    assert active_at(today() - timedelta(days=1)) == []
    withdraw(subject, "read.phone")
    assert [row.number for row in active_at(today())] == [1]


def test_evidence_health_counts_what_is_missing(subject: Subject, stranger: Subject) -> None:
    publish("read.phone")
    point = open_point("read.phone")
    for person in (subject, stranger, *people(1)):
        record_decisions(
            person,
            collection_point=point,
            scope_key=CLIENT,
            decisions=answers(Action.ALLOW, "read.phone"),
            actor=Actor.SELF,
            evidence={"ip": "192.0.2.0"},
        )
    withdraw(subject, "read.phone")
    Evidence.objects.filter(subject=subject).delete()
    SubjectKey.objects.filter(subject=stranger).delete()
    with triggers_dropped():
        PurposeText.objects.update(sha256="0" * 64)
    [none, web] = evidence_health(this_month())
    assert (none.channel, none.rows, none.no_notice_token, none.no_evidence, none.evidence_destroyed) == (
        "",
        1,
        0,
        1,
        0,
    )
    assert (web.channel, web.rows, web.no_notice_token, web.no_evidence, web.evidence_destroyed) == ("web", 3, 3, 0, 2)
    assert (none.text_missing, web.text_missing) == (1, 3)


def test_ledger_health_finds_a_counter_that_lies(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    report = ledger_health(this_month())
    assert (report.people, report.rows, report.sound) == (1, 1, True)
    DailyCount.objects.filter(counted=Action.ALLOW).update(number=3)
    report = ledger_health(this_month())
    assert not report.sound
    assert {row.action: row.difference for row in report.compared if row.difference} == {Action.ALLOW: 2}
    assert ConsentTransaction.objects.count() == 1
