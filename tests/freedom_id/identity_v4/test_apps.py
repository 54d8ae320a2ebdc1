"""Row 7: `GET /accounts/{id}/apps`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consents.domain.purposes import NoticeText, publish_purpose
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.purge import purge_expired
from freedom_id.models import Authorization, PartnerClient
from tests.freedom_id.identity_v4.parties import (
    IP,
    SECONDS,
    Party,
    call,
    first_party,
    id_of,
    operator,
    party,
    payload,
)

pytestmark = pytest.mark.django_db


def apps(who: Party, authorization: str) -> dict[int, dict[str, Any]]:
    found: list[dict[str, Any]] = payload(call("GET", who.path("apps"), authorization), "data")
    return {item["client_id"]: item for item in found}


def test_the_answer_and_its_item(time_machine: Any) -> None:
    time_machine.move_to(datetime(2030, 3, 4, 12, 0, 0, 5, tzinfo=UTC), tick=False)
    shop = party(name="Aral Market", legal_name="Aral Market LLC")
    shop.token("openid consents email")
    PartnerClient.objects.filter(pk=shop.client.pk).update(logo=b"png")
    portal = first_party(account=shop.account, legal_name="")
    token = portal.token("openid account")
    answer = call("GET", portal.path("apps"), token).json()
    purpose = str(id_of("identity-provider"))
    assert answer == {
        "code": 10001,
        "message": "Success",
        "platform_module": 1502,
        "report_dashboard": 0,
        "data": answer["data"],
    }
    shown = {item["client_id"]: item for item in answer["data"]}
    assert shown == {
        shop.client.pk: {
            "client_id": shop.client.pk,
            "app_name": {"en": "Aral Market"},
            "company_name": {"en": "Aral Market LLC"},
            "logo_uri": f"http://localhost:8000/partners/{shop.client.client_id}/logo.png",
            "scope": "read.email consents",
            "PurposeId": purpose,
            "status": "ACTIVE",
            "consentDate": "2030-03-04T12:00:00Z",
            "last_used_at": "2030-03-04T12:00:00Z",
        },
        portal.client.pk: {
            "client_id": portal.client.pk,
            "app_name": {"en": "Portal"},
            "company_name": {"en": "Portal"},
            "logo_uri": None,
            "scope": "",
            "PurposeId": purpose,
            "status": "ACTIVE",
            "consentDate": "2030-03-04T12:00:00Z",
            "last_used_at": "2030-03-04T12:00:00Z",
        },
    }


def test_an_app_comes_with_its_consent_and_goes_with_it(shop: Party) -> None:
    portal = first_party(account=shop.account)
    token = portal.token("openid account")
    query = f"?client_id={shop.client.pk}"
    purpose = str(id_of("identity-provider"))
    assert set(apps(portal, token)) == {portal.client.pk}
    call("POST", portal.path("consents/transactions/allow") + query, token, {"purposes": [{"Id": purpose}]})
    assert apps(portal, token)[shop.client.pk]["status"] == "ACTIVE"
    assert apps(portal, token)[shop.client.pk]["last_used_at"] is None
    call("PUT", portal.path("consents/transactions/withdraw") + query, token, {"PurposeId": purpose})
    assert set(apps(portal, token)) == {portal.client.pk}


def test_what_ended_on_the_persons_page_is_no_app(shop: Party) -> None:
    shop.token()
    centre = operator("accounts.operate")
    assert set(apps(shop, centre.basic)) == {shop.client.pk}
    assert shop.live is not None
    stop_sharing(shop.account, shop.live, grants=None, ip=IP)
    assert apps(shop, centre.basic) == {}


def test_a_connection_older_than_the_purpose_is_listed(shop: Party) -> None:
    older = Authorization.objects.create(account=shop.account, client=shop.client)
    centre = operator("accounts.operate")
    item = apps(shop, centre.basic)[shop.client.pk]
    assert item["status"] == "ACTIVE"
    assert item["consentDate"] == older.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert shop.status("identity-provider") == "none"


def test_new_words_are_pending_until_the_next_sign_in(shop: Party) -> None:
    shop.token()
    publish_purpose("identity-provider", scope="per_client", texts={"en": NoticeText("You", "Other words.")})
    centre = operator("accounts.operate")
    assert apps(shop, centre.basic)[shop.client.pk]["status"] == "PENDING"
    shop.token()
    assert apps(shop, centre.basic)[shop.client.pk]["status"] == "ACTIVE"


def test_last_use_is_the_last_time_that_it_got_tokens(shop: Party, time_machine: Any) -> None:
    shop.token()
    centre = operator("accounts.operate")
    first = apps(shop, centre.basic)[shop.client.pk]["last_used_at"]
    assert re.fullmatch(SECONDS, first)
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=1))
    shop.token()
    assert apps(shop, centre.basic)[shop.client.pk]["last_used_at"] > first
    time_machine.move_to(datetime.now(UTC) + timedelta(days=100))
    purge_expired()
    assert apps(shop, centre.basic)[shop.client.pk]["last_used_at"] is None


def test_another_persons_apps_are_not_among_them(shop: Party) -> None:
    shop.token()
    other = party()
    other.token()
    centre = operator("accounts.operate")
    assert set(apps(shop, centre.basic)) == {shop.client.pk}
