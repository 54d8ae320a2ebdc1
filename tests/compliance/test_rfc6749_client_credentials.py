"""Tokens that a client gets for itself: RFC 6749 §4.4, RFC 9068 §2.2. They open what its Basic credentials open, judged
by what the client may do now."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.client_tokens import read_client_token
from freedom_id.domain.signing_keys import sign
from freedom_id.models import AccessToken, BridgePolicy, PartnerClient, TokenFamily
from tests.compliance.client_keys import assertion, signing_partner
from tests.compliance.standard_door import ISSUER, claims_of, post_form, userinfo
from tests.factories.people import partner
from tests.freedom_id.identity_v4.parties import Party, party, publish

pytestmark = pytest.mark.django_db
TOKEN, INTROSPECT, REVOKE = "/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"
CLIENTS = "/identity/v4/clients"
OPERATE = ["accounts.operate", "clients.manage"]


@pytest.fixture
def operator() -> Party:
    return party(operator_scopes=OPERATE, grant_types=["client_credentials"], redirect_uris=[])


def ask(a: Party, **fields: str) -> Any:
    return post_form(TOKEN, {"grant_type": "client_credentials"} | fields, basic=(a.client.client_id, a.secret))


def token_of(a: Party, **fields: str) -> str:
    answer = ask(a, **fields)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def get(path: str, token: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}"})


def introspected(a: Party, token: str) -> dict[str, Any]:
    found: dict[str, Any] = post_form(INTROSPECT, {"token": token}, basic=(a.client.client_id, a.secret)).json()
    return found


@pytest.mark.requirement("RFC 6749 §4.4.3")
def test_the_answer_is_a_token_without_a_refresh_token(operator):
    answer = ask(operator)
    assert answer["Cache-Control"] == "no-store"
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 600)
    assert answer.json()["scope"] == "consents.check accounts.operate clients.manage"


@pytest.mark.requirement("RFC 9068 §2.2")
def test_the_token_speaks_of_the_client_and_of_nobody_else(operator):
    claims = claims_of(token_of(operator))
    assert set(claims) == {"iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp"}
    assert claims["sub"] == claims["client_id"] == operator.client.client_id
    assert (claims["iss"], claims["aud"], claims["exp"] - claims["iat"]) == (ISSUER, ISSUER, 600)


def test_issuing_one_reads_the_client_and_writes_nothing(operator, django_assert_max_num_queries):
    token_of(operator)  # makes the key
    token_of(operator)  # reads it
    with django_assert_max_num_queries(1):  # none on PostgreSQL: that statement goes past Django's cursor
        token_of(operator)
    assert not AccessToken.objects.exists()
    assert not TokenFamily.objects.exists()


@pytest.mark.requirement("RFC 6749 §3.3")
def test_the_scope_is_what_was_asked_and_never_more_than_the_client_has(operator):
    assert ask(operator, scope="clients.manage").json()["scope"] == "clients.manage"
    for wider in ("customers.read", "openid", "profile", "account", "clients.manage nonsense"):
        answer = ask(operator, scope=wider)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.requirement("RFC 6749 §4.4")
def test_a_public_client_gets_none():
    app, _none = partner(client_type="public", grant_types=["client_credentials"], redirect_uris=[])
    answer = post_form(TOKEN, {"grant_type": "client_credentials", "client_id": app.client_id})
    assert answer.json()["error"] == "unauthorized_client"
    assert answer.status_code == 400


@pytest.mark.requirement("RFC 6749 §5.2")
def test_a_client_without_the_grant_type_gets_none(client, secret):
    answer = post_form(TOKEN, {"grant_type": "client_credentials"}, basic=(client.client_id, secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.requirement("RFC 6749 §4.4.2")
def test_who_asks_authenticates(operator):
    answer = post_form(TOKEN, {"grant_type": "client_credentials"}, basic=(operator.client.client_id, "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.requirement("RFC 7523 §2.2")
def test_a_client_that_signs_opens_the_identity_door_by_its_token():
    signer = signing_partner(operator_scopes=OPERATE, grant_types=["client_credentials"], redirect_uris=[])
    token = post_form(TOKEN, {"grant_type": "client_credentials"} | assertion(signer)).json()["access_token"]
    assert get(CLIENTS, token).status_code == 200


def test_it_opens_the_identity_door_as_basic_does(operator):
    somebody = party()
    token = token_of(operator)
    for path in (CLIENTS, f"/identity/v4/accounts/{somebody.account.pk}"):
        by_basic = Client().get(path, headers={"Authorization": operator.basic})
        by_token = get(path, token)
        assert (by_token.status_code, by_token.json()["data"]) == (200, by_basic.json()["data"])


def test_it_costs_the_identity_door_one_statement_to_know_the_client(operator, django_assert_num_queries):
    token = token_of(operator, scope="consents.check")
    get(CLIENTS, token)
    with django_assert_num_queries(1 + 1):  # and the refusal is counted
        assert get(CLIENTS, token).status_code == 403


@pytest.mark.requirement("RFC 6750 §3.1")
def test_a_token_opens_only_its_own_scope(operator):
    answer = get(CLIENTS, token_of(operator, scope="accounts.operate"))
    assert answer.status_code == 403
    assert answer["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def narrow(client: PartnerClient) -> None:
    PartnerClient.objects.filter(pk=client.pk).update(operator_scopes=["accounts.operate"])


def take_the_grant_type(client: PartnerClient) -> None:
    PartnerClient.objects.filter(pk=client.pk).update(grant_types=["authorization_code"])


def close(client: PartnerClient) -> None:
    PartnerClient.objects.filter(pk=client.pk).update(status="closed")


@pytest.mark.parametrize("change", [suspend_client, close, narrow, take_the_grant_type])
def test_what_becomes_of_the_client_shows_at_the_next_call(operator, change):
    token = token_of(operator)
    assert get(CLIENTS, token).status_code == 200
    change(operator.client)
    assert get(CLIENTS, token).status_code == 403


@pytest.mark.parametrize("change", [suspend_client, close, take_the_grant_type])
def test_the_check_of_consents_sees_it_too(operator, change):
    token = token_of(operator)
    change(operator.client)
    assert get("/consents/v1/check?names=x", token).status_code == 403


def test_a_client_checks_the_consents_of_its_people_by_token():
    publish("news")
    shop = party(grant_types=["authorization_code", "client_credentials"])
    shop.token()
    path = f"/consents/v1/check?names=news,identity-provider&account={shop.account.pk}"
    by_basic = Client().get(path, headers={"Authorization": shop.basic})
    by_token = get(path, token_of(shop))
    assert by_token.status_code == 200
    decided = [[found["allowed"] for found in answer.json()["decisions"]] for answer in (by_token, by_basic)]
    assert decided[0] == decided[1] == [False, True]


def test_without_its_scope_it_checks_no_consents(operator):
    answer = get("/consents/v1/check?names=x", token_of(operator, scope="clients.manage"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_scope")
    assert answer["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


@pytest.mark.requirement("RFC 7662 §2.2")
def test_introspection_tells_its_own_client_what_it_is_worth_now(operator):
    token = token_of(operator)
    claims = claims_of(token)
    assert introspected(operator, token) == {"active": True, "token_type": "Bearer"} | claims
    narrow(operator.client)
    assert introspected(operator, token)["scope"] == "consents.check accounts.operate"
    take_the_grant_type(operator.client)
    assert introspected(operator, token) == {"active": False}


@pytest.mark.requirement("RFC 7662 §4")
def test_introspection_tells_nobody_else(operator):
    assert introspected(party(), token_of(operator)) == {"active": False}


@pytest.mark.requirement("RFC 7009 §2.2.1")
def test_it_is_not_said_to_be_revoked(operator):
    token = token_of(operator)
    answer = post_form(REVOKE, {"token": token}, basic=(operator.client.client_id, operator.secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_token_type")


@pytest.mark.requirement("RFC 6750 §3.1")
@pytest.mark.parametrize("path", ["/oauth2/userinfo", "/api/v1/oauth/userinfo", "/identity/v4/collectionpoints"])
def test_it_is_nobody_where_a_person_is_asked_for(operator, path):
    assert get(path, token_of(operator)).status_code in (401, 403)
    assert userinfo(token_of(operator)).json()["error"] == "invalid_token"


@pytest.mark.requirement("RFC 8693 §2.2.2")
def test_it_is_no_subject_of_an_exchange():
    shop, air = party(grant_types=["client_credentials"]), party()
    BridgePolicy.objects.create(caller=shop.client, audience=air.client)
    exchange = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": token_of(shop),
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "audience": air.client.client_id,
    }
    answer = post_form(TOKEN, exchange, basic=(shop.client.client_id, shop.secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.requirement("RFC 9068 §4")
def test_it_is_over_after_ten_minutes(operator):
    token = token_of(operator)
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        assert get(CLIENTS, token).status_code == 401
        assert get("/consents/v1/check?names=x", token).status_code == 401
        assert introspected(operator, token) == {"active": False}


@pytest.mark.requirement("RFC 9068 §4")
@pytest.mark.parametrize(
    ("changes", "typ"),
    [
        ({}, "JWT"),
        ({"aud": "https://other.example"}, "at+jwt"),
        ({"iss": "https://other.example"}, "at+jwt"),
        ({"sub": "somebody"}, "at+jwt"),
        ({"sub": "nobody", "client_id": "nobody"}, "at+jwt"),
    ],
    ids=["an ID token", "another audience", "another issuer", "a person", "an unknown client"],
)
def test_what_says_something_else_opens_nothing(operator, changes, typ):
    told = sign(claims_of(token_of(operator)) | changes, typ=typ)
    assert get(CLIENTS, told).status_code == 401


def test_a_token_of_a_person_is_not_one_of_the_client(operator):
    somebody = party()
    token = somebody.token().removeprefix("Bearer ")
    assert read_client_token(token) is None
    assert read_client_token("no token") is None
    assert read_client_token(token_of(operator)) is not None
