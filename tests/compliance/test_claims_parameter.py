"""Single claims that a client asks for: OpenID Connect Core §5.5."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freedom_id.authorization_server.claims_parameter import LONGEST, MalformedClaims, read_claims_parameter
from freedom_id.models import BrowserSignIn, Grant
from tests.compliance.standard_door import (
    authorize,
    claims_of,
    obtain_code,
    post_form,
    redeem,
    refresh,
    request_url,
    userinfo,
)
from tests.compliance.test_metadata import metadata
from tests.factories.people import email_of, partner, person, phone_of
from tests.factories.proofs import shown_by, with_app
from tests.journeys.walk import FreedomWalk

AAL2 = {"id_token": {"acr": {"essential": True, "values": ["aal2"]}}}


def asking(**members):
    return {"scope": "openid", "claims": json.dumps(members)}


def bought(walk, client, secret, account, **asked):
    return redeem(client, secret, obtain_code(walk, client, account, **asked)).json()


def told(client, secret, page):
    return claims_of(redeem(client, secret, page.returned["code"]).json()["id_token"])


@pytest.mark.requirement("OIDC Core §5.5")
def test_a_claim_is_asked_for_on_the_consent_page_and_told(walk, client, secret, account):
    asked = asking(userinfo={"email": {"essential": True}}, id_token={"phone_number": None})
    page = walk.sign_in(request_url(client, **asked), phone_of(account))
    assert ("E-mail address" in page.text, "Phone number" in page.text) == (True, True)
    code = walk.consent(page, grants=["read.email", "read.phone"]).returned["code"]

    body = redeem(client, secret, code).json()

    assert claims_of(body["id_token"])["phone_number"] == phone_of(account)
    assert "email" not in claims_of(body["id_token"])
    assert userinfo(body["access_token"]).json()["email"] == email_of(account)
    assert body["scope"] == "openid"


@pytest.mark.requirement("OIDC Core §5.5")
def test_what_the_person_does_not_share_is_not_told(walk, client, secret, account):
    asked = asking(id_token={"email": {"essential": True}, "phone_number": None})
    page = walk.sign_in(request_url(client, **asked), phone_of(account))
    body = redeem(client, secret, walk.consent(page, grants=["read.phone"]).returned["code"]).json()

    assert "email" not in claims_of(body["id_token"])
    assert claims_of(body["id_token"])["phone_number"] == phone_of(account)
    assert "email" not in userinfo(body["access_token"]).json()


@pytest.mark.requirement("OIDC Core §5.5")
def test_a_claim_never_widens_what_the_client_may_ask(walk, account):
    client, secret = partner(grants=[], required_grants=[], scopes=["openid"])
    body = bought(walk, client, secret, account, **asking(id_token={"email": None}, userinfo={"given_name": None}))

    assert "email" not in claims_of(body["id_token"])
    assert set(userinfo(body["access_token"]).json()) == {"sub"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["name"], {"name": "Dilnoza Karimova"}),
        (["email_verified"], {"email_verified": True}),
        (["given_name", "birthdate"], {"given_name": "Dilnoza", "birthdate": "1994-05-17"}),
        (["identifier", "locale", "sub", "iss", "nonce"], {}),
    ],
    ids=["name", "verified", "two", "others"],
)
def test_the_id_token_has_those_and_no_others(walk, account, names, expected):
    client, secret = partner(grants=[], required_grants=[])
    before = claims_of(bought(walk, client, secret, account, scope="openid")["id_token"])
    page = authorize(walk, client, prompt="consent", **asking(id_token=dict.fromkeys(names)))
    data = ["read.firstname", "read.lastname", "read.email", "read.date_of_birth"]

    after = told(client, secret, walk.consent(page, grants=data))

    assert {name: after[name] for name in after.keys() - before.keys()} == expected
    assert (after["sub"], after["iss"]) == (before["sub"], before["iss"])


@pytest.mark.requirement("OIDC Core §12.2")
def test_a_refresh_repeats_no_personal_claim(walk, client, secret, account):
    asked = asking(id_token={"email": None}) | {"scope": "openid offline_access"}
    body = bought(walk, client, secret, account, **asked)

    assert claims_of(body["id_token"])["email"] == email_of(account)
    assert "email" not in claims_of(refresh(client, secret, body["refresh_token"]).json()["id_token"])


@pytest.mark.requirement("OIDC Core §5.5")
def test_it_asks_again_for_what_is_new(walk, client, account):
    obtain_code(walk, client, account, scope="openid profile")

    assert authorize(walk, client, prompt="none", scope="openid profile").returned["code"]
    wider = authorize(walk, client, prompt="none", **asking(id_token={"phone_number": None}))
    assert wider.returned["error"] == "consent_required"


def test_a_pushed_request_asks_the_same(walk, client, secret, account):
    fields = {"response_type": "code", "redirect_uri": client.redirect_uris, "state": "x"}
    fields |= {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    fields |= asking(id_token={"email": None})
    pushed = post_form("/oauth2/par", fields, basic=(client.client_id, secret)).json()["request_uri"]
    page = walk.sign_in(f"/oauth2/authorize?client_id={client.client_id}&request_uri={pushed}", phone_of(account))

    assert told(client, secret, walk.consent(page, grants=["read.email"]))["email"] == email_of(account)


@pytest.mark.requirement("OIDC Unmet Authentication Requirements §2")
def test_an_essential_level_that_nobody_can_reach_is_unmet(walk, client, account):
    obtain_code(walk, client, account)
    urn = {"id_token": {"acr": {"essential": True, "values": ["urn:unknown"]}}}

    for members in (AAL2, urn):
        for more in ({}, {"prompt": "none"}):
            returned = authorize(walk, client, claims=json.dumps(members), **more).returned
            assert (returned["error"], returned["state"]) == ("unmet_authentication_requirements", "xyz")
    assert Grant.objects.count() == 1


@pytest.mark.requirement("OIDC Core §5.5.1.1")
def test_an_essential_level_is_reached_or_there_is_no_code(walk, client, secret, account):
    obtain_code(walk, client, account)
    app = with_app(account)
    asked = {"claims": json.dumps(AAL2)}

    assert authorize(walk, client, prompt="none", **asked).returned["error"] == "login_required"
    page = authorize(walk, client, **asked)
    again = walk.get(page.url.replace("/login/step-up", "/consent"))
    assert ("/login/step-up" in page.url, "/login/step-up" in again.url) == (True, True)
    assert told(client, secret, walk.post(page, "code", code=shown_by(app)))["acr"] == "aal2"
    assert "code" in authorize(walk, client, prompt="none", **asked).returned


@pytest.mark.requirement("OIDC Core §5.5.1.1")
@pytest.mark.parametrize(
    "acr",
    [
        None,
        {"essential": True},
        {"value": "aal2"},
        {"values": ["aal2"]},
        {"essential": True, "values": ["aal2", "aal1"]},
        {"essential": True, "value": "aal1"},
        {"value": "urn:unknown"},
        {"values": [1, None, {}, []]},
    ],
    ids=str,
)
def test_a_level_that_is_a_wish_holds_nobody_up(walk, client, secret, account, acr):
    obtain_code(walk, client, account)

    page = authorize(walk, client, claims=json.dumps({"id_token": {"acr": acr}}))

    assert told(client, secret, page)["acr"] == "aal1"


@pytest.mark.requirement("OIDC Core §3.1.2.2")
@pytest.mark.parametrize("named", ["claim", "hint"])
def test_nobody_but_the_named_person_is_answered_for(walk, client, secret, account, named):
    token = bought(walk, client, secret, account)["id_token"]
    claim = {"claims": json.dumps({"id_token": {"sub": {"value": claims_of(token)["sub"]}}})}
    asked = claim if named == "claim" else {"id_token_hint": token}
    other, somebody = FreedomWalk(Client()), person()
    obtain_code(other, client, somebody)

    assert "code" in authorize(walk, client, prompt="none", **asked).returned
    assert authorize(other, client, prompt="none", **asked).returned["error"] == "login_required"
    page = authorize(other, client, **asked)
    page = other.post(page, "identifier", identifier=phone_of(somebody))
    refused = other.post(page, "password", password="correct horse battery")
    assert refused.returned["error"] == "login_required"
    page = authorize(other, client, **asked)
    page = other.post(page, "identifier", identifier=phone_of(account))
    assert "code" in other.post(page, "password", password="correct horse battery").returned


def test_a_hint_and_a_claim_that_name_two_are_refused(walk, client, secret, account):
    token = bought(walk, client, secret, account)["id_token"]
    claims = json.dumps({"id_token": {"sub": {"value": str(person().freedom_id)}}})

    assert authorize(walk, client, id_token_hint=token, claims=claims).returned["error"] == "invalid_request"


@pytest.mark.requirement("OIDC Core §5.5.1")
def test_auth_time_is_there_essential_or_not(walk, client, secret, account):
    body = bought(walk, client, secret, account, claims=json.dumps({"id_token": {"auth_time": {"essential": True}}}))
    started = BrowserSignIn.objects.get().started_at

    assert abs(claims_of(body["id_token"])["auth_time"] - started.timestamp()) <= 1
    assert timezone.now() - started < timedelta(minutes=1)


@pytest.mark.requirement("OIDC Core §5.5")
@pytest.mark.parametrize(
    "odd",
    [
        "x",
        "{",
        "[]",
        "null",
        "1",
        '"openid"',
        '{"userinfo": []}',
        '{"id_token": null}',
        '{"id_token": {"email": true}}',
        '{"id_token": {"email": {"essential": "yes"}}}',
        '{"id_token": {"acr": {"values": "aal2"}}}',
        '{"id_token": {"sub": {"value": 7}}}',
        '{"id_token": {"sub": {"value": "somebody"}}}',
        '{"id_token": {"sub": {"values": ["a", "b"]}}}',
        '{"id_token": NaN}',
        "[" * 2000,
        '{"a":' * 500 + "1" + "}" * 500 + "x",
        f'{{"userinfo": {{"{"a" * LONGEST}": null}}}}',
        f'{{"x": "{"é" * (LONGEST // 2)}"}}',
    ],
    ids=lambda odd: f"{odd[:24]}… {len(odd)}" if len(odd) > 48 else odd,
)
def test_what_is_malformed_is_refused_by_redirect(walk, client, odd):
    returned = authorize(walk, client, claims=odd).returned
    assert (returned["error"], returned["state"]) == ("invalid_request", "xyz")


@pytest.mark.parametrize("without", [{"claims": ""}, {"scope": "profile", "claims": "x"}], ids=["empty", "no openid"])
def test_without_a_value_or_openid_it_is_no_parameter(walk, client, without):
    assert 'name="identifier"' in authorize(walk, client, **without).text


def test_it_is_advertised(db):
    assert metadata()["claims_parameter_supported"] is True


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
wishes = st.dictionaries(st.sampled_from(["essential", "value", "values"]), values, max_size=3) | values
targets = st.dictionaries(st.sampled_from(["acr", "sub", "email", "name", "x"]), wishes, max_size=3) | values
documents = st.dictionaries(st.sampled_from(["userinfo", "id_token", "y"]), targets, max_size=3) | values


@given(document=documents)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_json_is_never_our_failure(client, document):
    answer = Client().get(request_url(client, claims=json.dumps(document)))
    assert answer.status_code == 302 or (answer.status_code == 400 and b"cannot be trusted" in answer.content)


@given(text=st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(text):
    try:
        userinfo_asked, id_token_asked = read_claims_parameter(text)
    except MalformedClaims:
        return
    assert isinstance(userinfo_asked | id_token_asked, dict)
