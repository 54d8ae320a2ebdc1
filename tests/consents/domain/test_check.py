from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from consents.domain.check import check_consents, effective_status
from consents.domain.purposes import retire_purpose
from consents.enums import Reason, Status
from consents.models import ConsentState, Purpose, Subject
from tests.consents.acts import CLIENT, allow, check, publish, refuse, withdraw

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("current", [True, False])
@pytest.mark.parametrize("expires_at", [None, NOW - DAY, NOW + DAY])
def test_only_a_standing_yes_to_the_current_words_permits(
    status: Status, current: bool, expires_at: datetime | None
) -> None:
    permits = effective_status(status, expires_at, current, NOW) is Reason.ACTIVE
    said_yes = status in {Status.ACTIVE, Status.RENEWED}
    assert permits == (said_yes and current and expires_at != NOW - DAY)


@pytest.mark.parametrize("status", ["", "ACTIVE", "paused"])
def test_an_unknown_status_is_denied(status: str) -> None:
    assert effective_status(status, None, True, NOW) is Reason.NONE


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("offset", "reason"),
    [(-MICROSECOND, Reason.ACTIVE), (timedelta(0), Reason.EXPIRED), (MICROSECOND, Reason.EXPIRED)],
)
def test_consent_ends_at_the_microsecond_it_expires(subject: Subject, offset: timedelta, reason: Reason) -> None:
    publish("p", lifespan=DAY)
    with time_machine.travel(NOW, tick=False):
        allow(subject, "p")
    with time_machine.travel(NOW + DAY + offset, tick=False):
        assert check(subject, "p").reason is reason
    assert check(subject, "p", at=NOW + DAY + offset).reason is reason


@pytest.mark.django_db
def test_a_new_version_supersedes_until_consent_is_given_again(subject: Subject) -> None:
    publish("p")
    allow(subject, "p")
    publish("p", words="More.")
    answer = check(subject, "p")
    assert (answer.allowed, answer.reason, answer.version_number) == (False, Reason.SUPERSEDED, 1)
    allow(subject, "p")
    assert (check(subject, "p").allowed, check(subject, "p").version_number) == (True, 2)


@pytest.mark.django_db
def test_a_no_stays_a_no_under_a_new_version(subject: Subject) -> None:
    publish("p")
    refuse(subject, "p")
    publish("p", words="More.")
    assert check(subject, "p").reason is Reason.REFUSED


@pytest.mark.django_db
def test_an_answer_names_its_proof(subject: Subject) -> None:
    publish("p", lifespan=DAY)
    [row] = allow(subject, "p")
    answer = check(subject, "p")
    assert (answer.name, answer.transaction_id, answer.expires_at) == ("p", row.pk, row.expires_at)


@pytest.mark.django_db
def test_unknown_retired_and_never_published_are_denied(subject: Subject) -> None:
    publish("retired")
    allow(subject, "retired")
    retire_purpose("retired")
    Purpose.objects.create(name="empty", scope="global")
    answers = check_consents(subject, names=["retired", "unknown", "empty"], scope_key=CLIENT)
    assert [answer.reason for answer in answers.values()] == [
        Reason.UNKNOWN_PURPOSE,
        Reason.UNKNOWN_PURPOSE,
        Reason.NONE,
    ]


@pytest.mark.django_db
def test_a_per_client_consent_permits_that_client_only(subject: Subject, stranger: Subject) -> None:
    publish("p")
    allow(subject, "p")
    assert check(subject, "p").allowed
    assert check(subject, "p", scope_key="client-b").reason is Reason.NONE
    assert check(subject, "p", scope_key="").reason is Reason.NONE
    assert check(stranger, "p").reason is Reason.NONE


@pytest.mark.django_db
def test_a_global_consent_permits_every_client(subject: Subject) -> None:
    publish("p", scope="global")
    allow(subject, "p", scope_key="")
    assert check(subject, "p", scope_key="client-b").allowed
    withdraw(subject, "p", scope_key="")
    assert check(subject, "p", scope_key="client-b").reason is Reason.WITHDRAWN


@pytest.mark.django_db
@pytest.mark.parametrize(("scope", "stray"), [("global", CLIENT), ("per_client", "")])
def test_a_state_under_a_scope_key_that_is_not_the_purposes_permits_nothing(
    subject: Subject, scope: str, stray: str
) -> None:
    publish("p", scope=scope)
    allow(subject, "p")
    ConsentState.objects.update(scope_key=stray)
    assert check(subject, "p").reason is Reason.NONE


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_a_check_costs_one_query_and_keeps_the_order(
    subject: Subject, count: int, django_assert_num_queries: Any
) -> None:
    names = [f"p{number}" for number in reversed(range(count))]
    for name in names:
        publish(name)
    allow(subject, *names)
    with django_assert_num_queries(1):
        answers = check_consents(subject, names=[*names, "unknown"], scope_key=CLIENT)
    assert list(answers) == [*names, "unknown"]
    assert [answer.allowed for answer in answers.values()] == [True] * count + [False]
