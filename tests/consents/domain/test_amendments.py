"""What changed since the person agreed is shown to who agreed, and to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from consents.domain.amendments import Amendment, ListChange, amendments
from consents.domain.purposes import NoticeText, notices_for, publish_purpose
from consents.domain.text_diff import Op
from consents.models import Subject
from tests.consents.acts import CLIENT, allow, publish, publish_facts, refuse, withdraw

pytestmark = pytest.mark.django_db
Act = Callable[..., Any]


def changes(subject: Subject | None, *names: str, locale: str = "en", scope_key: str = CLIENT) -> dict[str, Amendment]:
    return amendments(subject, notices_for(names or ("a",), locale=locale).values(), scope_key=scope_key)


def test_the_words_that_changed(subject: Subject) -> None:
    publish("a", words="To call you.")
    [row] = allow(subject, "a")
    publish("a", words="To call you and your friends.")
    change = changes(subject)["a"]
    assert change.agreed_at == row.occurred_at
    [text] = change.passages
    assert [(piece.op, piece.words) for piece in text] == [
        (Op.SAME, "To call you"),
        (Op.ADDED, " and your friends"),
        (Op.SAME, "."),
    ]


def test_facts_that_changed_without_a_word(subject: Subject) -> None:
    publish("a", data_items=["phone", "name"])
    allow(subject, "a")
    publish_facts(
        "a",
        data_items=["phone", "city"],
        optional_data_items=["age"],
        recipients=["Lab"],
        third_countries=["KZ"],
        lifespan_months=6,
        made_public=True,
    )
    change = changes(subject)["a"]
    assert change.lists == {
        "data_items": ListChange(["name"], ["city"]),
        "optional_data_items": ListChange([], ["age"]),
        "recipients": ListChange([], ["Lab"]),
        "third_countries": ListChange([], ["KZ"]),
    }
    assert (change.passages, change.duration_changed, change.becomes_public) == ([], True, True)


def test_what_did_not_change_is_not_mentioned(subject: Subject) -> None:
    publish("a", data_items=["phone"], lifespan=timedelta(days=9))
    allow(subject, "a")
    publish("a", words="Other words.", data_items=["phone"], lifespan=timedelta(days=9))
    change = changes(subject)["a"]
    assert (change.lists, change.duration_changed, change.becomes_public) == ({}, False, False)


@pytest.mark.parametrize("then", [refuse, withdraw])
def test_after_a_no_the_question_is_asked_as_new(subject: Subject, then: Act) -> None:
    publish("a")
    allow(subject, "a")
    then(subject, "a")
    publish("a", words="Other words.")
    assert changes(subject) == {}


def test_what_stands_has_not_changed(subject: Subject, stranger: Subject) -> None:
    publish("a")
    allow(subject, "a")
    assert changes(subject) == {}
    publish("a", words="Other words.")
    assert changes(stranger) == changes(None) == {}


def test_what_was_agreed_with_another_client_says_nothing_here(subject: Subject) -> None:
    publish("a")
    allow(subject, "a")
    publish("a", words="Other words.")
    assert changes(subject, scope_key="client-b") == {}


def test_a_global_purpose_changes_for_everybody(subject: Subject) -> None:
    publish("a", scope="global")
    allow(subject, "a")
    publish("a", scope="global", words="Other words.")
    assert set(changes(subject, scope_key="client-b")) == {"a"}


TWO = {"en": NoticeText("Phone", "To call you."), "ru": NoticeText("Телефон", "Чтобы звонить вам.")}
NEW = {"en": NoticeText("Phone", "To ring you."), "ru": NoticeText("Телефон", "Чтобы писать вам.")}


def test_the_difference_is_in_the_language_of_the_page(subject: Subject) -> None:
    publish_purpose("a", scope="per_client", texts=TWO)
    allow(subject, "a")  # read in English
    publish_purpose("a", scope="per_client", texts=NEW)
    [pieces] = changes(subject, locale="ru")["a"].passages
    assert "".join(piece.words for piece in pieces if piece.op != Op.REMOVED) == "Чтобы писать вам."


def test_without_the_former_text_in_that_language_it_is_the_one_that_was_read(subject: Subject) -> None:
    publish_purpose("a", scope="per_client", texts={"en": TWO["en"]})
    allow(subject, "a")
    publish_purpose("a", scope="per_client", texts=NEW)
    change = changes(subject, locale="ru")["a"]
    assert (change.passages, change.former.locale, change.former.text) == ([], "en", "To call you.")


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_two_queries(subject: Subject, count: int, django_assert_num_queries: Any) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    allow(subject, *names)
    for name in names:
        publish(name, words="Other words.")
    notices = notices_for(names, locale="en").values()
    with django_assert_num_queries(2):
        assert len(amendments(subject, notices, scope_key=CLIENT)) == count
    with django_assert_num_queries(0):
        amendments(subject, [], scope_key=CLIENT)
