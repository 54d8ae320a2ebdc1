"""How surely a client wants to know who the person is: `acr_values` (OpenID Connect Core §3.1.2.1, RFC 9470 §4)."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.step_up import FreshProofNeeded, require_fresh_proof
from freedom_id.models import Authenticator, BrowserSignIn, TokenFamily
from tests.compliance.standard_door import authorize, claims_of, obtain_code, redeem, refresh
from tests.factories.people import person, phone_of
from tests.factories.proofs import shown_by, with_app, wrong_for
from tests.freedom_id.views.test_passkeys import add, asked_to_sign
from tests.journeys.walk import FreedomWalk

SESSION = "session-8000"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def low(walk, client, account):
    """A browser that is signed in by a password alone, and whose person has an app since."""
    obtain_code(walk, client, account)
    return with_app(account)


def told(client, secret, page):
    return claims_of(redeem(client, secret, page.returned["code"]).json()["id_token"])


@pytest.mark.requirement("RFC 9470 §4")
def test_a_low_sign_in_is_raised_and_says_how_and_when(walk, client, secret, low, clock):
    before = walk.browser.cookies[SESSION].value
    clock.shift(timedelta(minutes=20))

    page = authorize(walk, client, acr_values="aal2")
    assert "/login/step-up" in page.url
    claims = told(client, secret, walk.post(page, "code", code=shown_by(low)))

    assert (claims["acr"], claims["amr"]) == ("aal2", ["pwd", "otp", "mfa"])
    assert claims["auth_time"] == int(timezone.now().timestamp())
    assert walk.browser.cookies[SESSION].value != before


def test_what_the_sign_in_gave_before_stays_what_it_was(walk, client, secret, account, clock):
    first = redeem(client, secret, obtain_code(walk, client, account)).json()
    low = with_app(account)
    clock.shift(timedelta(minutes=2))
    page = walk.post(authorize(walk, client, acr_values="aal2"), "code", code=shown_by(low))

    assert told(client, secret, page)["sid"] == claims_of(first["id_token"])["sid"]
    later = claims_of(refresh(client, secret, first["refresh_token"]).json()["id_token"])
    assert (later["acr"], later["auth_time"]) == ("aal1", claims_of(first["id_token"])["auth_time"])


def test_once_raised_nobody_is_asked_again(walk, client, secret, low):
    walk.post(authorize(walk, client, acr_values="aal2"), "code", code=shown_by(low))

    for more in ({}, {"prompt": "none"}):
        assert told(client, secret, authorize(walk, client, acr_values="aal2", **more))["acr"] == "aal2"


def test_a_wrong_code_raises_nothing(walk, client, low):
    page = walk.post(authorize(walk, client, acr_values="aal2"), "code", code=wrong_for(low))

    assert page.location == ""
    assert "/login/step-up" in walk.get(page.url.replace("/login/step-up", "/consent")).url
    assert not BrowserSignIn.objects.exclude(raised_at=None).exists()


def test_a_code_is_used_up(walk, client, low):
    code = shown_by(low)
    walk.post(authorize(walk, client, acr_values="aal2"), "code", code=code)
    BrowserSignIn.objects.update(raised_at=None, raised_amr=[])

    assert walk.post(authorize(walk, client, acr_values="aal2"), "code", code=code).location == ""


@pytest.mark.requirement("OIDC Core §3.1.2.1")
def test_a_person_without_a_second_factor_goes_on_and_it_is_said(walk, client, secret, account):
    obtain_code(walk, client, account)

    for more in ({}, {"prompt": "none"}):
        assert told(client, secret, authorize(walk, client, acr_values="aal2", **more))["acr"] == "aal1"


def test_the_wish_does_not_hold_up_a_silent_answer(walk, client, secret, low):
    assert told(client, secret, authorize(walk, client, acr_values="aal2", prompt="none"))["acr"] == "aal1"


@pytest.mark.requirement("OIDC Core §3.1.2.1")
@pytest.mark.parametrize("wish", ["aal1", "aal1 aal2", "urn:unknown", "AAL2", "2", ""], ids=repr)
def test_a_wish_that_is_met_or_unknown_asks_nothing(walk, client, low, wish):
    assert "code" in authorize(walk, client, acr_values=wish).returned


def test_the_first_known_level_counts(walk, client, low):
    assert "/login/step-up" in authorize(walk, client, acr_values="phr aal2 aal1").url


def test_a_person_who_signed_in_by_a_code_shows_her_password(walk, client, secret, low):
    BrowserSignIn.objects.update(amr=["otp", "sms"])

    page = walk.post(authorize(walk, client, acr_values="aal2"), "password", password="correct horse battery")

    assert told(client, secret, page)["amr"] == ["otp", "sms", "pwd", "mfa"]


@pytest.mark.requirement("NIST SP 800-63B §5.1.3.1")
def test_a_code_by_mail_is_no_factor_beside_the_password(walk, client, secret, low):
    BrowserSignIn.objects.update(amr=["otp"])

    page = walk.post(authorize(walk, client, acr_values="aal2"), "password", password="correct horse battery")
    assert (page.location, "/login/step-up" in page.url) == ("", True)
    claims = told(client, secret, walk.post(page, "code", code=shown_by(low)))

    assert (claims["acr"], claims["amr"]) == ("aal2", ["otp", "pwd", "mfa"])


@pytest.mark.requirement("OIDC Core §3.1.2.1")
@pytest.mark.parametrize("fresh", [{"prompt": "login"}, {"max_age": "60"}], ids=str)
def test_a_raise_is_no_fresh_sign_in(walk, client, low, clock, fresh):
    clock.shift(timedelta(minutes=5))
    page = authorize(walk, client, acr_values="aal2", **fresh)
    assert 'name="identifier"' in page.text
    around = walk.get(page.url.replace("/login", "/login/step-up"))

    after = walk.post(around, "code", code=shown_by(low))

    assert 'name="identifier"' in after.text


def test_twelve_hours_after_the_sign_in_it_is_over_raised_or_not(walk, client, low, clock):
    for _busy in range(24):
        clock.shift(timedelta(minutes=29))
        walk.get("/me/devices/")
    walk.post(authorize(walk, client, acr_values="aal2"), "code", code=shown_by(low))
    clock.shift(timedelta(minutes=25))

    assert authorize(walk, client, prompt="none").returned["error"] == "login_required"


@pytest.mark.requirement("security O9")
def test_tokens_of_an_old_sign_in_open_no_ways_into_the_account(walk, client, secret, low, account, clock):
    clock.shift(timedelta(minutes=20))
    page = walk.post(authorize(walk, client, acr_values="aal2"), "code", code=shown_by(low))
    claims = told(client, secret, page)

    family = TokenFamily.objects.get()
    assert claims["auth_time"] == int(family.authenticated_at.timestamp()) == int(timezone.now().timestamp())
    with pytest.raises(FreshProofNeeded, match="old sign-in"):
        require_fresh_proof(account, client, family)


def with_passkey(person_):
    """An authenticator with a passkey of this person, who has nothing else beside her password."""
    walk, app = FreedomWalk(Client()), with_app(person_)
    walk.post(walk.sign_in("/me/security/", phone_of(person_)), "code", code=shown_by(app))
    authenticator = add(walk)[0]
    Authenticator.objects.filter(account=person_).delete()
    return authenticator


def show(walk, page, authenticator):
    answer = authenticator.get(asked_to_sign(walk))
    return walk.post(page, "response", response=json.dumps(answer))


@pytest.mark.requirement("RFC 9470 §4")
def test_a_passkey_raises_it_too(walk, client, secret, account, clock):
    obtain_code(walk, client, account)
    authenticator = with_passkey(account)
    before = walk.browser.cookies[SESSION].value

    page = authorize(walk, client, acr_values="aal2")
    assert ("/login/step-up" in page.url, 'name="code"' in page.text) == (True, False)
    claims = told(client, secret, show(walk, page, authenticator))

    assert (claims["acr"], claims["amr"]) == ("aal2", ["pwd", "pop", "user", "mfa"])
    assert walk.browser.cookies[SESSION].value != before


def test_somebody_elses_passkey_raises_nothing_and_signs_nobody_in(walk, client, account, clock):
    obtain_code(walk, client, account)
    with_passkey(account)
    theirs = with_passkey(person())

    page = show(walk, authorize(walk, client, acr_values="aal2"), theirs)

    assert (page.location, "/login/step-up" in page.url) == ("", True)
    assert not BrowserSignIn.objects.exclude(raised_at=None).exists()
    assert walk.fetch("POST", page.url, {"response": ""}).location == ""


@pytest.mark.requirement("security O9")
def test_guesses_are_counted_as_at_the_sign_in(walk, client, low):
    page = authorize(walk, client, acr_values="aal2")
    for _guess in range(5):
        page = walk.post(page, "code", code=wrong_for(low))

    limited = walk.post(page, "code", code=shown_by(low))

    assert (limited.status, limited.location) == (429, "")


def test_a_sign_in_that_ended_meanwhile_is_not_raised(walk, client, low):
    page = authorize(walk, client, acr_values="aal2")
    BrowserSignIn.objects.update(ended_at=timezone.now())

    assert 'name="identifier"' in walk.get(walk.post(page, "code", code=shown_by(low)).url).text
    assert not BrowserSignIn.objects.exclude(raised_at=None).exists()


def test_who_signs_in_anew_is_at_her_own_level(walk, client, low):
    walk.post(authorize(walk, client, acr_values="aal2"), "code", code=shown_by(low))
    other = person()
    page = authorize(walk, client, prompt="select_account", acr_values="aal2")
    page = walk.post(page, "identifier", identifier=phone_of(other))
    page = walk.post(page, "password", password="correct horse battery")
    code = walk.consent(page, grants=client.grants).returned["code"]

    assert code
    assert BrowserSignIn.objects.get(ended_at=None).proven_by == ["pwd"]


def test_the_page_is_for_open_requests_of_who_is_signed_in(walk, client, low):
    page = authorize(walk, client, acr_values="aal2")
    assert 'name="identifier"' in FreedomWalk(Client()).get(page.url).text
    walk.post(page, "code", code=shown_by(low))

    assert walk.get(page.url).status == 404 or "no longer works" in walk.get(page.url).text
    assert TokenFamily.objects.count() == 0
