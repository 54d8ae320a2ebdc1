"""Proof Key for Code Exchange: RFC 7636, as RFC 9700 §2.1.1 wants it (every client, S256 only)."""

import pytest

from tests.compliance.standard_door import CHALLENGE, VERIFIER, authorize, obtain_code, post_form, redeem, s256
from tests.factories.people import REDIRECT_URI, partner


@pytest.mark.requirement("RFC 7636 §4.4.1")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": ""},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge": CHALLENGE[:-1]},
        {"code_challenge": CHALLENGE + "A"},
        {"code_challenge": "x"},
        {"code_challenge": "é" * 43},
    ],
    ids=str,
)
def test_a_request_without_a_whole_s256_challenge_is_refused(walk, client, changes):
    returned = authorize(walk, client, **changes).returned

    assert (returned["error"], returned["state"]) == ("invalid_request", "xyz")


@pytest.mark.requirement("RFC 7636 §4.6")
@pytest.mark.parametrize("verifier", [None, "", CHALLENGE, VERIFIER[:-1], VERIFIER + "A", VERIFIER.lower(), "é" * 43])
def test_a_wrong_verifier_buys_nothing_and_does_not_spend_the_code(client, secret, code, verifier):
    refused = redeem(client, secret, code, code_verifier=verifier)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert redeem(client, secret, code).status_code == 200


@pytest.mark.requirement("RFC 7636 §1.1")
def test_a_public_client_proves_itself_by_the_verifier_alone(walk, account):
    app, _none = partner(client_type="public", redirect_uris=[REDIRECT_URI, "com.example.app:/cb"])
    code = obtain_code(walk, app, account, redirect_uri="com.example.app:/cb")
    fields = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "code": code,
        "redirect_uri": "com.example.app:/cb",
    }

    assert post_form("/oauth2/token", fields | {"code_verifier": "w" * 43}).status_code == 400
    assert post_form("/oauth2/token", fields | {"code_verifier": VERIFIER}).status_code == 200


@pytest.mark.requirement("RFC 7636 §4.1")
def test_the_longest_verifier_works(walk, client, secret, account):
    verifier = "a~._-" * 25 + "xyz"
    code = obtain_code(walk, client, account, code_challenge=s256(verifier))

    assert len(verifier) == 128
    assert redeem(client, secret, code, code_verifier=verifier).status_code == 200


@pytest.mark.requirement("RFC 8252 §7.3")
def test_the_loopback_port_of_a_native_client_is_free_and_nobody_elses(walk, account):
    app, _none = partner(client_type="public", redirect_uris=["http://127.0.0.1/cb"])
    site, _secret = partner(redirect_uris=["http://127.0.0.1/cb"])

    assert obtain_code(walk, app, account, redirect_uri="http://127.0.0.1:51004/cb")
    assert authorize(walk, site, redirect_uri="http://127.0.0.1:51004/cb").status == 400
