"""What a page showed comes back with the decision, from the one who saw it, or not at all."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import signing
from django.utils import timezone

from consents.domain.collection_points import open_collection_point
from consents.domain.notice_tokens import SALT, ShownNotice, as_shown, read_notice, sign_notice
from consents.domain.purposes import notices_for
from consents.errors import NoticeInvalid
from consents.models import CollectionPoint
from tests.consents.acts import open_point, publish

pytestmark = pytest.mark.django_db
ACCOUNT = 7
BINDING = "this session"
LETTER = "a letter that is not of the token"


@pytest.fixture
def point() -> CollectionPoint:
    publish("a")
    publish("b")
    return open_point("a", "b")


def shown(*names: str) -> list[ShownNotice]:
    notices = notices_for(names, locale="en")
    return [ShownNotice(n.name, n.name == "a", n.version_id, n.locale, n.sha256) for n in notices.values()]


def sign(point: CollectionPoint, *names: str, **changed: Any) -> str:
    return sign_notice(point, shown(*names), **{"account_id": ACCOUNT, "binding": BINDING} | changed)


def read(token: str, point: CollectionPoint, **changed: Any) -> Any:
    return read_notice(token, **{"point": point, "account_id": ACCOUNT, "binding": BINDING} | changed)


def test_what_was_shown_comes_back_with_an_id_of_its_own(point: CollectionPoint) -> None:
    first, second = read(sign(point, "b", "a"), point), read(sign(point, "b", "a"), point)
    assert list(first.notices) == shown("b", "a")
    assert [notice.required for notice in first.notices] == [False, True]
    assert (first.token_id.version, first.point_version) == (4, point.version)
    assert first.token_id != second.token_id


def test_a_page_that_asks_nothing_has_a_token_too(point: CollectionPoint) -> None:
    assert read(sign(point), point).notices == ()


def test_any_primary_key_of_an_account_will_do(point: CollectionPoint) -> None:
    account = UUID("018f0000-0000-7000-8000-000000000000")
    assert read(sign(point, "a", account_id=account), point, account_id=account).notices


@pytest.mark.parametrize("changed", [{"account_id": 8}, {"binding": "another session"}], ids=["account", "binding"])
def test_a_foreign_token_is_refused(point: CollectionPoint, changed: dict[str, Any]) -> None:
    with pytest.raises(NoticeInvalid):
        read(sign(point, "a"), point, **changed)


def test_the_token_of_another_point_is_refused(point: CollectionPoint) -> None:
    other = open_collection_point(name="other", recipient="client-a", channel="web", purposes=["a"])
    with pytest.raises(NoticeInvalid):
        read(sign(point, "a"), other)


@pytest.mark.parametrize(("age", "good"), [(0, True), (1799, True), (1801, False), (86400, False)])
def test_a_token_is_good_for_half_an_hour(point: CollectionPoint, age: int, good: bool) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = sign(point, "a")
        clock.shift(timedelta(seconds=age))
        if good:
            assert read(token, point).notices
        else:
            with pytest.raises(NoticeInvalid):
                read(token, point)


def test_every_altered_character_is_noticed(point: CollectionPoint) -> None:
    token = sign(point, "a")
    for index, character in enumerate(token):
        with pytest.raises(NoticeInvalid):
            read(token[:index] + ("A" if character != "A" else "B") + token[index + 1 :], point)


@pytest.mark.parametrize(
    "token",
    ["", ":", "::", "x" * 5000, "é:ü:ñ", "\0", signing.dumps({"jti": "x"}, salt="other salt")],
    ids=["empty", "one colon", "two colons", "long", "not ASCII", "NUL", "signed for another use"],
)
def test_what_is_no_token_is_refused(point: CollectionPoint, token: str) -> None:
    with pytest.raises(NoticeInvalid) as refused:
        read(token, point)
    assert (refused.value.code, refused.value.http_status) == ("notice_invalid", 409)


@pytest.mark.parametrize("missing", ["jti", "for", "point_version", "words"])
def test_a_token_of_another_release_is_refused_not_a_failure(point: CollectionPoint, missing: str) -> None:
    claims = signing.loads(sign(point, "a"), salt=SALT)
    claims.pop(missing)
    with pytest.raises(NoticeInvalid):
        read(signing.dumps(claims, salt=SALT), point)
    for odd in ([], "text", None):
        with pytest.raises(NoticeInvalid):
            read(signing.dumps(odd, salt=SALT), point)


def test_what_the_page_belongs_to_cannot_be_read_from_it(point: CollectionPoint) -> None:
    token = sign(point, "a", binding=LETTER)
    assert LETTER not in str(signing.loads(token, salt=SALT))


def test_the_ledger_names_the_version_of_the_point_that_was_shown(point: CollectionPoint) -> None:
    token = sign(point, "a")
    CollectionPoint.objects.update(version=5)
    point.refresh_from_db()
    assert as_shown(point, read(token, point)).version == 1
    assert point.version == 5
