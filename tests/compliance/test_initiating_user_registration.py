"""`prompt=create`: Initiating User Registration via OpenID Connect 1.0."""

import pytest

from freedom_id.models import Account
from tests.compliance.standard_door import ISSUER, authorize, claims_of, redeem, request_url
from tests.factories.people import phone_of
from tests.freedom_id.views.test_sign_up import NUMBER, digits_for


def registered(walk, page):
    page = walk.post(page, "identifier", identifier=NUMBER)
    page = walk.post(page, "code", code=digits_for(NUMBER))
    return walk.consent(walk.post(page, "firstname", firstname="Guli"))


@pytest.mark.requirement("Initiating User Registration §4.1")
def test_create_shows_the_account_creation_and_the_client_gets_its_code(walk, client, secret):
    page = authorize(walk, client, prompt="create")
    assert page.url.startswith(f"{ISSUER}/login/new?track_id=")

    returned = registered(walk, page).returned

    assert (returned["state"], returned["iss"]) == ("xyz", ISSUER)
    claims = claims_of(redeem(client, secret, returned["code"]).json()["id_token"])
    assert claims["sub"] == str(Account.objects.get().freedom_id)
    assert claims["amr"] == ["otp", "sms"]


@pytest.mark.requirement("Initiating User Registration §4.1")
def test_create_shows_it_although_somebody_is_signed_in(walk, client, account):
    walk.sign_in("/me/", phone_of(account))

    page = authorize(walk, client, prompt="create")

    assert "Create your Freedom ID" in page.text
    assert registered(walk, page).returned["code"]


@pytest.mark.requirement("Initiating User Registration §4.1")
def test_create_does_not_go_with_none(walk, client):
    assert authorize(walk, client, prompt="none create").returned["error"] == "invalid_request"


@pytest.mark.parametrize("more", ["login", "consent", "select_account"])
def test_create_comes_before_other_values(walk, client, more):
    assert "Create your Freedom ID" in authorize(walk, client, prompt=f"{more} create").text


@pytest.mark.requirement("Initiating User Registration §4.2")
def test_discovery_says_so(walk):
    values = walk.browser.get("/.well-known/openid-configuration").json()["prompt_values_supported"]

    assert values == ["none", "login", "consent", "select_account", "create"]


def test_the_hint_and_the_language_of_the_request_count_here_too(walk, client):
    page = walk.get(request_url(client, prompt="create", login_hint=NUMBER, ui_locales="ru"))

    assert '<html lang="ru"' in page.text
    assert f'value="{NUMBER}"' in page.text
