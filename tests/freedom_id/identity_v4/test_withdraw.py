"""Row 5: `PUT /accounts/{id}/consents/transactions/withdraw`."""

from typing import Any
from uuid import uuid4

import pytest

from consents.domain.purposes import retire_purpose
from consents.domain.recording import withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import Actor
from consents.models import ConsentState, ConsentTransaction, Receipt
from freedom_id.domain.authorizations import narrow_authorizations
from freedom_id.models import AccountEvent, Authorization
from tests.freedom_id.identity_v4.parties import (
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


def put(who: Party, authorization: str, purpose: Any, query: str = "", **fields: Any) -> Any:
    given = [str(item) for item in purpose] if isinstance(purpose, list) else str(purpose)
    path = who.path("consents/transactions/withdraw") + query
    return call("PUT", path, authorization, {"PurposeId": given, **fields})


def given(who: Party, token: str, *names: str, scope: str = "per_client") -> list[str]:
    """Consents that the person gave on the client's pages; their ids."""
    ids = [str(publish(name, scope=scope)) for name in names]
    ask_at(who.client, *names)
    body = {"purposes": [{"Id": purpose} for purpose in ids]}
    payload(call("POST", who.path("consents/transactions/allow"), token, body), "report_dashboard")
    return ids


def test_the_answer_and_what_it_writes(shop: Party) -> None:
    token = shop.token()
    [purpose] = given(shop, token, "news", scope="global")
    before = len(shop.rows())
    answer = put(shop, token, purpose)
    assert answer.json() == {"code": 10001, "message": "Success", "platform_module": 1502, "report_dashboard": 0}
    assert shop.rows()[before:] == [("withdraw", "news", "")]
    row = ConsentTransaction.objects.filter(subject__account=shop.account).latest("epoch")
    assert (row.actor, row.actor_ref) == ("self", shop.client.client_id)
    assert row.receipt_id is not None
    assert shop.status("news") == "withdrawn"


def test_several_at_once_are_one_submission(shop: Party) -> None:
    token = shop.token()
    ids = given(shop, token, "news", "offers")
    receipts = Receipt.objects.count()
    payload(put(shop, token, ids), "report_dashboard")
    assert Receipt.objects.count() == receipts + 1
    assert (shop.status("news"), shop.status("offers")) == ("withdrawn", "withdrawn")


def test_what_was_never_given_changes_nothing(shop: Party) -> None:
    token = shop.token()
    publish("news")
    ask_at(shop.client, "news")
    before = shop.rows(), Receipt.objects.count()
    for name in ("news", "read.phone"):
        payload(put(shop, token, id_of(name)), "report_dashboard")
    assert (shop.rows(), Receipt.objects.count()) == before


def test_what_is_withdrawn_already_is_a_success(shop: Party) -> None:
    token = shop.token()
    [purpose] = given(shop, token, "news")
    for _time in range(2):
        payload(put(shop, token, purpose), "report_dashboard")
    assert shop.status("news") == "withdrawn"


def test_what_is_retired_can_be_withdrawn(shop: Party) -> None:
    token = shop.token()
    [purpose] = given(shop, token, "news")
    retire_purpose("news")
    payload(put(shop, token, purpose), "report_dashboard")
    assert shop.rows()[-1][:2] == ("withdraw", "news")


SOME = "8ffa5c2c-90dc-46af-a6fc-72f7db88b668"
INVALID: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, ["PurposeId"]),
    "null": ({"PurposeId": None}, ["PurposeId"]),
    "empty": ({"PurposeId": ""}, ["PurposeId"]),
    "no uuid": ({"PurposeId": "news"}, ["PurposeId"]),
    "an object": ({"PurposeId": {"Id": SOME}}, ["PurposeId"]),
    "no items": ({"PurposeId": []}, ["PurposeId"]),
    "21 items": ({"PurposeId": [str(uuid4()) for _number in range(21)]}, ["PurposeId"]),
    "a wrong item": ({"PurposeId": [SOME, 7]}, ["PurposeId.1"]),
    "twice": ({"PurposeId": [SOME, SOME]}, ["PurposeId"]),
    "withdrawnBy number": ({"PurposeId": SOME, "withdrawnBy": 88123488}, ["withdrawnBy"]),
    "withdrawnBy long": ({"PurposeId": SOME, "withdrawnBy": "8" * 101}, ["withdrawnBy"]),
    "withdrawnBy odd": ({"PurposeId": SOME, "withdrawnBy": "a b"}, ["withdrawnBy"]),
}


@pytest.mark.parametrize(("body", "fields"), INVALID.values(), ids=INVALID)
def test_fields_that_are_wrong_are_named(shop: Party, body: Any, fields: list[str]) -> None:
    answer = call("PUT", shop.path("consents/transactions/withdraw"), shop.token(), body)
    assert refusal(answer) == (400, 40001)
    assert list(answer.json()["errors"]) == fields


def test_a_client_withdraws_its_own_alone(shop: Party) -> None:
    """Unknown ids and purposes of others are the same refusal."""
    other = party(account=shop.account)
    [elsewhere] = given(other, other.token(), "elsewhere", scope="global")
    token = shop.token("openid consents email")
    [own] = given(shop, token, "news")
    before = shop.rows()
    for foreign in (uuid4(), elsewhere):
        assert refusal(put(shop, token, [own, foreign])) == (422, 42202)
    assert shop.rows() == before
    assert refusal(put(shop, token, own, f"?client_id={other.client.pk}")) == (403, 40300)
    payload(put(shop, token, id_of("read.email")), "report_dashboard")
    assert shop.live is not None
    assert "read.email" not in shop.live.grants


def test_what_it_may_ask_no_more_it_may_still_withdraw(shop: Party) -> None:
    token = shop.token()
    [own] = given(shop, token, "news")
    ConsentState.objects.get(purpose=own).purpose.collection_points.clear()
    payload(put(shop, token, own), "report_dashboard")
    assert shop.status("news") == "withdrawn"


def test_withdrawn_by_is_no_authority(shop: Party) -> None:
    token = shop.token()
    [purpose] = given(shop, token, "news")
    own = [str(shop.account.pk), str(shop.account.freedom_id), "useracct", ""]
    for withdrawn_by in own:
        payload(put(shop, token, purpose, withdrawnBy=withdrawn_by), "report_dashboard")
    before = shop.rows()
    for withdrawn_by in ("88123488", str(shop.account.pk + 1), "staff"):
        assert refusal(put(shop, token, purpose, withdrawnBy=withdrawn_by)) == (403, 40300)
    assert shop.rows() == before
    actors = set(ConsentTransaction.objects.filter(purpose=purpose).values_list("actor", "actor_ref"))
    assert actors == {("self", shop.client.client_id)}


def test_an_operator_withdraws_on_behalf_and_says_who_asked(shop: Party) -> None:
    [purpose] = given(shop, shop.token(), "news")
    centre = operator("accounts.operate")
    query = f"?client_id={shop.client.pk}"
    payload(put(shop, centre.basic, purpose, query, withdrawnBy="88123488"), "report_dashboard")
    payload(put(shop, centre.basic, purpose, query), "report_dashboard")
    actors = ConsentTransaction.objects.filter(action="withdraw").order_by("epoch").values_list("actor", "actor_ref")
    assert list(actors) == [("staff", f"{centre.client.client_id}/88123488"), ("staff", centre.client.client_id)]


def test_identity_provider_ends_everything_of_that_client(shop: Party) -> None:
    token = shop.token("openid consents email")
    given(shop, token, "news", scope="global")
    given(shop, token, "offers")
    other = party(account=shop.account)
    kept = other.token()
    payload(put(shop, token, id_of("identity-provider")), "report_dashboard")
    assert shop.live is None
    names = ("identity-provider", "consents", "read.email", "offers")
    assert {shop.status(name) for name in names} == {"withdrawn"}
    assert shop.status("news") == "active"  # given everywhere, not to this client
    assert other.status("identity-provider") == "active"
    assert refusal(put(shop, token, id_of("news"))) == (401, 40101)
    payload(call("GET", other.path("consents"), kept), "content")
    rows = ConsentTransaction.objects.filter(action="withdraw")
    assert {(row.actor, row.receipt_id) for row in rows} == {("self", rows[0].receipt_id)}
    assert AccountEvent.objects.latest("happened_at").action == "account:authorization:ended"


def test_the_next_sign_in_asks_anew_for_what_ended_with_the_connection(shop: Party) -> None:
    token = shop.token("openid consents email")
    payload(put(shop, token, id_of("identity-provider")), "report_dashboard")
    shop.token("openid email", refused=["read.email"])
    assert shop.live is not None
    assert shop.live.grants == {}


def test_a_client_of_the_group_removes_another_app(shop: Party) -> None:
    token = shop.token()
    portal = first_party(account=shop.account)
    own = portal.token("openid account")
    query = f"?client_id={shop.client.pk}"
    payload(put(portal, own, id_of("identity-provider"), query), "report_dashboard")
    assert shop.live is None
    assert portal.live is not None
    assert refusal(put(shop, token, id_of("identity-provider"))) == (401, 40101)
    payload(put(portal, own, id_of("identity-provider"), query), "report_dashboard")


def test_a_connection_older_than_the_purpose_ends_too(shop: Party) -> None:
    portal = first_party(account=shop.account)
    own = portal.token("openid account")
    Authorization.objects.create(account=shop.account, client=shop.client)
    payload(put(portal, own, id_of("identity-provider"), f"?client_id={shop.client.pk}"), "report_dashboard")
    assert shop.live is None


def test_whatever_ends_the_connection_withdraws_identity_provider() -> None:
    """So that the ledger, the list of apps and the check agree."""
    shop = party(required_grants=["read.email"], scopes=["openid", "email", "consents"])
    shop.token("openid consents email")
    subject = subject_for_account(shop.account)
    withdraw_consents(subject, names=["read.email"], scope_key=shop.client.client_id, actor=Actor.SELF)
    assert shop.live is None
    assert {shop.status(name) for name in ("identity-provider", "consents")} == {"withdrawn"}
    last = ConsentTransaction.objects.filter(purpose__name="identity-provider").latest("epoch")
    assert last.actor == "system"


def test_a_consent_of_the_clients_own_ends_no_connection_without_data(shop: Party) -> None:
    portal = party(account=shop.account, scopes=["openid", "account"], first_party=True)
    token = portal.token("openid account")
    [purpose] = given(portal, token, "news")
    payload(put(portal, token, purpose), "report_dashboard")
    assert portal.live is not None
    narrow_authorizations(account_id=shop.account.pk, client_id=portal.client.client_id, grants=["read.phone"])
    assert portal.live is not None
