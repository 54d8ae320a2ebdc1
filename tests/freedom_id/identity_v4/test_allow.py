"""Row 4: `POST /accounts/{id}/consents/transactions/allow`."""

from typing import Any
from uuid import uuid4

import pytest

from consents.domain.collection_points import (
    change_collection_point,
    close_collection_point,
    collection_point_for,
)
from consents.domain.purposes import NoticeText, publish_purpose, retire_purpose
from consents.enums import Actor
from consents.models import ConsentTransaction, Receipt
from freedom_id.domain.asked_data import IDENTITY_DOOR
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.consent_transactions import AllowedPurpose, Relay, allow_purposes
from freedom_id.errors import InvalidToken
from freedom_id.grants import CONSENTS, GRANTS
from freedom_id.models import AccountEvent, Authorization
from tests.freedom_id.identity_v4.parties import (
    IP,
    V4,
    Party,
    ask_at,
    call,
    first_party,
    id_of,
    operator,
    party,
    payload,
    publish,
    refusal,
)

pytestmark = pytest.mark.django_db


def post(who: Party, authorization: str, *purposes: Any, query: str = "", **headers: str) -> Any:
    items = [item if isinstance(item, dict) else {"Id": str(item)} for item in purposes]
    path = who.path("consents/transactions/allow") + query
    return call("POST", path, authorization, {"purposes": items}, **headers)


def news(who: Party, *names: str) -> list[str]:
    ids = [str(publish(name, scope="global" if name == "news" else "per_client")) for name in names]
    ask_at(who.client, *names)
    return ids


def pin_first_words(who: Party) -> None:
    change_collection_point(collection_point_for(who.client.client_id, name=IDENTITY_DOOR), pins={"news": 1})


def test_the_answer_and_what_it_writes(shop: Party) -> None:
    token = shop.token()
    first, second = news(shop, "news", "offers")
    before = len(shop.rows())
    answer = post(shop, token, first, second)
    assert answer.json() == {"code": 10001, "message": "Success", "platform_module": 1502, "report_dashboard": 0}
    assert answer.status_code == 200
    assert shop.rows()[before:] == [("allow", "news", ""), ("allow", "offers", shop.client.client_id)]
    rows = ConsentTransaction.objects.filter(subject__account=shop.account).order_by("epoch")[before:]
    point = collection_point_for(shop.client.client_id, name=IDENTITY_DOOR)
    assert {(row.actor, row.actor_ref, row.collection_point_id) for row in rows} == {
        ("self", shop.client.client_id, point.pk)
    }
    assert len({row.receipt_id for row in rows}) == 1
    assert shop.status("news") == "active"


@pytest.mark.parametrize("key", ["Id", "PurposeId"])
@pytest.mark.parametrize("version", [None, 1, "1"])
def test_both_spellings_of_the_id_and_an_optional_version(shop: Party, key: str, version: Any) -> None:
    [purpose] = news(shop, "news")
    item = {key: purpose} | ({} if version is None else {"Version": version})
    payload(post(shop, shop.token(), item), "report_dashboard")
    assert shop.status("news") == "active"


@pytest.mark.parametrize(("language", "locale"), [("th", "th"), ("kk-KZ", "kk"), ("de", "en")])
def test_the_row_names_the_words_in_the_language_asked_for(shop: Party, language: str, locale: str) -> None:
    [purpose] = news(shop, "news")
    post(shop, shop.token(), purpose, Accept_Language=language)
    assert ConsentTransaction.objects.get(purpose=purpose).locale == locale


def test_the_words_pinned_at_the_point_are_shown_and_agreed_to(shop: Party) -> None:
    [purpose] = news(shop, "news")
    pin_first_words(shop)
    publish_purpose("news", scope="global", texts={"en": NoticeText("News", "Twice a day.")}, change_kind="editorial")
    token = shop.token()
    [consent] = payload(call("GET", shop.path("consents?names=news"), token), "content")
    [asked] = payload(call("GET", f"{V4}/consents/collectionpoints?names=news", token), "purposes")
    assert (consent["version"], asked["version"]) == ("1", 1)
    assert refusal(post(shop, token, {"Id": purpose, "Version": 2})) == (422, 42202)
    payload(post(shop, token, purpose), "report_dashboard")
    row = ConsentTransaction.objects.get(purpose=purpose)
    assert (row.purpose_version.number, row.locale) == (1, "en")
    assert shop.status("news") == "active"


def test_pinned_words_that_count_no_more_are_not_asked(shop: Party) -> None:
    [purpose] = news(shop, "news")
    pin_first_words(shop)
    publish_purpose("news", scope="global", texts={"en": NoticeText("News", "Twice a day.")})
    assert refusal(post(shop, shop.token(), purpose)) == (422, 42202)
    assert not ConsentTransaction.objects.filter(purpose=purpose).exists()


def test_again_at_the_same_version_is_success_and_the_ledgers_renew(shop: Party) -> None:
    token = shop.token()
    [purpose] = news(shop, "news")
    for _time in range(2):
        payload(post(shop, token, purpose), "report_dashboard")
    assert [action for action, name, _key in shop.rows() if name == "news"] == ["allow", "renew"]
    assert shop.status("news") == "active"


ODD: dict[str, Any] = {
    "no body": b"",
    "no JSON": b"{",
    "an array": b"[]",
    "NaN": b'{"purposes": NaN}',
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_a_body_that_is_no_json_object_is_malformed(shop: Party, body: bytes) -> None:
    answer = call("POST", shop.path("consents/transactions/allow"), shop.token(), body)
    assert refusal(answer) == (400, 40000)


SOME = "8ffa5c2c-90dc-46af-a6fc-72f7db88b668"
INVALID: dict[str, tuple[Any, list[str]]] = {
    "nothing": (None, ["purposes"]),
    "empty": ([], ["purposes"]),
    "no array": ({"Id": SOME}, ["purposes"]),
    "a text": ([SOME], ["purposes.0"]),
    "no id": ([{}], ["purposes.0.Id"]),
    "null": ([{"Id": None}], ["purposes.0.Id"]),
    "no uuid": ([{"Id": SOME}, {"Id": "x" * 36}], ["purposes.1.Id"]),
    "a number": ([{"Id": 1}], ["purposes.0.Id"]),
    "two ids": ([{"Id": SOME, "PurposeId": str(uuid4())}], ["purposes.0.Id"]),
    "twice": ([{"Id": SOME}, {"PurposeId": SOME.upper()}], ["purposes"]),
    "version 0": ([{"Id": SOME, "Version": 0}], ["purposes.0.Version"]),
    "version 1.4": ([{"Id": SOME, "Version": "1.4"}], ["purposes.0.Version"]),
    "version true": ([{"Id": SOME, "Version": True}], ["purposes.0.Version"]),
    "version huge": ([{"Id": SOME, "Version": 2**31}], ["purposes.0.Version"]),
    "21 items": ([{"Id": str(uuid4())} for _number in range(21)], ["purposes"]),
}


@pytest.mark.parametrize(("purposes", "fields"), INVALID.values(), ids=INVALID)
def test_fields_that_are_wrong_are_named(shop: Party, purposes: Any, fields: list[str]) -> None:
    answer = call("POST", shop.path("consents/transactions/allow"), shop.token(), {"purposes": purposes})
    assert refusal(answer) == (400, 40001)
    assert list(answer.json()["errors"]) == fields


def test_twenty_at_once(shop: Party) -> None:
    ids = [publish(f"topic-{number:02}") for number in range(20)]
    ask_at(shop.client, *[f"topic-{number:02}" for number in range(20)])
    payload(post(shop, shop.token(), *ids), "report_dashboard")
    assert sum(name.startswith("topic") for _action, name, _key in shop.rows()) == 20


def refused_and_nothing_written(shop: Party, answer: Any, before: Any) -> None:
    assert refusal(answer) == (422, 42202)
    assert list(answer.json()["errors"]) == ["purposes"]
    assert (shop.rows(), Receipt.objects.count()) == before


def test_one_purpose_that_cannot_be_given_keeps_all_from_being_written(shop: Party) -> None:
    token = shop.token()
    good, retired, old = news(shop, "news", "retired", "old")
    retire_purpose("retired")
    publish_purpose("old", scope="per_client", texts={"en": NoticeText("Old", "New words.")})
    foreign = publish("elsewhere")
    before = shop.rows(), Receipt.objects.count()
    for bad in (uuid4(), foreign, retired, {"Id": old, "Version": 1}, {"Id": old, "Version": 3}):
        refused_and_nothing_written(shop, post(shop, token, good, bad), before)
    payload(post(shop, token, good, {"Id": old, "Version": 2}), "report_dashboard")


@pytest.mark.parametrize("name", [*GRANTS, CONSENTS])
def test_a_client_cannot_help_itself_to_what_the_portal_releases(shop: Party, name: str) -> None:
    """Not even where staff let its point ask for it: the ledger would hand it over at the next sign-in."""
    token = shop.token()
    for _before, _after in ((0, 1), (1, 2)):
        before = shop.rows(), Receipt.objects.count()
        refused_and_nothing_written(shop, post(shop, token, id_of(name)), before)
        ask_at(shop.client, name)
    assert shop.live is not None
    assert set(shop.live.grants) == {CONSENTS}


def test_a_closed_point_asks_nothing(shop: Party) -> None:
    token = shop.token()
    [purpose] = news(shop, "news")
    close_collection_point(collection_point_for(shop.client.client_id, name=IDENTITY_DOOR))
    before = shop.rows(), Receipt.objects.count()
    refused_and_nothing_written(shop, post(shop, token, purpose), before)


def test_an_app_is_added_by_its_identity_provider_purpose(shop: Party) -> None:
    portal = first_party(account=shop.account)
    token = portal.token("openid account")
    assert shop.live is None
    payload(
        post(portal, token, id_of("identity-provider"), query=f"?client_id={shop.client.client_id}"), "report_dashboard"
    )
    assert shop.live is not None
    assert shop.live.grants == {}
    assert shop.status("identity-provider") == "active"
    assert AccountEvent.objects.filter(account=shop.account, client=shop.client).values_list("action", flat=True)[
        0
    ] == ("account:authorization:recorded")
    row = ConsentTransaction.objects.get(subject__account=shop.account, scope_key=shop.client.client_id)
    assert (row.actor, row.actor_ref) == ("self", portal.client.client_id)


def test_a_client_of_the_group_names_other_clients_and_nobody_else_does(shop: Party) -> None:
    [purpose] = news(shop, "offers")
    portal = first_party(account=shop.account)
    token = portal.token("openid account consents")
    payload(post(portal, token, purpose, query=f"?client_id={shop.client.pk}"), "report_dashboard")
    assert shop.status("offers") == "active"
    answer = post(portal, token, purpose, query="?client_id=999999")
    assert (refusal(answer), list(answer.json()["errors"])) == ((400, 40001), ["client_id"])
    other = party(account=shop.account)
    for token in (other.token(), portal.token("openid consents")):
        for client in (shop.client.pk, shop.client.client_id, "999999"):
            assert refusal(post(other, token, purpose, query=f"?client_id={client}")) == (403, 40300)


def test_account_is_nothing_once_the_client_left_the_group_or_lost_the_scope(shop: Party) -> None:
    portal = first_party(account=shop.account)
    token = portal.token("openid account")
    purpose = id_of("identity-provider")
    for change in ({"first_party": False}, {"first_party": True, "scopes": ["openid"]}):
        type(portal.client).objects.filter(pk=portal.client.pk).update(**change)
        assert refusal(post(portal, token, purpose)) == (403, 40300)


def test_an_operator_acts_on_behalf(shop: Party) -> None:
    [purpose] = news(shop, "offers")
    centre = operator("accounts.operate")
    payload(post(shop, centre.basic, purpose, query=f"?client_id={shop.client.pk}"), "report_dashboard")
    [row] = ConsentTransaction.objects.filter(subject__account=shop.account)
    assert (row.actor, row.actor_ref) == ("staff", centre.client.client_id)
    assert row.scope_key == shop.client.client_id
    checker = party(operator_scopes=["consents.check"], account=shop.account)
    checker.token("openid")
    assert refusal(post(shop, checker.basic, purpose)) == (403, 40300)


def test_a_disconnection_on_the_way_stands(shop: Party) -> None:
    """The token was good when it was judged; the person stopped before the consent is written."""
    shop.token()
    live = shop.live
    assert live is not None
    stop_sharing(shop.account, live, grants=None, ip=IP)
    by = Relay(Actor.SELF, shop.client.client_id, IP, "", live.pk)
    with pytest.raises(InvalidToken):
        allow_purposes(
            shop.account, shop.client, purposes=[AllowedPurpose(id_of("identity-provider"))], locale="en", by=by
        )
    assert not Authorization.objects.filter(account=shop.account, ended_at__isnull=True).exists()
    assert shop.status("identity-provider") == "withdrawn"
