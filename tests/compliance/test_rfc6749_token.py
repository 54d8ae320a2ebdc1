"""The token endpoint: RFC 6749 §3.2, §4.1.3, §5, §6; RFC 9700 §2.2, §4.14."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.enums import AccountStatus
from freedom_id.models import Account
from tests.compliance.standard_door import (
    FORM,
    VERIFIER,
    authorize,
    basic_header,
    obtain_code,
    post_form,
    redeem,
    refresh,
    userinfo,
)
from tests.factories.people import REDIRECT_URI, partner

TOKEN = "/oauth2/token"


@pytest.mark.requirement("RFC 6749 §5.1")
def test_the_answer_has_the_fields_of_the_standard_and_is_not_stored(client, secret, code):
    answer = redeem(client, secret, code)

    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] in (599, 600)  # the second may pass between
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-store", "application/json")


@pytest.mark.requirement("OIDC Core §11")
def test_a_refresh_token_comes_only_with_offline_access(walk, client, secret, account):
    code = obtain_code(walk, client, account, scope="openid profile")

    assert "refresh_token" not in redeem(client, secret, code).json()


@pytest.mark.requirement("RFC 6749 §4.1.3")
@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://partner.example/callback"},
        {"redirect_uri": REDIRECT_URI + "/"},
        {"code": "0" * 64},
        {"code": "a" * 10_000},
    ],
    ids=["other address", "slash", "unknown code", "long code"],
)
def test_what_differs_from_the_request_is_invalid_grant(client, secret, code, changes):
    refused = redeem(client, secret, code, **changes)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.requirement("RFC 6749 §5.2")
@pytest.mark.parametrize("name", ["code", "redirect_uri", "grant_type"])
def test_a_missing_parameter_is_invalid_request(client, secret, code, name):
    refused = redeem(client, secret, code, **{name: None})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.requirement("RFC 6749 §3.2")
@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id"])
def test_a_repeated_parameter_is_invalid_request(client, secret, code, name):
    good = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": client.client_id,
    }
    value = (good | {"code_verifier": VERIFIER})[name]

    refused = redeem(client, secret, code, **{name: [value, value]})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.requirement("RFC 6749 §10.5")
def test_a_code_of_another_client_is_refused_and_stays_good(client, secret, code):
    thief, its_secret = partner(name="Thief")

    refused = redeem(thief, its_secret, code)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert redeem(client, secret, code).status_code == 200


@pytest.mark.requirement("RFC 6749 §4.1.2")
def test_a_code_used_twice_ends_the_tokens_that_it_bought(client, secret, code):
    tokens = redeem(client, secret, code).json()

    assert redeem(client, secret, code).json()["error"] == "invalid_grant"
    assert userinfo(tokens["access_token"]).status_code == 401
    assert refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.requirement("RFC 6749 §4.1.2")
@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 400)])
def test_a_code_lives_one_minute(walk, client, secret, account, seconds, status):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        code = obtain_code(walk, client, account)
        clock.shift(timedelta(seconds=seconds))

        assert redeem(client, secret, code).status_code == status


@pytest.mark.requirement("RFC 6749 §5.2")
@pytest.mark.parametrize("wrong", ["", "wrong", "x" * 5000, "пароль"])
def test_a_wrong_secret_is_invalid_client_with_a_challenge(client, code, wrong):
    refused = redeem(client, wrong, code)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused["WWW-Authenticate"].lower().startswith(("basic", "bearer"))


@pytest.mark.requirement("RFC 6749 §2.3.1")
def test_a_secret_in_the_url_is_not_looked_at(client, secret, code):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}

    refused = post_form(f"{TOKEN}?client_id={client.client_id}&client_secret={secret}", fields)

    assert refused.status_code in (400, 401)
    assert "access_token" not in refused.json()


def test_the_secret_in_the_body_works_as_advertised(client, secret, code):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}

    answer = post_form(TOKEN, fields | {"client_id": client.client_id, "client_secret": secret})

    assert answer.status_code == 200


def test_a_confidential_client_does_not_pass_as_a_public_one(client, code):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}

    assert post_form(TOKEN, fields | {"client_id": client.client_id}).status_code == 401


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic YQ==", "Basic /////w==", "Basic AAA6AAA=", "Bearer x", "Digest a=b"]
)
def test_an_odd_authorization_header_is_a_4xx(db, header):
    answer = Client().post(
        TOKEN, "grant_type=authorization_code&code=x", content_type=FORM, headers={"Authorization": header}
    )

    assert answer.status_code in (400, 401)


@pytest.mark.requirement("RFC 6749 §3.2")
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_the_endpoint_answers_post_only(db, method):
    answer = getattr(Client(), method)(TOKEN)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_body_that_is_not_a_form_is_415(client, secret):
    body, header = json.dumps({"grant_type": "authorization_code"}), basic_header(client.client_id, secret)
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        answer = Client().post(TOKEN, body, content_type=kind, headers={"Authorization": header})

        assert answer.status_code == 415, kind


@pytest.mark.requirement("RFC 6749 §5.2")
def test_a_grant_that_is_not_offered_is_unsupported(client, secret):
    urn = "urn:ietf:params:oauth:grant-type:"
    elsewhere = ["password", "implicit", f"{urn}device_code", f"{urn}jwt-bearer"]
    for grant_type in (*elsewhere, "token-exchange", "AUTHORIZATION_CODE", "nonsense"):
        fields = {"grant_type": grant_type, "username": "a", "password": "b", "device_code": "c"}
        refused = post_form(TOKEN, fields, basic=(client.client_id, secret))

        assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type"), grant_type


@pytest.mark.parametrize(
    "body", [b"code=%00", b"code=%FF", b"\xff\xfe", b"a" * 2**20, b"&".join([b"a=b"] * 3000), b"%"]
)
def test_odd_bodies_are_a_4xx(client, secret, body):
    header = basic_header(client.client_id, secret)
    answer = Client().post(
        TOKEN, b"grant_type=authorization_code&" + body, content_type=FORM, headers={"Authorization": header}
    )

    assert 400 <= answer.status_code < 500


@pytest.mark.requirement("RFC 9700 §4.14")
def test_a_rotated_refresh_token_ends_its_family_when_it_comes_back(client, secret, tokens):
    newer = refresh(client, secret, tokens["refresh_token"]).json()
    with time_machine.travel(timezone.now() + timedelta(seconds=11), tick=False):
        refused = refresh(client, secret, tokens["refresh_token"])

        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert userinfo(newer["access_token"]).status_code == 401
        assert refresh(client, secret, newer["refresh_token"]).status_code == 400


@pytest.mark.requirement("RFC 6749 §6")
def test_a_refresh_token_of_another_client_is_refused(client, secret, tokens):
    thief, its_secret = partner(name="Thief")

    assert refresh(thief, its_secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(client, secret, tokens["refresh_token"]).status_code == 200


@pytest.mark.requirement("RFC 6749 §6")
def test_a_refresh_never_gives_a_wider_scope(client, secret, tokens):
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "scope": "openid phone"}

    answer = post_form(TOKEN, fields, basic=(client.client_id, secret)).json()

    assert answer.get("error") == "invalid_scope" or "phone" not in answer["scope"].split()


def test_a_suspended_client_gets_no_tokens(client, secret, code):
    type(client).objects.update(status="suspended")

    refused = redeem(client, secret, code)

    assert refused.status_code in (400, 401)
    assert refused.json()["error"] in ("unauthorized_client", "invalid_client")


def test_guesses_of_a_secret_are_limited_and_the_right_one_still_works(client, secret, code):
    answers = [redeem(client, f"guess-{number}", code) for number in range(12)]

    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0
    assert redeem(client, secret, code).status_code == 200


@pytest.mark.requirement("RFC 6749 §5.2")
@pytest.mark.parametrize("path", [TOKEN, "/oauth2/revoke"])
@pytest.mark.parametrize(
    ("body", "status"),
    [("token=" + "a" * 70_000, 413), ("&".join(f"a{number}=1" for number in range(300)), 400)],
    ids=["large", "many fields"],
)
def test_a_body_that_is_not_read_is_an_oauth_error_too(db, path, body, status):
    answer = Client().post(path, body, content_type=FORM)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.requirement("RFC 6749 §5.2")
def test_code_and_refresh_token_of_a_blocked_account_are_invalid_grants(walk, client, secret, account, tokens):
    code = authorize(walk, client, prompt="none").returned["code"]
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)

    for refused in (redeem(client, secret, code), refresh(client, secret, tokens["refresh_token"])):
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
