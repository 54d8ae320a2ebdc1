from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from consents.domain.collection_points import close_collection_point
from consents.domain.purposes import retire_purpose
from consents.domain.recording import record_decisions
from consents.enums import Action, Actor, Reason, Status
from consents.errors import (
    CollectionPointClosed,
    ConsentsError,
    DecisionInvalid,
    DecisionOutdated,
    NoticeTextMismatch,
    PurposeNotAsked,
    PurposeNotPublished,
)
from consents.models import ConsentState, ConsentTransaction, Subject
from tests.consents.acts import (
    CLIENT,
    PURPOSE_LOCK,
    allow,
    answers,
    check,
    decide,
    open_point,
    publish,
    refuse,
    withdraw,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_an_allow_writes_who_what_where_and_which_words(subject: Subject) -> None:
    version = publish("read.phone")
    [row] = allow(subject, "read.phone")
    row = ConsentTransaction.objects.get(pk=row.pk)
    assert (row.subject, row.purpose_version, row.scope_key) == (subject, version, CLIENT)
    assert (row.text_sha256, row.locale) == (version.texts.get().sha256, "en")
    assert (row.action, row.actor, row.subject_seq) == (Action.ALLOW, Actor.SELF, 1)
    assert row.collection_point == open_point("read.phone")


def test_the_state_is_the_last_row(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    [row] = refuse(subject, "read.phone")
    state = ConsentState.objects.get()
    assert (state.status, state.seq, state.last_transaction) == (Status.REFUSED, 2, row)


def test_rows_come_back_in_the_order_of_the_decisions(subject: Subject) -> None:
    publish("a")
    publish("b", scope="global")
    rows = allow(subject, "b", "a")
    assert [(row.purpose.name, row.scope_key) for row in rows] == [("b", ""), ("a", CLIENT)]


def test_an_allow_of_an_active_unit_is_a_renewal(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    assert [row.action for row in allow(subject, "read.phone")] == [Action.RENEW]
    assert check(subject, "read.phone").reason is Reason.ACTIVE


@pytest.mark.parametrize("before", ["refuse", "withdraw", "expire", "supersede"])
def test_an_allow_of_what_does_not_stand_is_an_allow(subject: Subject, before: str) -> None:
    publish("read.phone", lifespan=DAY)
    allow(subject, "read.phone")
    moment = datetime.now(UTC)
    if before == "refuse":
        refuse(subject, "read.phone")
    elif before == "withdraw":
        withdraw(subject, "read.phone")
    elif before == "expire":
        moment += DAY
    else:
        publish("read.phone", words="More.", lifespan=DAY)
    with time_machine.travel(moment, tick=False):
        assert [row.action for row in allow(subject, "read.phone")] == [Action.ALLOW]


def test_the_lifespan_counts_from_the_decision(subject: Subject) -> None:
    publish("read.phone", lifespan=30 * DAY)
    with time_machine.travel(NOW, tick=False):
        [row] = allow(subject, "read.phone", occurred_at=NOW - timedelta(minutes=4))
    assert row.expires_at == NOW - timedelta(minutes=4) + 30 * DAY


def test_a_refusal_never_expires(subject: Subject) -> None:
    publish("read.phone", lifespan=DAY)
    assert refuse(subject, "read.phone")[0].expires_at is None


def test_one_client_is_not_another(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone", scope_key="client-a")
    [row] = allow(subject, "read.phone", scope_key="client-b")
    assert (row.action, row.subject_seq) == (Action.ALLOW, 1)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_time_far_from_the_servers_is_refused(subject: Subject, minutes: int) -> None:
    publish("read.phone")
    with time_machine.travel(NOW, tick=False), pytest.raises(DecisionInvalid):
        allow(subject, "read.phone", occurred_at=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_time_within_five_minutes_is_kept(subject: Subject, minutes: int) -> None:
    publish("read.phone")
    moment = NOW + timedelta(minutes=minutes)
    with time_machine.travel(NOW, tick=False):
        assert allow(subject, "read.phone", occurred_at=moment)[0].occurred_at == moment


def test_staff_may_enter_an_old_paper(subject: Subject) -> None:
    publish("read.phone")
    [row] = allow(subject, "read.phone", actor=Actor.STAFF, occurred_at=NOW)
    assert row.occurred_at == NOW


def test_an_old_paper_does_not_undo_a_later_withdrawal(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    with pytest.raises(DecisionOutdated):
        allow(subject, "read.phone", actor=Actor.STAFF, occurred_at=datetime.now(UTC) - DAY)
    assert check(subject, "read.phone").reason is Reason.WITHDRAWN


def test_a_superseded_version_is_refused_with_409(subject: Subject) -> None:
    publish("read.phone")
    stale = answers(Action.ALLOW, "read.phone")
    publish("read.phone", words="More.")
    with pytest.raises(PurposeNotPublished) as caught:
        decide(subject, stale)
    assert caught.value.http_status == 409


def test_a_retired_purpose_is_refused(subject: Subject) -> None:
    publish("read.phone")
    stale = answers(Action.ALLOW, "read.phone")
    retire_purpose("read.phone")
    with pytest.raises(PurposeNotPublished):
        decide(subject, stale)


def test_a_version_of_another_purpose_is_refused(subject: Subject) -> None:
    publish("a")
    publish("b")
    [decision] = answers(Action.ALLOW, "a")
    with pytest.raises(PurposeNotPublished):
        decide(subject, [replace(decision, purpose="b")])


@pytest.mark.parametrize("change", [{"text_sha256": "0" * 64}, {"locale": "ru"}])
def test_words_that_are_not_of_the_version_are_refused_with_409(subject: Subject, change: dict[str, str]) -> None:
    publish("read.phone")
    [decision] = answers(Action.ALLOW, "read.phone")
    with pytest.raises(NoticeTextMismatch) as caught:
        decide(subject, [replace(decision, **change)])
    assert caught.value.http_status == 409


def record_at(point: object, subject: Subject) -> None:
    decisions = answers(Action.ALLOW, "read.phone")
    record_decisions(subject, collection_point=point, scope_key=CLIENT, decisions=decisions, actor=Actor.SELF)


def test_a_point_asks_only_its_purposes(subject: Subject) -> None:
    publish("read.phone")
    publish("other")
    with pytest.raises(PurposeNotAsked):
        record_at(open_point("other"), subject)


def test_a_point_without_purposes_asks_nothing(subject: Subject) -> None:
    publish("read.phone")
    with pytest.raises(PurposeNotAsked):
        record_at(open_point(), subject)


def test_a_point_closed_meanwhile_asks_nothing(subject: Subject) -> None:
    publish("read.phone")
    point = open_point("read.phone")
    close_collection_point(open_point("read.phone"))
    with pytest.raises(CollectionPointClosed):
        record_at(point, subject)


@pytest.mark.parametrize("action", [Action.RENEW, Action.WITHDRAW])
def test_only_yes_and_no_are_decisions(subject: Subject, action: Action) -> None:
    publish("read.phone")
    with pytest.raises(DecisionInvalid):
        decide(subject, answers(action, "read.phone"))


def test_one_purpose_is_decided_once_per_call(subject: Subject) -> None:
    publish("read.phone")
    with pytest.raises(DecisionInvalid):
        decide(subject, answers(Action.ALLOW, "read.phone") + answers(Action.REFUSE, "read.phone"))


def test_a_per_client_purpose_needs_the_client(subject: Subject) -> None:
    publish("read.phone")
    with pytest.raises(DecisionInvalid):
        allow(subject, "read.phone", scope_key="")


def test_all_decisions_of_a_call_or_none(subject: Subject) -> None:
    publish("a")
    publish("b")
    good, bad = answers(Action.ALLOW, "a", "b")
    with pytest.raises(ConsentsError):
        decide(subject, [good, replace(bad, text_sha256="0" * 64)])
    assert not ConsentTransaction.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_statements_do_not_grow_with_the_decisions(
    subject: Subject, count: int, django_assert_num_queries: object
) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    decisions, point = answers(Action.ALLOW, *names), open_point(*names)
    # Savepoint, locks, point, texts, states, ledger, projection, release.
    with django_assert_num_queries(11 + PURPOSE_LOCK):
        record_decisions(subject, collection_point=point, scope_key=CLIENT, decisions=decisions, actor=Actor.SELF)
