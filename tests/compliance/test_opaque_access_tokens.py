"""Access tokens that say nothing to who holds them (RFC 6749 §1.4): as good at every door as the JWT is."""

from typing import Any

import pytest
from django.test import Client

from freedom_id.authorization_server.id_token import at_hash
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.models import AccessToken, Authorization, BridgePolicy, PartnerClient
from tests.compliance.standard_door import claims_of, obtain_code, post_form, redeem, refresh, userinfo
from tests.factories.people import partner
from tests.freedom_id.identity_v4.parties import party

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture
def registered(db: None) -> tuple[PartnerClient, str]:
    return partner(access_token_format="opaque")


def asked(path: str, client: PartnerClient, secret: str, token: str, **fields: Any) -> Any:
    return post_form(path, {"token": token} | fields, basic=(client.client_id, secret))


def bearer(path: str, token: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.requirement("RFC 6749 §1.4")
def test_it_says_nothing_and_is_kept_as_a_digest(tokens):
    token = tokens["access_token"]
    assert token.startswith("at-")
    assert "." not in token
    assert len(token) > 100
    [row] = AccessToken.objects.values()
    assert token not in str(row)
    assert token.removeprefix("at-") not in str(row)
    assert claims_of(tokens["id_token"])["at_hash"] == at_hash(token)


def test_it_opens_userinfo_and_the_other_doors(tokens, account):
    assert userinfo(tokens["access_token"]).json()["sub"] == str(account.freedom_id)
    assert bearer(f"/identity/v4/accounts/{account.pk}", tokens["access_token"]).status_code == 200
    assert bearer("/consents/v1/check?names=read.email", tokens["access_token"]).status_code == 200


def test_a_part_of_it_or_the_digest_opens_nothing(tokens):
    token = tokens["access_token"]
    [row] = AccessToken.objects.all()
    for told in (token.removeprefix("at-"), token[:-1], token.upper(), f"at-{token}", "at-", row.token_checksum):
        assert userinfo(told).status_code == 401


@pytest.mark.requirement("RFC 7662 §2.2")
def test_introspection_knows_it(client, secret, tokens, account):
    found = asked("/oauth2/introspect", client, secret, tokens["access_token"]).json()
    assert (found["active"], found["sub"], found["scope"]) == (True, str(account.freedom_id), tokens["scope"])
    other, its_secret = partner(name="Curious")
    assert asked("/oauth2/introspect", other, its_secret, tokens["access_token"]).json() == {"active": False}


@pytest.mark.requirement("RFC 7009 §2.1")
def test_revocation_ends_it(client, secret, tokens):
    assert asked("/oauth2/revoke", client, secret, tokens["access_token"]).status_code == 200
    assert userinfo(tokens["access_token"]).status_code == 401
    assert refresh(client, secret, tokens["refresh_token"]).status_code == 400


def test_a_withdrawal_ends_it(tokens, account):
    stop_sharing(account, Authorization.objects.get(), grants=None, ip="203.0.113.7")
    assert userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.requirement("RFC 6749 §6")
def test_each_of_a_refreshs_racers_gets_the_same(client, secret, tokens):
    first, second = (refresh(client, secret, tokens["refresh_token"]).json()["access_token"] for _racer in range(2))
    assert first == second != tokens["access_token"]
    assert first.startswith("at-")
    assert userinfo(first).status_code == 200


def test_a_change_of_form_ends_no_token(client, secret, tokens):
    PartnerClient.objects.filter(pk=client.pk).update(access_token_format="jwt")
    newer = refresh(client, secret, tokens["refresh_token"]).json()["access_token"]
    assert claims_of(newer)["client_id"] == client.client_id
    for token in (tokens["access_token"], newer):
        assert userinfo(token).status_code == 200


@pytest.mark.requirement("RFC 8693 §2.1")
def test_it_is_exchanged_for_a_token_that_says_who_acts(walk, client, secret, account):
    audience = party(account=account)
    audience.token()
    BridgePolicy.objects.create(caller=client, audience=audience.client)
    subject = redeem(client, secret, obtain_code(walk, client, account, scope="openid profile")).json()["access_token"]
    fields = {
        "grant_type": EXCHANGE,
        "subject_token": subject,
        "subject_token_type": ACCESS_TOKEN,
        "audience": audience.client.client_id,
    }
    answer = post_form("/oauth2/token", fields, basic=(client.client_id, secret))
    assert answer.status_code == 200, answer.content
    assert claims_of(answer.json()["access_token"])["act"] == {"client_id": client.client_id}
