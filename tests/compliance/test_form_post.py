"""OAuth 2.0 Form Post Response Mode."""

from urllib.parse import urlsplit

import pytest

from tests.compliance.standard_door import ISSUER, authorize, redeem, request_url
from tests.factories.people import REDIRECT_URI, phone_of


@pytest.mark.requirement("OAuth 2.0 Form Post §2")
def test_code_state_and_iss_come_in_a_form_for_the_clients_address(walk, client, secret, account):
    page = walk.sign_in(request_url(client, response_mode="form_post"), phone_of(account))
    page = walk.consent(page, grants=[*client.grants, *client.scopes])
    form = page.form("code")
    assert (page.status, form.action) == (200, REDIRECT_URI)
    assert set(form.fields) == {"code", "state", "iss"}
    assert (form.fields["state"], form.fields["iss"]) == ("xyz", ISSUER)
    parts = urlsplit(REDIRECT_URI)
    assert f"form-action 'self' {parts.scheme}://{parts.netloc};" in page.headers["content-security-policy"]
    assert "no-store" in page.headers["cache-control"]
    assert redeem(client, secret, form.fields["code"]).status_code == 200


@pytest.mark.requirement("OAuth 2.0 Form Post §2")
def test_a_refusal_comes_in_a_form_too(walk, client):
    page = authorize(walk, client, response_mode="form_post", scope="openid admin", state="<\"'&>")
    assert page.form("error").fields == {"error": "invalid_scope", "state": "<\"'&>", "iss": ISSUER}


def test_an_answer_without_pages_comes_in_a_form(walk, client):
    page = authorize(walk, client, response_mode="form_post", prompt="none")
    assert page.form("error").fields["error"] == "login_required"
