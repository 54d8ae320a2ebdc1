from datetime import timedelta
from typing import Any

import pytest

from consents.checks import check_origins
from consents.domain.collection_points import (
    change_collection_point,
    close_collection_point,
    collection_point_for,
    open_collection_point,
)
from consents.domain.purposes import notices_for
from consents.domain.recording import Decision, record_decisions
from consents.domain.review import draft_version
from consents.enums import Action, Actor
from consents.errors import CollectionPointClosed, CollectionPointInvalid, PurposeNotPublished, UnknownPurpose
from consents.models import CollectionPoint, ConsentTransaction, PurposeVersion, Subject
from tests.consents.acts import CLIENT, check, open_point, publish
from tests.consents.domain.test_races import at_once

pytestmark = pytest.mark.django_db


def test_opening_twice_is_one_point_with_exactly_the_last_purposes() -> None:
    for name in ("a", "b", "c"):
        publish(name)
    first = open_point("a", "b")
    second = open_point("b", "c")
    assert first.pk == second.pk
    assert sorted(second.purposes.values_list("name", flat=True)) == ["b", "c"]


def test_the_same_name_at_another_recipient_is_another_point() -> None:
    assert open_point().pk != open_point(recipient="client-b").pk


def test_an_unknown_purpose_opens_nothing() -> None:
    with pytest.raises(UnknownPurpose):
        open_collection_point(name="sign-in", recipient=CLIENT, channel="web", purposes=["nothing"])
    assert not CollectionPoint.objects.exists()


def test_an_open_point_is_found() -> None:
    point = open_point()
    assert collection_point_for(CLIENT, name="sign-in") == point


@pytest.mark.parametrize("closed", [True, False])
def test_a_closed_or_missing_point_is_refused(closed: bool) -> None:
    if closed:
        close_collection_point(open_point())
    with pytest.raises(CollectionPointClosed):
        collection_point_for(CLIENT, name="sign-in")


def test_opening_a_closed_point_opens_it_again() -> None:
    close_collection_point(open_point())
    assert open_point().pk == collection_point_for(CLIENT, name="sign-in").pk


def test_the_version_grows_with_every_change_of_what_is_asked() -> None:
    publish("a")
    publish("b")
    point = open_point("a")
    assert open_point("a").version == point.version == 1
    changes: list[dict[str, Any]] = [
        {"purposes": ["a", "b"]},
        {"pins": {"a": 1}},
        {"channel": "mobile"},
        {"allowed_origins": ["https://shop.example"]},
        {"purposes": ["b"]},
    ]
    versions = [[change_collection_point(point, **change).version for _again in range(2)] for change in changes]
    assert versions == [[2, 2], [3, 3], [4, 4], [5, 5], [6, 6]]
    assert not point.pins.exists(), "what is not asked is not pinned"


def test_a_reopened_point_keeps_its_version() -> None:
    publish("a")
    close_collection_point(open_point("a"))
    assert open_point("a").version == 1


@pytest.mark.parametrize(
    "origin", ["https://shop.example", "https://shop.example:8443", "http://localhost:3000", "http://[::1]:3000"]
)
def test_an_origin_is_kept(origin: str) -> None:
    assert change_collection_point(open_point(), allowed_origins=[origin]).allowed_origins == [origin]


@pytest.mark.parametrize(
    "origin",
    [
        "http://shop.example",
        "https://shop.example/",
        "https://shop.example/path",
        "https://shop.example?a",
        "https://shop.example#a",
        "https://user@shop.example",
        "https://SHOP.example",
        "https://shop.example:99999",
        "https://shop.example:",
        "https://*.example",
        "https://",
        "https://[::1",
        "shop.example",
        "javascript:alert(1)",
        "https://shop.example ",
        "https://shop.example\n",
        "",
    ],
    ids=ascii,
)
def test_what_is_no_origin_is_refused_and_nothing_changes(origin: str) -> None:
    point = open_point()
    with pytest.raises(CollectionPointInvalid):
        change_collection_point(point, channel="mobile", allowed_origins=["https://fine.example", origin])
    point.refresh_from_db()
    assert (point.channel, point.allowed_origins, point.version) == ("web", [], 1)


@pytest.mark.parametrize("origins", [["http://shop.example"], [7], {"https://shop.example": 1}, "https://a.example"])
def test_the_check_names_points_with_other_origins(origins: Any) -> None:
    assert check_origins(app_configs=None, databases=["default"]) == []
    CollectionPoint.objects.filter(pk=open_point().pk).update(allowed_origins=origins)
    assert [error.id for error in check_origins(app_configs=None, databases=["default"])] == ["consents.E011"]


@pytest.mark.parametrize("pins", [{"a": 7}, {"b": 1}, {"a": 2}, {"nothing": 1}])
def test_a_pin_names_a_published_version_of_what_is_asked(pins: dict[str, int]) -> None:
    publish("a")
    publish("b")
    draft_version("a")
    with pytest.raises(CollectionPointInvalid):
        change_collection_point(open_point("a"), pins=pins)


def decision_about(version: PurposeVersion) -> Decision:
    text = version.texts.get()
    return Decision("a", Action.ALLOW, version.pk, "en", text.sha256)


def record(subject: Subject, point: CollectionPoint, version: PurposeVersion) -> ConsentTransaction:
    [row] = record_decisions(
        subject, collection_point=point, scope_key=CLIENT, decisions=[decision_about(version)], actor=Actor.SELF
    )
    return row


@pytest.mark.parametrize("terms", [{"change_kind": "editorial"}, {"carry_over": "grace", "grace": timedelta(days=9)}])
def test_pinned_words_are_shown_and_taken_while_they_count(terms: Any, subject: Subject) -> None:
    first = publish("a", words="printed")
    point = change_collection_point(open_point("a"), pins={"a": 1})
    publish("a", words="new", **terms)
    assert notices_for(["a"], locale="en", point=point)["a"].text == "printed"
    assert notices_for(["a"], locale="en")["a"].text == "new"
    assert record(subject, point, first).purpose_version == first
    assert check(subject, "a").allowed


@pytest.mark.parametrize("terms", [{}, {"carry_over": "until_expiry"}])
def test_pinned_words_that_count_no_more_are_neither_shown_nor_taken(terms: Any, subject: Subject) -> None:
    first = publish("a", words="printed")
    point = change_collection_point(open_point("a"), pins={"a": 1})
    publish("a", words="new", **terms)
    assert notices_for(["a"], locale="en", point=point) == {}
    with pytest.raises(PurposeNotPublished):
        record(subject, point, first)


def test_another_point_does_not_take_pinned_words(subject: Subject) -> None:
    first = publish("a", words="printed")
    change_collection_point(open_point("a"), pins={"a": 1})
    publish("a", words="new", change_kind="editorial")
    with pytest.raises(PurposeNotPublished):
        record(subject, open_point("a", recipient="client-b"), first)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_changes_at_once_each_count() -> None:
    publish("a")
    point = open_point("a")
    acts = [lambda n=n: change_collection_point(point, allowed_origins=[f"https://shop{n}.example"]) for n in range(6)]
    assert sorted(changed.version for changed in at_once(acts)) == [2, 3, 4, 5, 6, 7]
