"""Client authentication by a signed assertion: RFC 7521 §4.2, RFC 7523 §2.2 and §3, OIDC Core §9, RFC 8725."""

import hmac
import json
import socket
import time
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.client_secrets import change_authentication, rotate_secret
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.purge import purge_expired
from freedom_id.errors import UnauthorizedClient
from freedom_id.models import PartnerClient, SpentAssertion
from tests.compliance.client_keys import (
    EC,
    JWKS,
    KEY_OF,
    OTHER_EC,
    RSA,
    STRANGER,
    assertion,
    signing_partner,
    with_assertion,
)
from tests.compliance.standard_door import (
    CHALLENGE,
    FORM,
    ISSUER,
    VERIFIER,
    basic_header,
    claims_of,
    obtain_code,
    post_form,
)
from tests.factories.people import REDIRECT_URI, partner
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.identity_v4.parties import operator

TOKEN, PAR, INTROSPECT, REVOKE = "/oauth2/token", "/oauth2/par", "/oauth2/introspect", "/oauth2/revoke"
LINK, ASKED = "/api/v1/oauth/authorize", {"redirect_uri": REDIRECT_URI, "grants": ["read.firstname"]}
AUTHORIZATION_REQUEST = {
    "response_type": "code",
    "redirect_uri": REDIRECT_URI,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def signer(db: None) -> PartnerClient:
    return signing_partner()


def push(fields: dict[str, Any]) -> Any:
    return post_form(PAR, AUTHORIZATION_REQUEST | fields)


def refused(answer: Any) -> str:
    """Why a client is not believed."""
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), answer.content
    assert answer["Cache-Control"] == "no-store"
    return str(answer.json().get("error_description", ""))


@pytest.mark.requirement("RFC 7523 §2.2")
@pytest.mark.parametrize("alg", KEY_OF)
def test_an_assertion_authenticates_at_every_endpoint(walk, signer, account, alg):
    def signed() -> dict[str, str]:
        return assertion(signer, key=KEY_OF[alg], header={"alg": alg})

    pushed = push(signed())
    assert pushed.status_code == 201
    code = obtain_code(walk, signer, account)
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    tokens = post_form(TOKEN, fields | signed() | {"client_id": signer.client_id}).json()
    told = {"token": tokens["access_token"]}
    assert post_form(INTROSPECT, told | signed()).json()["active"] is True
    renewed = post_form(TOKEN, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]} | signed())
    assert renewed.status_code == 200
    assert post_form(REVOKE, told | signed()).status_code == 200
    assert post_form(INTROSPECT, told | signed()).json() == {"active": False}


ODD_CLAIMS = {
    "the token endpoint as audience": ({"aud": f"{ISSUER}/oauth2/token"}, "aud"),
    "several audiences": ({"aud": [ISSUER, "https://other.example"]}, "aud"),
    "a list of one": ({"aud": [ISSUER]}, "aud"),
    "a slash more": ({"aud": f"{ISSUER}/"}, "aud"),
    "no audience": ({"aud": None}, "aud"),
    "another issuer": ({"iss": "somebody"}, "iss and sub"),
    "no issuer": ({"iss": None}, "iss and sub"),
    "no end": ({"exp": None}, "exp"),
    "over": ({"exp": int(time.time()) - 31}, "exp"),
    "an end far away": ({"exp": int(time.time()) + 86400}, "exp"),
    "an end without number": ({"exp": "soon"}, "exp"),
    "an end that is true": ({"exp": True}, "exp"),
    "made tomorrow": ({"iat": int(time.time()) + 86400}, "iat"),
    "made without number": ({"iat": "now"}, "iat"),
    "good from tomorrow": ({"nbf": int(time.time()) + 86400}, "nbf"),
    "no id": ({"jti": None}, "jti"),
    "an empty id": ({"jti": ""}, "jti"),
    "a number as id": ({"jti": 7}, "jti"),
    "a long id": ({"jti": "x" * 256}, "jti"),
    "an odd id": ({"jti": "a\x00b"}, "jti"),
}


@pytest.mark.requirement("RFC 7523 §3")
@pytest.mark.parametrize("case", ODD_CLAIMS)
def test_an_odd_claim_is_refused_by_name_and_spends_nothing(signer, case):
    claims, name = ODD_CLAIMS[case]
    assert refused(push(assertion(signer, **claims))) == f"client_assertion: Its {name} is not accepted."
    assert not SpentAssertion.objects.exists()


@pytest.mark.requirement("RFC 7523 §3")
@pytest.mark.parametrize("claims", [{"exp": 20}, {"exp": 299}, {"iat": 20}, {"nbf": 20}, {"iat": None}], ids=str)
def test_clocks_may_differ_by_half_a_minute(signer, claims):
    now = int(time.time())
    moved = {name: value and now + value for name, value in claims.items()}
    assert push(assertion(signer, **moved)).status_code == 201


def test_an_assertion_that_just_ended_is_good_for_half_a_minute(signer):
    shown = assertion(signer)
    with time_machine.travel(timezone.now() + timedelta(seconds=80), tick=False):
        assert push(shown).status_code == 201


def header_part(**header: Any) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


@pytest.mark.requirement("RFC 8725 §2.1")
@pytest.mark.parametrize("kid", [{"kid": "ec"}, {"kid": "rsa"}, {}], ids=["EC", "RSA", "no kid"])
def test_the_public_key_is_no_shared_secret(signer, kid):
    signed = f"{header_part(alg='HS256', **kid)}.{assertion(signer)['client_assertion'].split('.')[1]}"
    mac = hmac.digest((RSA if kid == {"kid": "rsa"} else EC).as_pem(private=False), signed.encode(), "sha256")
    token = f"{signed}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert "no JWT that is signed" in refused(push(with_assertion(token)))


@pytest.mark.requirement("RFC 8725 §3.2")
@pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES384", "EdDSA", "", 7, None])
def test_only_three_algorithms_are_taken(signer, alg):
    _head, payload, signature = assertion(signer)["client_assertion"].split(".")
    for end in (signature, ""):
        refused(push(with_assertion(f"{header_part(alg=alg, kid='ec')}.{payload}.{end}")))


@pytest.mark.requirement("RFC 7515 §4.1.11")
@pytest.mark.parametrize(
    "header",
    [{"crit": ["exp"], "exp": 1}, {"typ": "at+jwt"}, {"typ": 7}, {"typ": "logout+jwt"}],
    ids=["crit", "typ of another", "typ a number", "typ of a logout token"],
)
def test_a_header_that_says_more_is_refused(signer, header):
    _head, payload, signature = assertion(signer)["client_assertion"].split(".")
    told = f"{header_part(alg='ES256', kid='ec', **header)}.{payload}.{signature}"
    assert refused(push(with_assertion(told))) == "client_assertion: Its header is not accepted."


@pytest.mark.requirement("draft-ietf-oauth-rfc7523bis §4")
@pytest.mark.parametrize("typ", ["client-authentication+jwt", "JWT", "jwt"])
def test_an_assertion_may_say_what_it_is(signer, typ):
    assert push(assertion(signer, header={"typ": typ})).status_code == 201


@pytest.mark.requirement("RFC 8725 §3.10")
@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_a_key_that_the_assertion_points_to_is_not_fetched(signer, name):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/keys"
        refused(push(assertion(signer, key=STRANGER, header={name: address})))
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.requirement("RFC 8725 §3.10")
@pytest.mark.parametrize("kid", ["ec", None])
def test_a_key_that_the_assertion_brings_along_is_nobodys(signer, kid):
    header = {"jwk": STRANGER.as_dict(private=False), "kid": kid}
    refused(push(assertion(signer, key=STRANGER, header=header)))


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_even_a_right_signature_may_point_to_no_key(signer, name):
    shown = assertion(signer, header={name: "https://keys.example/"})
    assert refused(push(shown)) == "client_assertion: Its header is not accepted."


@pytest.mark.requirement("RFC 7515 §4.1.4")
def test_kid_names_the_key_and_without_it_each_is_tried(signer):
    assert push(assertion(signer, key=OTHER_EC)).status_code == 201
    assert push(assertion(signer, key=OTHER_EC, header={"kid": None})).status_code == 201
    for kid in ("ec", "rsa", "unknown", 7, ["second"]):
        _head, payload, signature = assertion(signer, key=OTHER_EC)["client_assertion"].split(".")
        told = f"{header_part(alg='ES256', kid=kid)}.{payload}.{signature}"
        assert refused(push(with_assertion(told))) == "client_assertion: No key of the client made its signature."


def test_keys_are_those_that_are_registered_now(signer):
    only_second = {"keys": [OTHER_EC.as_dict(private=False)]}
    change_authentication(signer, method="private_key_jwt", jwks=only_second)
    refused(push(assertion(signer)))
    assert push(assertion(signer, key=OTHER_EC)).status_code == 201


@pytest.mark.parametrize("key", [{"use": "enc"}, {"alg": "ES384"}], ids=str)
def test_a_key_for_something_else_signs_nothing(signer, key):
    PartnerClient.objects.filter(pk=signer.pk).update(jwks={"keys": [EC.as_dict(private=False) | key]})
    refused(push(assertion(signer)))


@pytest.mark.requirement("RFC 7523 §3")
@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "e30.e30.",
        "é.é.é",
        "a" * 5000,
        f"{'A' * 3000}.{'A' * 3000}.A",
        "eyJhbGciOiJFUzI1NiJ9..A",
    ],
    ids=["empty", "letter", "two parts", "no base64", "empty objects", "not ascii", "long", "large", "no claims"],
)
def test_what_is_no_assertion_is_refused(signer, token):
    refused(push(with_assertion(token) | {"client_id": signer.client_id}))


def test_a_large_assertion_is_not_read(signer):
    assert "no JWT" in refused(push(assertion(signer, more="x" * 5000)))


@pytest.mark.requirement("RFC 7521 §4.2.1")
@pytest.mark.parametrize("kind", [None, "", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_the_type_of_the_assertion_is_said(signer, kind):
    shown = assertion(signer) | {"client_assertion_type": kind}
    refused(push({name: value for name, value in shown.items() if value is not None}))


@pytest.mark.requirement("RFC 7521 §4.2")
def test_client_id_is_the_one_of_the_assertion(signer):
    other = signing_partner(name="Other")
    for same in (signer.client_id, ""):
        assert post_form(INTROSPECT, {"token": "x"} | assertion(signer) | {"client_id": same}).status_code == 200
    refused(push(assertion(signer) | {"client_id": other.client_id}))
    refused(push(assertion(signer, sub=other.client_id)))
    refused(push(assertion(other, iss=signer.client_id)))


@pytest.mark.requirement("RFC 7523 §3")
def test_an_assertion_is_good_once(signer):
    shown = assertion(signer)
    assert push(shown).status_code == 201
    assert refused(push(shown)) == "client_assertion: It was used before."
    refused(post_form(INTROSPECT, {"token": "x"} | shown))


def test_an_id_is_of_its_client(signer):
    assert push(assertion(signer, jti="1")).status_code == 201
    assert push(assertion(signing_partner(name="Other"), jti="1")).status_code == 201
    refused(push(assertion(signer, jti="1")))


def test_an_assertion_is_spent_by_what_is_refused_later(signer):
    shown = assertion(signer)
    assert push(shown | {"response_type": "token"}).status_code == 400
    refused(push(shown))


def test_a_purge_forgets_no_assertion_that_is_still_good(signer):
    shown = assertion(signer)
    push(shown)
    for later, left in ((89, 1), (91, 0)):
        with time_machine.travel(timezone.now() + timedelta(seconds=later), tick=False):
            purge_expired()
            refused(push(shown))
        assert SpentAssertion.objects.count() == left


def test_its_id_is_kept_as_a_digest(signer):
    push(assertion(signer, jti="order-4711"))
    [row] = SpentAssertion.objects.values()
    assert "order-4711" not in str(row)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("RFC 7523 §3")
def test_twenty_uses_at_once_have_one_winner():
    shown = assertion(signing_partner())
    answers = at_once([lambda: push(shown).status_code] * 20)
    assert sorted(answers) == [201, *[401] * 10, *[429] * 9]


@pytest.mark.requirement("RFC 6749 §2.3")
@pytest.mark.parametrize("path", [TOKEN, PAR, INTROSPECT, REVOKE])
def test_two_ways_at_once_are_an_invalid_request(signer, client, secret, path):
    signed, posted = assertion(signer), {"client_id": client.client_id, "client_secret": secret}
    basic = (client.client_id, secret)
    for fields, header in ((signed, basic), (posted, basic), (signed | posted, None)):
        asked = {"token": "x", "grant_type": "client_credentials"}
        answer = post_form(path, asked | fields, basic=header)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert not SpentAssertion.objects.exists()


@pytest.mark.requirement("OIDC Core §9")
def test_a_client_authenticates_in_its_registered_way_alone(signer, client, secret):
    refused(push(assertion(client)))
    client.jwks = JWKS
    client.save(update_fields=["jwks"])
    refused(push(assertion(client)))
    app, _none = partner(client_type="public", jwks=JWKS)
    refused(push(assertion(app)))
    refused(push({"client_id": signer.client_id}))
    refused(post_form(PAR, AUTHORIZATION_REQUEST, basic=(signer.client_id, "")))
    refused(push({"client_id": signer.client_id, "client_secret": ""}))


@pytest.mark.requirement("OIDC Core §9")
def test_who_begins_to_sign_has_no_secret_any_more(client, secret):
    former = secret
    secret = rotate_secret(client)
    change_authentication(client, method="private_key_jwt", jwks=JWKS)
    for known in (secret, former):
        refused(post_form(PAR, AUTHORIZATION_REQUEST, basic=(client.client_id, known)))
        headers = {"Authorization": basic_header(client.client_id, known)}
        for path in ("/consents/v1/check?names=x", "/identity/v4/clients"):
            assert Client().get(path, headers=headers).status_code == 401
        assert Client().post(LINK, ASKED, "application/json", headers=headers).status_code == 401
    assert push(assertion(client)).status_code == 201
    with pytest.raises(UnauthorizedClient):
        rotate_secret(client)
    change_authentication(client, method="client_secret", jwks=JWKS)
    refused(push(assertion(client)))
    refused(post_form(PAR, AUTHORIZATION_REQUEST, basic=(client.client_id, "")))
    assert post_form(PAR, AUTHORIZATION_REQUEST, basic=(client.client_id, rotate_secret(client))).status_code == 201


def test_an_operator_draws_no_secret_for_a_client_that_signs(db):
    its_operator = operator("clients.manage")
    made = signing_partner(created_by=its_operator.client)
    path = f"/identity/v4/clients/{made.client_id}/secret"
    assert Client().post(path, headers={"Authorization": its_operator.basic}).status_code == 403
    assert PartnerClient.objects.get(pk=made.pk).client_secret == ""


@pytest.mark.requirement("RFC 9701 §5")
@pytest.mark.parametrize("names_itself", [True, False], ids=["client_id", "sub alone"])
def test_a_signed_introspection_is_for_the_client_that_signed(signer, names_itself):
    named = {"client_id": signer.client_id} if names_itself else {}
    headers = {"Accept": "application/token-introspection+jwt"}
    answer = Client().post(
        INTROSPECT, urlencode({"token": "x"} | named | assertion(signer)), content_type=FORM, headers=headers
    )
    assert claims_of(answer.content.decode())["aud"] == signer.client_id


def test_a_suspended_client_is_not_believed(signer):
    suspend_client(signer)
    refused(push(assertion(signer)))
    assert not SpentAssertion.objects.exists()


@pytest.mark.requirement("RFC 6749 §2.3.1")
@pytest.mark.parametrize("path", [TOKEN, PAR, INTROSPECT, REVOKE])
@pytest.mark.parametrize("names_itself", [True, False], ids=["client_id", "sub alone"])
def test_refused_assertions_are_limited_and_a_good_one_still_works(signer, path, names_itself):
    named = {"client_id": signer.client_id} if names_itself else {}
    fields = {"token": "x", "grant_type": "refresh_token", "refresh_token": "x"} | named
    answers = [post_form(path, fields | assertion(signer, key=STRANGER)) for _guess in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[-1].json()["error"] == "temporarily_unavailable"
    assert push(assertion(signer)).status_code == 201


def test_the_address_is_limited_whoever_is_named(signer):
    answers = [push({"client_id": f"client-{number}"} | with_assertion("a.b.c")).status_code for number in range(101)]
    assert answers == [401] * 100 + [429]
