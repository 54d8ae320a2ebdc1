"""The authorization endpoint: RFC 6749 §3.1 and §4.1, RFC 9700, RFC 9207, OpenID Connect Core §3.1.2 and §6."""

import pytest
from django.test import Client

from freedom_id.models import AuthorizationRequest
from tests.compliance.standard_door import ISSUER, authorize, request_url
from tests.factories.people import REDIRECT_URI, partner, phone_of

MUTANTS = {
    "another host": "https://evil.example/callback?from=freedom",
    "suffix of the host": "https://partner.example.evil.example/callback?from=freedom",
    "user information": "https://partner.example@evil.example/callback?from=freedom",
    "backslash": "https://partner.example\\@evil.example/callback?from=freedom",
    "path traversal": "https://partner.example/callback/../evil?from=freedom",
    "encoded traversal": "https://partner.example/callback/%2e%2e/evil?from=freedom",
    "fragment": REDIRECT_URI + "#x",
    "more query": REDIRECT_URI + "&more=1",
    "less query": "https://partner.example/callback",
    "case of the path": "https://partner.example/Callback?from=freedom",
    "case of the host": "https://PARTNER.example/callback?from=freedom",
    "trailing slash": "https://partner.example/callback/?from=freedom",
    "a port": "https://partner.example:444/callback?from=freedom",
    "http": "http://partner.example/callback?from=freedom",
    "a NUL": REDIRECT_URI + "\x00",
    "CRLF": REDIRECT_URI + "\r\nSet-Cookie: a=b",
    "ideographic dot": "https://partner。example/callback?from=freedom",
    "wildcard": "https://*.example/callback?from=freedom",
    "script": "javascript:alert(1)",
    "empty": "",
}


@pytest.mark.requirement("RFC 9700 §4.1.3")
def test_a_redirect_uri_that_differs_gets_a_page_and_no_redirect(walk, client):
    for name, mutant in MUTANTS.items():
        page = authorize(walk, client, redirect_uri=mutant)

        assert (page.status, page.location) == (400, ""), name
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.requirement("RFC 9700 §4.1.3")
def test_the_address_of_another_client_is_refused(walk, client):
    partner(name="Other", redirect_uris=["https://other.example/cb"])

    assert authorize(walk, client, redirect_uri="https://other.example/cb").status == 400


@pytest.mark.requirement("RFC 6749 §3.1")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "code_challenge", "prompt", "unknown"])
def test_a_repeated_parameter_gets_a_page(walk, client, name):
    page = authorize(walk, client, **{name: ["xyz", "xyz"]})

    assert (page.status, page.location) == (400, "")


@pytest.mark.parametrize("odd", ["%00", "%FF", "%C0%80", "%ED%A0%80"])
def test_odd_characters_get_a_4xx(db, client, odd):
    for name in ("client_id", "redirect_uri", "state", "nonce", "scope", "ui_locales", "max_age", "response_type"):
        url = request_url(client, **{name: None}) + f"&{name}=a{odd}b"

        assert Client().get(url).status_code == 400, name


def test_a_megabyte_gets_a_4xx(walk, client):
    assert authorize(walk, client, client_id="a" * 2**20).status == 400
    assert authorize(walk, client, state="a" * 2**20).status == 400


def test_a_state_that_is_too_long_is_refused_and_comes_back_whole(walk, client):
    refused = authorize(walk, client, state="a" * 513).returned

    assert (refused["error"], refused["state"]) == ("invalid_request", "a" * 513)


@pytest.mark.requirement("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("client_id", [None, "", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --"])
def test_an_unknown_client_gets_a_page(walk, client, client_id):
    page = authorize(walk, client, client_id=client_id)

    assert (page.status, page.location) == (400, "")


def test_a_suspended_client_gets_a_page(walk, client):
    type(client).objects.update(status="suspended")

    assert authorize(walk, client).status == 400


@pytest.mark.requirement("RFC 6749 §3.1.1")
@pytest.mark.parametrize(
    "response_type", ["token", "id_token", "code token", "code id_token", "none", "CODE", "code code", "", None]
)
def test_only_code_is_a_response_type(walk, client, response_type):
    returned = authorize(walk, client, response_type=response_type).returned

    assert returned["error"] in {"unsupported_response_type", "invalid_request", "unauthorized_client"}
    assert (returned["state"], returned["iss"]) == ("xyz", ISSUER)


@pytest.mark.requirement("OIDC Core §6.1")
@pytest.mark.parametrize(
    ("name", "error"), [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")]
)
def test_request_objects_are_refused_and_never_ignored(walk, client, name, error):
    returned = authorize(walk, client, **{name: "https://evil.example/request"}).returned

    assert (returned["error"], returned["state"], returned["iss"]) == (error, "xyz", ISSUER)


@pytest.mark.requirement("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("scope", ["openid admin", "openid read.everything", "openid OPENID"])
def test_an_unknown_scope_is_told_by_redirect(walk, client, scope):
    returned = authorize(walk, client, scope=scope).returned

    assert (returned["error"], returned["state"], returned["iss"]) == ("invalid_scope", "xyz", ISSUER)


def test_a_scope_that_the_client_was_not_given_is_refused(walk):
    narrow, _secret = partner(scopes=["openid"], grants=[], required_grants=[])

    assert authorize(walk, narrow, scope="openid email").returned["error"] == "invalid_scope"


@pytest.mark.requirement("RFC 9207 §2")
def test_iss_comes_with_success_and_with_refusal(walk, client, account):
    page = walk.sign_in(request_url(client), phone_of(account))
    refused = walk.consent(page, "deny").returned
    allowed = walk.consent(authorize(walk, client), "allow").returned

    assert (refused["error"], refused["iss"]) == ("access_denied", ISSUER)
    assert (set(allowed), allowed["iss"]) == ({"from", "code", "state", "iss"}, ISSUER)


@pytest.mark.requirement("RFC 6749 §4.1.2")
@pytest.mark.parametrize("state", ["a b+c&d=e%41#/?", "Привет 🙂 ไทย", "<script>\"'", "  ", "x" * 512])
def test_state_comes_back_byte_for_byte(walk, client, account, state):
    assert authorize(walk, client, state=state, scope="admin").returned["state"] == state
    page = walk.sign_in(request_url(client, state=state), phone_of(account))
    assert walk.consent(page).returned["state"] == state


def test_without_state_none_comes_back(walk, client):
    assert "state" not in authorize(walk, client, state=None, scope="admin").returned


@pytest.mark.requirement("RFC 6749 §3.1.2")
def test_the_query_of_the_registered_address_is_kept(walk, client):
    page = authorize(walk, client, scope="admin")

    assert page.location.startswith(REDIRECT_URI)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_endpoint_answers_get_only(db, client, method):
    assert getattr(Client(), method)(request_url(client)).status_code == 405


def test_approval_prompt_changes_nothing(walk, client, account):
    page = walk.sign_in(request_url(client, approval_prompt="auto"), phone_of(account))

    assert page.status == 200
    assert 'name="decision"' in page.text


def test_other_response_modes_are_refused(walk, client):
    assert authorize(walk, client, response_mode="fragment").returned["error"] == "invalid_request"
