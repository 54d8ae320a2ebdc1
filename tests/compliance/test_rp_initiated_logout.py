"""OpenID Connect RP-Initiated Logout 1.0."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from freedom_id.models import Authorization, PartnerClient
from tests.compliance.standard_door import obtain_code, redeem, refresh, userinfo
from tests.factories.people import partner, phone_of
from tests.journeys.walk import FreedomWalk

AFTER = "https://partner.example/bye?lang=ru"


@pytest.fixture
def registered(db: None) -> tuple[PartnerClient, str]:
    return partner(post_logout_redirect_uris=[AFTER])


def logout(walk, **params):
    return walk.get(f"/oauth2/logout?{urlencode(params)}")


def answer(walk, page, decision="sign_out"):
    return walk.post(page, "decision", decision=decision)


def is_signed_in(walk) -> bool:
    return 'name="identifier"' not in walk.get("/me/").text


@pytest.mark.requirement("OIDC RP-Initiated Logout §2")
def test_the_person_is_asked_signed_out_and_sent_back(walk, client, secret, tokens):
    page = logout(walk, id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER, state="a b&c")
    assert (page.status, page.location) == (200, "")
    assert client.name in page.text
    assert is_signed_in(walk)
    after = answer(walk, page)
    assert after.location == f"{AFTER}&state=a+b%26c"
    assert not is_signed_in(walk)
    assert userinfo(tokens["access_token"]).status_code == 401
    assert refresh(client, secret, tokens["refresh_token"]).status_code == 400
    assert Authorization.objects.get().ended_at is None


def test_who_stays_stays(walk, client, tokens):
    page = logout(walk, client_id=client.client_id, post_logout_redirect_uri=AFTER)
    assert answer(walk, page, "stay").location == AFTER
    assert is_signed_in(walk)
    assert userinfo(tokens["access_token"]).status_code == 200


def test_another_browser_stays_signed_in(walk, client, secret, account, tokens):
    other = FreedomWalk(Client())
    theirs = redeem(client, secret, obtain_code(other, client, account)).json()
    answer(walk, logout(walk, id_token_hint=tokens["id_token"]))
    assert is_signed_in(other)
    assert userinfo(theirs["access_token"]).status_code == 200


@pytest.mark.requirement("OIDC RP-Initiated Logout §2")
def test_both_methods_are_served_from_other_sites(walk, client, tokens):
    posted = Client(enforce_csrf_checks=True).post("/oauth2/logout", {"client_id": client.client_id})
    assert posted.status_code == 302
    assert Client(enforce_csrf_checks=True).post("/oauth2/logout/confirm", {}).status_code == 403


@pytest.mark.requirement("OIDC RP-Initiated Logout §3")
@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "https://partner.example/bye",
        AFTER + "&x",
        "javascript:alert(1)",
        "https://partner.example/callback?from=freedom",
    ],
    ids=range(5),
)
def test_an_address_that_is_not_registered_gets_a_page(walk, client, account, uri):
    for params in ({"client_id": client.client_id}, {}):
        page = logout(walk, post_logout_redirect_uri=uri, **params)
        assert (page.status, page.location) == (400, "")
    walk.sign_in("/me/", phone_of(account))
    page = logout(walk, client_id=client.client_id)
    forged = walk.post(page, "decision", decision="sign_out", post_logout_redirect_uri=uri)
    assert (forged.status, forged.location) == (400, "")
    assert is_signed_in(walk)


@pytest.mark.requirement("OIDC RP-Initiated Logout §2")
def test_a_hint_that_is_not_ours_or_another_clients_is_refused(walk, client, tokens):
    other, _secret = partner(name="Other")
    for params in (
        {"id_token_hint": "a.b.c"},
        {"id_token_hint": tokens["access_token"]},
        {"id_token_hint": tokens["id_token"], "client_id": other.client_id},
        {"client_id": "unknown"},
        {"state": "x" * 513},
        {"state": "\x00"},
    ):
        assert logout(walk, **params).status == 400


def test_who_is_not_signed_in_goes_on_at_once(walk, client, account):
    assert logout(walk, client_id=client.client_id, post_logout_redirect_uri=AFTER).location == AFTER
    page = logout(walk)
    assert (page.status, 'name="identifier"' in page.text) == (200, True)
