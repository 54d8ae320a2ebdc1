"""prompt, max_age and auth_time: OpenID Connect Core §3.1.2.1, §3.1.2.6."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.compliance.standard_door import (
    ISSUER,
    authorize,
    claims_of,
    obtain_code,
    redeem,
    refresh,
    request_url,
)
from tests.factories.people import partner, phone_of


@pytest.mark.requirement("OIDC Core §3.1.2.6")
def test_prompt_none_without_a_session_is_login_required(walk, client):
    returned = authorize(walk, client, prompt="none").returned

    assert (returned["error"], returned["state"], returned["iss"]) == ("login_required", "xyz", ISSUER)


@pytest.mark.requirement("OIDC Core §3.1.2.6")
def test_prompt_none_without_consent_is_consent_required(walk, client, account):
    walk.sign_in("/me/", phone_of(account))

    returned = authorize(walk, client, prompt="none").returned

    assert (returned["error"], returned["state"], returned["iss"]) == ("consent_required", "xyz", ISSUER)


def test_prompt_none_with_a_session_and_a_consent_gives_a_code(walk, client, secret, account):
    obtain_code(walk, client, account)

    again = authorize(walk, client, prompt="none").returned

    assert redeem(client, secret, again["code"]).status_code == 200


def test_prompt_none_asks_for_no_more_than_was_given(walk, client, account):
    obtain_code(walk, client, account)

    wider = authorize(walk, client, prompt="none", scope="openid profile email phone").returned

    assert wider["error"] == "consent_required"


def test_prompt_none_of_another_client_is_consent_required(walk, client, account):
    obtain_code(walk, client, account)
    other, _secret = partner(name="Other")

    assert authorize(walk, other, prompt="none").returned["error"] == "consent_required"


def test_prompt_none_does_not_answer_for_a_blocked_account(walk, client, account):
    obtain_code(walk, client, account)
    type(account).objects.update(status="blocked")

    assert authorize(walk, client, prompt="none").returned["error"] == "login_required"


def test_prompt_none_bears_no_other_value(walk, client):
    assert authorize(walk, client, prompt="none login").returned["error"] == "invalid_request"


def test_an_unknown_prompt_is_refused(walk, client):
    assert authorize(walk, client, prompt="register").returned["error"] == "invalid_request"


@pytest.mark.requirement("OIDC Core §3.1.2.4")
def test_a_standing_consent_is_not_asked_again_except_by_prompt_consent(walk, client, account):
    obtain_code(walk, client, account)

    assert "code" in authorize(walk, client).returned
    asked = authorize(walk, client, prompt="consent")
    assert 'name="decision"' in asked.text


@pytest.mark.requirement("OIDC Core §3.1.2.1")
@pytest.mark.parametrize("fresh", [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}], ids=str)
def test_a_fresh_sign_in_is_asked_for_and_auth_time_is_its_time(walk, client, secret, account, fresh):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = claims_of(redeem(client, secret, obtain_code(walk, client, account)).json()["id_token"])
        clock.shift(timedelta(minutes=5))
        page = authorize(walk, client, **fresh)
        assert 'name="identifier"' in page.text
        code = walk.sign_in(page.url, phone_of(account)).returned["code"]

        second = claims_of(redeem(client, secret, code).json()["id_token"])

        assert second["auth_time"] - first["auth_time"] == 300
        assert second["sid"] != first["sid"]


@pytest.mark.parametrize("fresh", [{"prompt": "login"}, {"max_age": "60"}], ids=str)
def test_the_consent_page_by_its_address_does_not_skip_the_fresh_sign_in(walk, client, account, fresh):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        obtain_code(walk, client, account)
        clock.shift(timedelta(minutes=5))
        page = authorize(walk, client, **fresh)

        around = walk.get(page.url.replace("/login", "/consent").replace("&switch=1", ""))

        assert 'name="identifier"' in around.text


def test_max_age_within_its_time_asks_nobody(walk, client, account):
    obtain_code(walk, client, account)

    assert "code" in authorize(walk, client, max_age="60").returned


@pytest.mark.parametrize("fresh", [{"prompt": "none", "max_age": "60"}, {"prompt": "none", "max_age": "0"}], ids=str)
def test_prompt_none_with_an_old_session_is_login_required(walk, client, account, fresh):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        obtain_code(walk, client, account)
        clock.shift(timedelta(minutes=5))

        assert authorize(walk, client, **fresh).returned["error"] == "login_required"


def test_select_account_asks_who_although_somebody_is_signed_in(walk, client, account):
    obtain_code(walk, client, account)

    assert 'name="identifier"' in authorize(walk, client, prompt="select_account").text


@pytest.mark.requirement("OIDC Core §12.2")
def test_a_refresh_keeps_auth_time_and_sid(client, secret, tokens):
    later = refresh(client, secret, tokens["refresh_token"]).json()

    before, after = claims_of(tokens["id_token"]), claims_of(later["id_token"])
    assert {name: after[name] for name in ("iss", "sub", "aud", "auth_time", "sid")} == {
        name: before[name] for name in ("iss", "sub", "aud", "auth_time", "sid")
    }


def test_ui_locales_chooses_the_language_of_the_pages(walk, client):
    assert '<html lang="ru"' in walk.get(request_url(client, ui_locales="ru en")).text


@pytest.mark.requirement("OIDC Core §3.1.2.4")
def test_who_the_person_is_is_not_told_before_the_person_agrees_once(walk, client, account):
    walk.sign_in("/me/", phone_of(account))
    assert authorize(walk, client, scope="openid", prompt="none").returned["error"] == "consent_required"
    page = authorize(walk, client, scope="openid")

    assert page.location == ""
    assert "Continue as Dilnoza" in page.text
    assert "code" in walk.consent(page).returned
    assert "code" in authorize(walk, client, scope="openid").returned
    assert "code" in authorize(walk, client, scope="openid", prompt="none").returned


@pytest.mark.parametrize("max_age", ["-1", "x", "1e3", "999999999", "٣"])
def test_an_odd_max_age_is_refused_and_never_ignored(walk, client, max_age):
    assert authorize(walk, client, max_age=max_age).returned["error"] == "invalid_request"
