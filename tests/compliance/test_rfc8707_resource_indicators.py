"""Resource indicators (RFC 8707): our own doors, and nothing else."""

import pytest

from tests.compliance.standard_door import ISSUER, authorize, claims_of, obtain_code, post_form, redeem, userinfo

OTHER = "https://api.partner.example"


@pytest.mark.requirement("RFC 8707 §2.1")
def test_a_code_for_our_doors_is_as_any_code(walk, client, secret, account):
    code = obtain_code(walk, client, account, resource=ISSUER)

    tokens = redeem(client, secret, code, resource=ISSUER).json()

    assert claims_of(tokens["access_token"])["aud"] == ISSUER
    assert userinfo(tokens["access_token"]).status_code == 200


@pytest.mark.requirement("RFC 8707 §2.1")
@pytest.mark.parametrize("resource", [OTHER, f"{ISSUER}/", "", [ISSUER, OTHER]], ids=["other", "slash", "empty", "two"])
def test_another_resource_is_refused_by_redirect(walk, client, resource):
    refused = authorize(walk, client, resource=resource).returned

    assert (refused["error"], refused["state"]) == ("invalid_target", "xyz")


@pytest.mark.requirement("RFC 8707 §2.2")
def test_another_resource_is_refused_at_the_token_endpoint_and_spends_nothing(client, secret, code):
    refused = redeem(client, secret, code, resource=[ISSUER, OTHER])

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    tokens = redeem(client, secret, code).json()
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "resource": OTHER}
    refused = post_form("/oauth2/token", fields, basic=(client.client_id, secret))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    assert userinfo(tokens["access_token"]).status_code == 200
