import pytest

from consents.domain.purposes import retire_purpose
from consents.domain.recording import withdraw_consents
from consents.enums import Action, Actor, Reason
from consents.models import ConsentTransaction, Subject
from tests.consents.acts import CLIENT, allow, check, publish, refuse, withdraw

pytestmark = pytest.mark.django_db


def test_a_withdrawal_names_the_version_and_words_that_were_allowed(subject: Subject) -> None:
    version = publish("read.phone")
    [given] = allow(subject, "read.phone")
    publish("read.phone", words="More.")
    [row] = withdraw(subject, "read.phone")
    assert (row.action, row.subject_seq, row.purpose_version) == (Action.WITHDRAW, 2, version)
    assert (row.text_sha256, row.collection_point_id, row.expires_at) == (given.text_sha256, None, None)


def test_the_next_check_sees_it(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    assert check(subject, "read.phone").reason is Reason.WITHDRAWN


def test_a_person_may_say_no_twice(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    assert [row.subject_seq for row in withdraw(subject, "read.phone")] == [3]


def test_what_was_never_answered_is_skipped(subject: Subject) -> None:
    publish("read.phone")
    assert withdraw(subject, "read.phone", "unknown") == []
    assert not ConsentTransaction.objects.exists()


def test_none_means_all_that_stand_under_this_scope(subject: Subject, stranger: Subject) -> None:
    for name in ("a", "b", "c"):
        publish(name)
    publish("everywhere", scope="global")
    allow(subject, "a", "b", "everywhere")
    refuse(subject, "c")
    allow(subject, "a", scope_key="client-b")
    allow(stranger, "a")
    rows = withdraw_consents(subject, names=None, scope_key=CLIENT, actor=Actor.SELF)
    assert [(row.purpose.name, row.scope_key) for row in rows] == [("a", CLIENT), ("b", CLIENT)]
    assert check(stranger, "a").allowed
    assert check(subject, "a", scope_key="client-b").allowed


def test_a_global_purpose_is_withdrawn_from_any_client(subject: Subject) -> None:
    publish("everywhere", scope="global")
    allow(subject, "everywhere")
    assert [row.scope_key for row in withdraw(subject, "everywhere", scope_key="client-b")] == [""]


def test_a_retired_purpose_can_be_withdrawn(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    retire_purpose("read.phone")
    assert len(withdraw(subject, "read.phone")) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_statements_do_not_grow_with_the_purposes(
    subject: Subject, count: int, django_assert_num_queries: object
) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    allow(subject, *names)
    # Savepoint, lock, states, ledger, projection, release.
    with django_assert_num_queries(9):
        withdraw(subject, *names)
