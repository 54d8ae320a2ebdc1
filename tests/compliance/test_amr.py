"""How the person signed in: `amr`, `acr` (OpenID Connect Core §2, RFC 8176)."""

import pytest

from tests.compliance.standard_door import claims_of, obtain_code, redeem, refresh, request_url
from tests.factories.people import phone_of
from tests.factories.proofs import shown_by, with_app


@pytest.mark.requirement("OIDC Core §2")
def test_a_password_is_one_factor_also_at_a_refresh(client, secret, tokens):
    later = refresh(client, secret, tokens["refresh_token"]).json()
    for token in (tokens["id_token"], later["id_token"]):
        claims = claims_of(token)
        assert (claims["amr"], claims["acr"]) == (["pwd"], "aal1")


@pytest.mark.requirement("RFC 8176 §2")
def test_a_password_and_a_code_of_an_app_are_two(walk, client, secret, account):
    app = with_app(account)
    page = walk.sign_in(request_url(client), phone_of(account))
    page = walk.post(page, "code", code=shown_by(app))
    code = walk.consent(page, grants=client.grants).returned["code"]
    claims = claims_of(redeem(client, secret, code).json()["id_token"])
    assert (claims["amr"], claims["acr"]) == (["pwd", "otp", "mfa"], "aal2")


def test_who_is_signed_in_already_keeps_how(walk, client, secret, account):
    obtain_code(walk, client, account)
    with_app(account)
    code = walk.get(request_url(client, prompt="none")).returned["code"]
    assert claims_of(redeem(client, secret, code).json()["id_token"])["acr"] == "aal1"
