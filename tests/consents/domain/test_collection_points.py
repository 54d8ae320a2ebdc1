import pytest

from consents.domain.collection_points import (
    close_collection_point,
    collection_point_for,
    open_collection_point,
)
from consents.errors import CollectionPointClosed, UnknownPurpose
from consents.models import CollectionPoint
from tests.consents.acts import CLIENT, open_point, publish

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
