"""Row 3: `GET /accounts/{id}/consents`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consents.domain.collection_points import collection_point_for
from consents.domain.purposes import NoticeText, publish_purpose, retire_purpose
from consents.domain.queries.receipts import receipts_with
from consents.domain.recording import withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import Actor
from freedom_id.domain.asked_data import SIGN_IN_PAGE
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.grants import GRANTS
from tests.freedom_id.identity_v4.parties import (
    IP,
    SECONDS,
    UUID4,
    Party,
    ask_at,
    call,
    id_of,
    operator,
    party,
    payload,
    publish,
    refusal,
)

pytestmark = pytest.mark.django_db


def read(who: Party, authorization: str, query: str = "", **headers: str) -> Any:
    return call("GET", who.path("consents") + query, authorization, **headers)


def content(who: Party, authorization: str, query: str = "", **headers: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = payload(read(who, authorization, query, **headers), "content")
    return items


def test_everything_that_the_client_may_ask_is_there_answered_or_not(shop: Party) -> None:
    publish("news", scope="global")
    ask_at(shop.client, "news")
    publish("elsewhere", scope="global")
    items = {item["name"]: item for item in content(shop, shop.token("openid consents email"))}
    assert set(items) == {"identity-provider", "consents", "news", *GRANTS}
    assert {name: item["status"] for name, item in items.items() if item["status"] != "NO_CONSENT"} == {
        "identity-provider": "ACTIVE",
        "consents": "ACTIVE",
        "read.email": "ACTIVE",
    }


def test_the_item_of_a_consent_that_stands(shop: Party, time_machine: Any) -> None:
    publish("news", scope="global", lifespan=timedelta(days=90))
    ask_at(shop.client, "news")
    token = shop.token()
    time_machine.move_to(datetime(2030, 3, 4, 12, 0, 0, 5, tzinfo=UTC), tick=False)
    token = shop.token()
    body = {"purposes": [{"Id": str(id_of("news"))}]}
    assert call("POST", shop.path("consents/transactions/allow"), token, body).status_code == 200
    [item] = content(shop, token, "?names=news")
    [receipt] = receipts_with(subject_for_account(shop.account), [shop.client.client_id]).filter(
        issued_at__gte=datetime(2030, 3, 4, tzinfo=UTC)
    )
    assert item == {
        "PurposeId": str(id_of("news")),
        "name": "news",
        "version": "1",
        "title": "News",
        "description": "To send you news.",
        "status": "ACTIVE",
        "consented": True,
        "consentDate": "2030-03-04T12:00:00Z",
        "withdrawalDate": None,
        "expiryDate": "2030-06-02T12:00:00Z",
        "collectionPointId": str(collection_point_for(shop.client.client_id, name="identity-v4").pk),
        "client_id": None,
        "lastReceiptId": str(receipt.pk),
    }


def test_the_item_of_what_was_never_answered(shop: Party) -> None:
    [item] = content(shop, shop.token(), "?names=read.phone")
    sign_in = collection_point_for(shop.client.client_id, name=SIGN_IN_PAGE)
    assert item == {
        "PurposeId": str(id_of("read.phone")),
        "name": "read.phone",
        "version": "1",
        "title": "Phone number",
        "description": "To reach you by call or message about what you ordered.",
        "status": "NO_CONSENT",
        "consented": False,
        "consentDate": None,
        "withdrawalDate": None,
        "expiryDate": None,
        "collectionPointId": str(sign_in.pk),
        "client_id": shop.client.pk,
        "lastReceiptId": None,
    }


def status_of(shop: Party, token: str, name: str) -> tuple[str, bool]:
    [item] = content(shop, token, f"?names={name}")
    assert (item["withdrawalDate"] is not None) == (item["status"] == "WITHDRAWN")
    return item["status"], item["consented"]


def test_every_status_word(shop: Party, time_machine: Any) -> None:
    publish("short", lifespan=timedelta(seconds=60))
    ask_at(shop.client, "short")
    token = shop.token("openid consents email read.phone", refused=["read.phone"])
    short = {"purposes": [{"Id": str(id_of("short"))}]}
    call("POST", shop.path("consents/transactions/allow"), token, short)
    assert status_of(shop, token, "short") == ("ACTIVE", True)
    assert status_of(shop, token, "read.phone") == ("OPT_OUT", False)
    assert status_of(shop, token, "read.country") == ("NO_CONSENT", False)
    publish_purpose("read.email", scope="per_client", texts={"en": NoticeText("E-mail", "Other words.")})
    assert status_of(shop, token, "read.email") == ("PENDING", False)
    subject = subject_for_account(shop.account)
    withdraw_consents(subject, names=["read.email"], scope_key=shop.client.client_id, actor=Actor.SELF)
    assert status_of(shop, token, "read.email") == ("WITHDRAWN", False)
    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=61))
    assert status_of(shop, token, "short") == ("EXPIRED", False)


def test_names_choose_in_the_order_asked_each_once(shop: Party) -> None:
    token = shop.token()
    for query in ("?names=read.phone,identity-provider,read.phone", "?names=read.phone&names=identity-provider,"):
        assert [item["name"] for item in content(shop, token, query)] == ["read.phone", "identity-provider"]
    assert len(content(shop, token, "?names=")) == len(content(shop, token))


def test_an_unknown_name_is_an_error_and_not_left_out(shop: Party) -> None:
    publish("elsewhere")
    for name in ("nonsense", "elsewhere", "READ.PHONE", "%00", "a" * 500):
        answer = read(shop, shop.token(), f"?names=read.phone,{name}")
        assert refusal(answer) == (400, 40001)
        assert list(answer.json()["errors"]) == ["names"]
    assert refusal(read(shop, shop.token(), "?names=" + ",".join(["read.phone"] * 51))) == (400, 40001)


def test_what_is_retired_is_gone(shop: Party) -> None:
    token = shop.token()
    retire_purpose("read.phone")
    assert refusal(read(shop, token, "?names=read.phone")) == (400, 40001)
    assert "read.phone" not in {item["name"] for item in content(shop, token)}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "News"),
        ("ru", "Новости"),
        ("uz", "Yangiliklar"),
        ("kk", "Жаңалықтар"),
        ("th", "ข่าว"),
        ("ru-RU,ru;q=0.9,en;q=0.1", "Новости"),
        ("de", "News"),
        ("", "News"),
        (";;q=x\x7f", "News"),
    ],
)
def test_texts_come_in_the_language_that_is_asked_for(shop: Party, language: str, title: str) -> None:
    publish("news")
    ask_at(shop.client, "news")
    [item] = content(shop, shop.token(), "?names=news", Accept_Language=language)
    assert item["title"] == title


def test_a_client_sees_its_own_scope_alone(shop: Party) -> None:
    shop.token("openid consents email")
    other = party(account=shop.account)
    token = other.token()
    assert [item["status"] for item in content(other, token, "?names=read.email")] == ["NO_CONSENT"]
    for own in (other.client.pk, other.client.client_id):
        assert content(other, token, f"?names=read.email&client_id={own}")[0]["client_id"] == other.client.pk
    foreign = [str(shop.client.pk), shop.client.client_id, "999999", "nonsense", "9" * 50]
    answers = [read(other, token, f"?client_id={client}") for client in foreign]
    assert {(answer.status_code, answer.content, str(answer.headers)) for answer in answers} == {
        (403, answers[0].content, str(answers[0].headers))
    }
    assert refusal(read(other, token, "?client_id=%00")) == (400, 40001)


def test_a_client_checks_with_its_own_credentials_whoever_is_connected_to_it(shop: Party) -> None:
    checker = party(operator_scopes=["consents.check"])
    assert refusal(read(checker, checker.basic)) == (404, 40400)
    checker.token("openid email")
    assert [item["status"] for item in content(checker, checker.basic, "?names=read.email")] == ["ACTIVE"]
    assert refusal(read(checker, checker.basic, f"?client_id={shop.client.pk}")) == (403, 40300)
    assert checker.live is not None
    stop_sharing(checker.account, checker.live, grants=None, ip=IP)
    assert refusal(read(checker, checker.basic)) == (404, 40400)


def test_an_operator_reads_any_client(shop: Party) -> None:
    shop.token("openid email")
    centre = operator("accounts.operate")
    for client in (shop.client.pk, shop.client.client_id):
        items = content(shop, centre.basic, f"?names=read.email&client_id={client}")
        assert [(item["status"], item["client_id"]) for item in items] == [("ACTIVE", shop.client.pk)]
    assert [item["status"] for item in content(shop, centre.basic, "?names=identity-provider")] == ["NO_CONSENT"]
    answer = read(shop, centre.basic, "?client_id=999999")
    assert (refusal(answer), list(answer.json()["errors"])) == ((400, 40001), ["client_id"])


def test_a_withdrawal_on_the_persons_page_shows_at_the_next_call(shop: Party) -> None:
    token = shop.token("openid consents email")
    assert shop.live is not None
    stop_sharing(shop.account, shop.live, grants=["read.email"], ip=IP)
    [item] = content(shop, token, "?names=read.email")
    assert item["status"] == "WITHDRAWN"
    assert re.fullmatch(SECONDS, item["withdrawalDate"])
    assert re.fullmatch(UUID4, item["lastReceiptId"])
