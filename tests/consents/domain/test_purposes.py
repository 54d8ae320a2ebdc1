from datetime import timedelta
from typing import Any

import pytest

from consents.domain.purposes import (
    NoticeText,
    notices_for,
    publish_purpose,
    publish_version,
    retire_purpose,
)
from consents.enums import VersionState
from consents.errors import PurposeConflict, UnknownPurpose
from consents.models import Purpose, PurposeText, PurposeVersion
from tests.consents.acts import publish

pytestmark = pytest.mark.django_db
EN = NoticeText("Phone", "To call you.")
RU = NoticeText("Телефон", "Чтобы звонить.")


def test_publishing_the_same_words_returns_the_published_version() -> None:
    first = publish_purpose("p", scope="global", texts={"en": EN, "ru": RU}, data_items=["phone"])
    again = publish_purpose("p", scope="global", texts={"ru": RU, "en": EN}, data_items=["phone"])
    assert (again.pk, again.number, again.state) == (first.pk, 1, VersionState.PUBLISHED)


@pytest.mark.parametrize(
    "change",
    [
        {"texts": {"en": NoticeText("Phone", "To ring you.")}},
        {"texts": {"en": NoticeText("Phone", "To call you.", "No calls.")}},
        {"texts": {"en": EN, "ru": RU}},
        {"data_items": ["phone"]},
        {"lifespan": timedelta(days=30)},
    ],
)
def test_any_change_publishes_the_next_number_and_supersedes_the_former(change: dict[str, Any]) -> None:
    first = publish_purpose("p", scope="global", texts={"en": EN})
    second = publish_purpose("p", **{"scope": "global", "texts": {"en": EN}, **change})
    first.refresh_from_db()
    assert (second.number, second.state, first.state) == (2, VersionState.PUBLISHED, VersionState.SUPERSEDED)
    assert second.content_hash != first.content_hash


def test_going_back_to_old_words_is_a_new_version() -> None:
    publish("p", words="one")
    publish("p", words="two")
    assert publish("p", words="one").number == 3


def test_the_digest_can_be_computed_again_from_what_is_stored() -> None:
    version = PurposeVersion.objects.get(pk=publish("p", data_items=["a"], lifespan=timedelta(days=1)).pk)
    assert version.digest(version.texts.all()) == version.content_hash
    assert [text.digest() for text in version.texts.all()] == [text.sha256 for text in version.texts.all()]


def test_the_scope_of_a_purpose_never_changes() -> None:
    publish("p", scope="global")
    with pytest.raises(PurposeConflict):
        publish("p", scope="per_client")


def test_a_purpose_without_words_is_not_published() -> None:
    with pytest.raises(PurposeConflict):
        publish_purpose("p", scope="global", texts={})
    assert not Purpose.objects.filter(name="p").exists()


def test_a_retired_purpose_is_not_published_again() -> None:
    publish("p")
    retire_purpose("p")
    with pytest.raises(PurposeConflict):
        publish("p", words="new")


def test_retiring_twice_keeps_the_first_moment() -> None:
    publish("p")
    retire_purpose("p")
    moment = Purpose.objects.get(name="p").retired_at
    retire_purpose("p")
    assert Purpose.objects.get(name="p").retired_at == moment


def test_an_unknown_purpose_cannot_be_retired() -> None:
    with pytest.raises(UnknownPurpose) as caught:
        retire_purpose("p")
    assert (caught.value.code, caught.value.http_status) == ("unknown_purpose", 404)


def test_a_draft_is_published_with_its_stored_texts() -> None:
    draft = PurposeVersion.objects.create(purpose=publish("p").purpose, number=2)
    text = PurposeText(version=draft, locale="en", title="Phone", text="Drafted.")
    text.sha256 = text.digest()
    text.save()
    published = publish_version(draft)
    assert notices_for(["p"], locale="en")["p"].text == "Drafted."
    assert published.content_hash == published.digest([text])


def test_a_published_version_is_not_published_twice() -> None:
    with pytest.raises(PurposeConflict):
        publish_version(publish("p"))


@pytest.mark.parametrize(("locale", "found"), [("ru", "ru"), ("ru-KZ", "ru"), ("th", "en"), ("en-GB", "en")])
def test_a_notice_speaks_the_language_asked_else_english(locale: str, found: str) -> None:
    publish_purpose("p", scope="global", texts={"en": EN, "ru": RU})
    assert notices_for(["p"], locale=locale)["p"].locale == found


def test_a_notice_carries_what_a_decision_needs() -> None:
    version = publish("p", lifespan=timedelta(days=7))
    notice = notices_for(["p"], locale="en")["p"]
    text = version.texts.get()
    assert (notice.version_id, notice.version_number, notice.sha256) == (version.pk, 1, text.sha256)
    assert (notice.title, notice.consequence, notice.lifespan) == ("Phone", "No calls.", timedelta(days=7))


def test_what_cannot_be_asked_has_no_notice() -> None:
    publish("retired")
    retire_purpose("retired")
    PurposeVersion.objects.create(purpose=Purpose.objects.create(name="draft", scope="global"), number=1)
    publish_purpose("russian", scope="global", texts={"ru": RU})
    assert notices_for(["retired", "draft", "russian", "unknown"], locale="en") == {}


@pytest.mark.parametrize("count", [1, 3])
def test_notices_cost_one_query(count: int, django_assert_num_queries: Any) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    with django_assert_num_queries(1):
        assert list(notices_for(names, locale="en")) == names
