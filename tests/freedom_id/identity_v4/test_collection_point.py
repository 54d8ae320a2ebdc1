"""Row 6: `GET /consents/collectionpoints`."""

from typing import Any

import pytest

from consents.domain.collection_points import close_collection_point, collection_point_for, open_collection_point
from consents.enums import Channel
from consents.models import Purpose
from freedom_id.domain.asked_data import IDENTITY_DOOR, adjust_asked_data
from freedom_id.domain.client_status import close_client
from tests.freedom_id.identity_v4.parties import V4, Party, ask_at, call, id_of, party, payload, publish, refusal

pytestmark = pytest.mark.django_db
PATHS = ["/consents/collectionpoints", "/collectionpoints"]


def read(authorization: str, query: str = "", path: str = PATHS[0], **headers: str) -> Any:
    return call("GET", V4 + path + query, authorization, **headers)


@pytest.mark.parametrize("path", PATHS)
def test_the_answer_and_its_item(shop: Party, path: str) -> None:
    answer = read(shop.token(), path=path)
    point = collection_point_for(shop.client.client_id, name=IDENTITY_DOOR)
    purpose = str(id_of("identity-provider"))
    assert answer.json() == {
        "code": 10001,
        "message": "Success",
        "platform_module": 1502,
        "collectionPointId": str(point.pk),
        "version": 1,
        "purposes": [
            {
                "PurposeId": purpose,
                "Id": purpose,
                "name": "identity-provider",
                "version": 1,
                "title": "Your Freedom ID",
                "description": "To know that it is you, also when you come back.",
                "required": False,
                "consentType": "EXPLICIT",
                "status": "ACTIVE",
            }
        ],
    }


def test_what_staff_lets_it_ask_is_there_in_five_languages(shop: Party) -> None:
    publish("news", scope="global")
    ask_at(shop.client, "news")
    token = shop.token()
    titles = {
        language: payload(read(token, "?names=news", Accept_Language=language), "purposes")[0]["title"]
        for language in ("en", "ru", "uz", "kk", "th")
    }
    assert titles == {"en": "News", "ru": "Новости", "uz": "Yangiliklar", "kk": "Жаңалықтар", "th": "ข่าว"}
    [item] = payload(read(token, "?names=news"), "purposes")
    assert (item["status"], item["required"]) == ("NO_CONSENT", False)


def test_ids_are_those_of_the_consents(shop: Party) -> None:
    publish("news")
    ask_at(shop.client, "news")
    token = shop.token()
    here = {item["name"]: item["PurposeId"] for item in payload(read(token), "purposes")}
    there = {item["name"]: item["PurposeId"] for item in payload(call("GET", shop.path("consents"), token), "content")}
    assert set(here) == {"identity-provider", "news"}
    assert here.items() <= there.items()


def test_what_is_no_consent_is_said_so(shop: Party) -> None:
    publish("security-notices")
    Purpose.objects.filter(name="security-notices").update(legal_basis="legitimate_interest")
    ask_at(shop.client, "security-notices")
    assert payload(read(shop.token(), "?names=security-notices"), "purposes")[0]["consentType"] == "NOT_APPLICABLE"


def test_unknown_names_and_purposes_of_other_points(shop: Party) -> None:
    for name in ("nonsense", "read.phone"):
        answer = read(shop.token(), f"?names=identity-provider,{name}")
        assert (refusal(answer), list(answer.json()["errors"])) == ((400, 40001), ["names"])


def test_each_client_has_its_own(shop: Party) -> None:
    other = party(account=shop.account)
    publish("news")
    ask_at(other.client, "news")
    assert [item["name"] for item in payload(read(shop.token()), "purposes")] == ["identity-provider"]
    assert len(payload(read(other.token()), "purposes")) == 2


def test_a_closed_point_is_not_found_and_a_closed_client_has_none(shop: Party) -> None:
    token = shop.token()
    close_collection_point(collection_point_for(shop.client.client_id, name=IDENTITY_DOOR))
    assert refusal(read(token)) == (404, 40400)
    close_client(shop.client)
    assert refusal(read(token)) == (401, 40101)


def test_what_staff_added_stays_when_the_client_changes(shop: Party) -> None:
    publish("news")
    ask_at(shop.client, "news")
    shop.client.grants = ["read.phone"]
    shop.client.save()
    adjust_asked_data(shop.client)
    names = {item["name"] for item in payload(read(shop.token()), "purposes")}
    assert names == {"identity-provider", "news"}


def test_a_point_reopened_without_that_asks_exactly_what_is_said(shop: Party) -> None:
    publish("news")
    ask_at(shop.client, "news")
    stated = {"name": IDENTITY_DOOR, "recipient": shop.client.client_id, "channel": Channel.API}
    open_collection_point(**stated, purposes=["identity-provider"])  # type: ignore[arg-type]
    assert len(payload(read(shop.token()), "purposes")) == 1
