"""What a point asks a person, and what the answers write."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from consents.domain.collection_points import (
    close_collection_point,
    collection_point_to_answer,
    open_collection_point,
)
from consents.domain.notice_tokens import Shown, read_notice, sign_notice
from consents.domain.purposes import NoticeText, publish_purpose, retire_purpose
from consents.domain.questions import count_shown, questions_at, record_answers
from consents.errors import CollectionPointClosed, NoticeSpent, PurposeNotPublished
from consents.models import CollectionPoint, ConsentTransaction, DailyCount, Subject
from tests.consents.acts import CLIENT, allow, open_point, publish, refuse, withdraw

pytestmark = pytest.mark.django_db


def asked(subject: Subject | None, point: CollectionPoint, locale: str = "en") -> list[str]:
    return [question.name for question in questions_at(point, subject, locale=locale).asked]


def shown(point: CollectionPoint, locale: str = "en") -> Shown:
    """What a page of this point, opened now, would bring back."""
    notices = [question.shown for question in questions_at(point, None, locale=locale).asked]
    token = sign_notice(point, notices, account_id=1, binding="")
    return read_notice(token, point=point, account_id=1, binding="")


def answer(subject: Subject, point: CollectionPoint, page: Shown, *names: str) -> list[ConsentTransaction]:
    agreed = {notice.version_id for notice in page.notices if notice.name in names}
    return record_answers(subject, point=point, shown=page, agreed=agreed)


def test_what_stands_is_not_asked(subject: Subject) -> None:
    for name in ("a", "b", "c", "d"):
        publish(name)
    allow(subject, "a", "c")
    refuse(subject, "b")
    withdraw(subject, "c")
    point = open_point("d", "c", "b", "a")
    found = questions_at(point, subject, locale="en")
    assert [question.name for question in found.asked] == ["b", "c", "d"]
    assert [notice.name for notice, _decision in found.standing] == ["a"]
    assert asked(None, point) == ["a", "b", "c", "d"]


def test_what_cannot_be_asked_is_left_out(subject: Subject) -> None:
    publish("a")
    publish("b")
    publish_purpose("c", scope="global", texts={"ru": NoticeText("Телефон", "Чтобы звонить.")})
    point = open_point("a", "b", "c")
    retire_purpose("b")
    assert asked(subject, point) == ["a"]
    assert asked(subject, point, "ru") == ["a", "c"]


@time_machine.travel(datetime(2026, 1, 31, 9, tzinfo=UTC), tick=False)
def test_how_long_a_yes_would_hold() -> None:
    publish("a")
    publish("b", lifespan=timedelta(days=365))
    untils = [question.until for question in questions_at(open_point("a", "b"), None, locale="en").asked]
    assert untils == [None, datetime(2027, 1, 31, 9, tzinfo=UTC)]


@pytest.mark.parametrize("yes", [(), ("a",), ("b",), ("a", "b")], ids=str)
def test_any_choice_is_stored_exactly(subject: Subject, yes: tuple[str, ...]) -> None:
    publish("a")
    publish("b", scope="global")
    point = open_point("a", "b")
    page = shown(point)
    rows = answer(subject, point, page, *yes)
    assert {row.purpose.name: (row.action, row.scope_key) for row in rows} == {
        "a": ("allow" if "a" in yes else "refuse", CLIENT),
        "b": ("allow" if "b" in yes else "refuse", ""),
    }
    assert {(row.notice_token_id, row.collection_point_version) for row in rows} == {(page.token_id, point.version)}


def test_a_page_is_answered_once(subject: Subject) -> None:
    publish("a")
    point = open_point("a")
    page = shown(point)
    answer(subject, point, page, "a")
    with pytest.raises(NoticeSpent):
        answer(subject, point, page)
    assert [row.action for row in ConsentTransaction.objects.all()] == ["allow"]


def test_two_tabs_record_each_its_own_words(subject: Subject) -> None:
    texts = {"en": NoticeText("Phone", "To call you."), "ru": NoticeText("Телефон", "Чтобы звонить.")}
    publish_purpose("a", scope="global", texts=texts)
    point = open_point("a")
    english, russian = shown(point), shown(point, "ru")
    [second] = answer(subject, point, russian, "a")
    [first] = answer(subject, point, english, "a")
    assert (first.locale, second.locale) == ("en", "ru")
    assert first.text_sha256 != second.text_sha256


def test_a_tab_with_words_of_yesterday_says_nothing_and_the_new_one_does(subject: Subject) -> None:
    publish("a")
    point = open_point("a")
    old = shown(point)
    published = publish("a", words="Other words.")
    new = shown(point)
    with pytest.raises(PurposeNotPublished):
        answer(subject, point, old, "a")
    [row] = answer(subject, point, new, "a")
    assert row.purpose_version_id == published.pk


def test_a_change_of_the_point_meanwhile_keeps_the_version_that_was_shown(subject: Subject) -> None:
    publish("a")
    point = open_point("a")
    page = shown(point)
    CollectionPoint.objects.update(version=9)
    point.refresh_from_db()
    [row] = answer(subject, point, page, "a")
    assert row.collection_point_version == 1
    assert CollectionPoint.objects.get().version == 9


def test_showing_is_counted_where_the_answer_will_be(subject: Subject) -> None:
    publish("a")
    publish("b", scope="global")
    point = open_point("a", "b")
    count_shown(questions_at(point, subject, locale="en").asked, point=point)
    answer(subject, point, shown(point), "a")
    cells = DailyCount.objects.values_list("purpose_version__purpose__name", "scope_key", "counted", "number")
    assert sorted(cells) == [
        ("a", CLIENT, "allow", 1),
        ("a", CLIENT, "asked", 1),
        ("b", "", "asked", 1),
        ("b", "", "refuse", 1),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_asking_costs_the_same_for_any_number(subject: Subject, count: int, django_assert_num_queries: Any) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    point = open_point(*names)
    with django_assert_num_queries(6):  # names, pins, notices, units, states, texts
        assert len(questions_at(point, subject, locale="en").asked) == count


def test_a_point_is_found_by_id_and_by_a_name_of_its_own() -> None:
    publish("a")
    point = open_point("a")
    assert collection_point_to_answer(str(point.pk)) == collection_point_to_answer("sign-in") == point
    open_point("a", recipient="client-b")
    with pytest.raises(CollectionPointClosed):
        collection_point_to_answer("sign-in")
    assert collection_point_to_answer(str(point.pk)) == point


@pytest.mark.parametrize(
    "reference", ["", "nothing", "00000000-0000-0000-0000-000000000000", "\0", "x" * 9000], ids=repr
)
def test_an_unknown_point_is_not_found(reference: str) -> None:
    with pytest.raises(CollectionPointClosed):
        collection_point_to_answer(reference)


@pytest.mark.parametrize("channel", ["api", "staff_assisted", "paper", "phone", "import"])
def test_a_point_of_another_channel_is_not_answered_on_a_page(channel: str) -> None:
    publish("a")
    open_collection_point(name="desk", recipient=CLIENT, channel=channel, purposes=["a"])
    with pytest.raises(CollectionPointClosed):
        collection_point_to_answer("desk")


def test_a_closed_point_is_not_found() -> None:
    publish("a")
    close_collection_point(open_point("a"))
    with pytest.raises(CollectionPointClosed):
        collection_point_to_answer("sign-in")
