"""Discovery: what is advertised works, and what is not offered is not advertised (OIDC Discovery §3, RFC 8414 §2)."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from freedom_id.domain.signing_keys import ensure_signing_key
from freedom_id.grants import SCOPES
from tests.compliance.client_keys import KEY_OF, assertion, signing_partner
from tests.compliance.standard_door import (
    ISSUER,
    VERIFIER,
    authorize,
    claims_of,
    obtain_code,
    post_form,
    redeem,
    userinfo,
)
from tests.factories.people import REDIRECT_URI, partner

DISCOVERY = "/.well-known/openid-configuration"


def metadata():
    return Client().get(DISCOVERY).json()


@pytest.mark.requirement("RFC 8414 §3")
def test_both_addresses_say_the_same(db):
    assert Client().get("/.well-known/oauth-authorization-server").json() == metadata()


@pytest.mark.requirement("OIDC Discovery §4.3")
def test_the_issuer_is_the_one_of_the_tokens(tokens):
    assert metadata()["issuer"] == ISSUER == claims_of(tokens["id_token"])["iss"]


def test_every_advertised_endpoint_is_there(db):
    for name, url in metadata().items():
        if name.endswith(("_endpoint", "_uri")):
            assert url.startswith(ISSUER), name
            assert Client().get(urlsplit(url).path).status_code != 404, name


def test_nothing_that_is_refused_is_advertised(db):
    found = metadata()

    assert (found["response_types_supported"], found["response_modes_supported"]) == (["code"], ["query", "form_post"])
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials", exchange]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["subject_types_supported"] == ["public", "pairwise"]
    assert found["id_token_signing_alg_values_supported"] == ["ES256", "RS256"]
    assert found["userinfo_signing_alg_values_supported"] == ["ES256", "RS256"]
    assert not [found[name] for name in found if name.startswith("request_") and found[name]]
    absent = ("registration", "device", "check_session", "frontchannel")
    assert not [name for name in found if name.startswith(absent)]


@pytest.mark.requirement("OIDC Discovery §3")
def test_the_operators_policies_are_advertised_where_they_are_shown(db, settings):
    assert not {"op_policy_uri", "op_tos_uri"} & set(metadata())
    own = {"POLICY_URL": "https://portal.example/privacy", "TERMS_URL": "https://portal.example/terms"}
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, **own}

    assert (metadata()["op_policy_uri"], metadata()["op_tos_uri"]) == tuple(own.values())
    page = Client().get("/login").content.decode()
    assert all(f'href="{address}"' in page for address in own.values())


@pytest.mark.requirement("RFC 9728 §2")
def test_our_doors_name_the_server_that_opens_them(db):
    found = Client().get("/.well-known/oauth-protected-resource").json()
    assert (found["resource"], found["authorization_servers"]) == (ISSUER, [ISSUER])
    assert found["scopes_supported"] == metadata()["scopes_supported"]


@pytest.mark.parametrize("scope", SCOPES)
def test_every_advertised_scope_is_granted(walk, account, scope):
    client, secret = partner(
        scopes=["openid", "profile", "email", "phone", "offline_access", "consents", "account", "device_sso"],
        first_party=True,
        native=True,
    )

    code = obtain_code(walk, client, account, scope=f"openid {scope}".replace("openid openid", "openid"))

    assert scope in redeem(client, secret, code).json()["scope"].split()
    assert scope in metadata()["scopes_supported"]


@pytest.mark.parametrize("prompt", ["login", "consent", "select_account"])
def test_every_advertised_prompt_is_taken(walk, client, prompt):
    assert prompt in metadata()["prompt_values_supported"]
    assert authorize(walk, client, prompt=prompt).status == 200


def test_every_advertised_claim_is_given_and_no_other(walk, client, secret, account):
    code = obtain_code(walk, client, account, scope="openid profile email phone")
    body = redeem(client, secret, code).json()

    given = {*claims_of(body["id_token"]), *userinfo(body["access_token"]).json()}

    assert given == set(metadata()["claims_supported"])


def test_every_advertised_client_authentication_works(client, secret, walk, account):
    advertised = metadata()["token_endpoint_auth_methods_supported"]
    fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    app, _none = partner(client_type="public")
    signer = signing_partner()
    ways = {
        "private_key_jwt": (signer, assertion(signer), None),
        "client_secret_basic": (client, {}, (client.client_id, secret)),
        "client_secret_post": (client, {"client_id": client.client_id, "client_secret": secret}, None),
        "none": (app, {"client_id": app.client_id}, None),
    }

    assert set(advertised) == set(ways) == set(metadata()["revocation_endpoint_auth_methods_supported"])
    assert set(metadata()["introspection_endpoint_auth_methods_supported"]) == set(ways) - {"none"}
    for asked_by, body, basic in ways.values():
        code = obtain_code(walk, asked_by, account, prompt="login")
        assert post_form("/oauth2/token", fields | body | {"code": code}, basic=basic).status_code == 200


@pytest.mark.parametrize("endpoint", ["token", "introspection", "revocation"])
def test_every_advertised_algorithm_of_assertions_is_one_that_is_tried(db, endpoint):
    advertised = metadata()[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    assert sorted(advertised) == sorted(KEY_OF)  # test_rfc7523_client_assertion.py


@pytest.mark.requirement("RFC 7517 §9.3")
def test_the_key_set_has_no_private_part(db):
    ensure_signing_key()

    answer = Client().get("/.well-known/jwks.json")

    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert "public" in answer["Cache-Control"]


@pytest.mark.parametrize("path", [DISCOVERY, "/.well-known/jwks.json"])
def test_public_documents_are_open_to_scripts_of_any_origin_and_to_get_only(db, path):
    assert Client().get(path)["Access-Control-Allow-Origin"] == "*"
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("path", ["/oauth2/device", "/oauth2/applications/register", "/o/token"])
def test_what_is_not_offered_is_not_there(db, path):
    assert Client().post(path).status_code == 404
