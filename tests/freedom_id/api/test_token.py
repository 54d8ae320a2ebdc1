"""Method 3, Token."""

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest

from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.client_status import resume_client, suspend_client
from freedom_id.enums import AccountStatus
from freedom_id.models import AccessToken, Account, Authorization, PartnerClient, RefreshToken, TokenFamily
from tests.factories.people import partner
from tests.freedom_id.api.backend import ISO_TIME, TOKEN, UUID4, Backend, basic
from tests.freedom_id.api.conftest import NOON

pytestmark = pytest.mark.django_db
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CODE = "A" * 64


def test_answer_has_every_published_field_in_its_form(backend: Backend, account: Account) -> None:
    answer = backend.token(backend.code(account, grants=["read.firstname", "read.phone"]))
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    tokens = answer.json()
    forms = {"id": UUID4, "access_token": TOKEN, "refresh_token": TOKEN}
    forms |= {"access_expire_at": ISO_TIME, "refresh_expire_at": ISO_TIME, "token_type": "Bearer"}
    assert set(tokens) == {*forms, "expires_in", "grants"}
    assert [field for field, form in forms.items() if not re.fullmatch(form, tokens[field])] == []
    assert tokens["access_token"] != tokens["refresh_token"]
    assert (tokens["grants"], type(tokens["expires_in"])) == (["read.firstname", "read.phone"], int)


def test_access_lives_600_seconds_and_refresh_30_days(backend: Backend, account: Account, noon: Any) -> None:
    tokens = backend.tokens(account)
    assert tokens["access_expire_at"] == "2030-03-04T12:10:00.000000Z"
    assert tokens["refresh_expire_at"] == "2030-04-03T12:00:00.000000Z"
    assert tokens["expires_in"] == 600


def test_times_are_utc_with_six_digits_even_in_a_whole_second(backend: Backend, account: Account, noon: Any) -> None:
    noon.move_to(NOON + timedelta(microseconds=7), tick=False)
    assert backend.tokens(account)["access_expire_at"] == "2030-03-04T12:10:00.000007Z"


def test_tokens_are_stored_as_digests_only(tokens: dict[str, Any]) -> None:
    rows = str([*AccessToken.objects.values(), *RefreshToken.objects.values(), *TokenFamily.objects.values()])
    assert tokens["access_token"] not in rows
    assert tokens["refresh_token"] not in rows


def test_a_code_lives_60_seconds(backend: Backend, account: Account, noon: Any) -> None:
    early, late = backend.code(account), backend.code(account)
    noon.shift(59)
    assert backend.token(early).status == 200
    noon.shift(1)
    assert backend.token(late).refusal == (400, 100101)


def test_unknown_code_is_the_published_error(backend: Backend) -> None:
    for code in (CODE, "x", "a" * 512):
        answer = backend.token(code)
        assert answer.status == 400
        assert answer.json() == {"error": {"message": "Invalid authorization_code.", "code": 100101}}


def test_second_use_fails_and_kills_what_the_first_bought(backend: Backend, account: Account) -> None:
    code = backend.code(account)
    tokens = backend.token(code).json()
    assert backend.token(code).refusal == (400, 100101)
    assert backend.info(tokens["access_token"]).refusal == (401, 100107)
    assert backend.refresh(tokens["refresh_token"]).refusal == (401, 100108)


def test_another_clients_code_is_unknown_and_stays_good(backend: Backend, account: Account) -> None:
    thief, secret = partner()
    code = backend.code(account)
    assert Backend(thief.client_id, secret).token(code).refusal == (400, 100101)
    assert backend.token(code).status == 200


def test_a_code_dies_with_its_consent(backend: Backend, account: Account) -> None:
    code = backend.code(account)
    stop_sharing(account, Authorization.objects.get(), grants=None, ip=None)
    assert backend.token(code).refusal == (400, 100101)


INVALID: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"authorization_code"}),
    ({"authorization_code": ""}, {"authorization_code"}),
    ({"authorization_code": None}, {"authorization_code"}),
    ({"authorization_code": 7}, {"authorization_code"}),
    ({"authorization_code": [CODE]}, {"authorization_code"}),
    ({"authorization_code": "a" * 513}, {"authorization_code"}),
    ({"authorization_code": "a\x00"}, {"authorization_code"}),
    ({"code": CODE}, {"authorization_code"}),
    ({"authorization_code": CODE, "code_verifier": "short"}, {"code_verifier"}),
    ({"authorization_code": CODE, "code_verifier": "a" * 129}, {"code_verifier"}),
    ({"authorization_code": CODE, "code_verifier": "!" * 43}, {"code_verifier"}),
    ({"authorization_code": CODE, "revoke_uri": 1}, {"revoke_uri"}),
    ({"code_verifier": {}, "revoke_uri": []}, {"authorization_code", "code_verifier", "revoke_uri"}),
]


def test_each_invalid_field_is_named(backend: Backend) -> None:
    for body, fields in INVALID:
        answer = backend.call("POST", "/token", body, authorization=basic(backend.client_id, backend.secret))
        assert (answer.status, set(answer.error)) == (422, {"message", "errors"}), body
        assert set(answer.error["errors"]) == fields, body


def test_missing_code_in_the_published_words(backend: Backend) -> None:
    error = backend.token(None).error
    assert error["errors"] == {"authorization_code": ["The Authorization code field is required."]}


def test_body_copies_of_the_credentials_and_unknown_fields_are_ignored(backend: Backend, account: Account) -> None:
    extra = {"CLIENT_ID": "x", "CLIENT_SECRET": "y", "grant_type": "password", "redirect_uri": "https://evil.example/"}
    assert backend.token(backend.code(account), **extra).status == 200


def test_client_must_prove_itself(backend: Backend, account: Account) -> None:
    body = {"authorization_code": backend.code(account), "CLIENT_ID": backend.client_id}
    for header in ("", basic(backend.client_id, "wrong"), f"Bearer {CODE}"):
        answer = backend.call("POST", "/token", body, authorization=header)
        assert answer.refusal == (401, 100104)
        assert answer.headers["www-authenticate"] == 'Basic realm="freedom-id"'


def test_pkce_asks_for_the_right_verifier(backend: Backend, account: Account) -> None:
    code = backend.code(account, code_challenge=CHALLENGE, code_challenge_method="S256")
    assert backend.token(code).refusal == (400, 100111)
    assert backend.token(code, code_verifier="b" * 43).refusal == (400, 100111)
    assert backend.token(code, code_verifier=CHALLENGE).refusal == (400, 100111)
    assert backend.token(code, code_verifier=VERIFIER).status == 200


def test_a_verifier_for_a_code_without_challenge_is_refused(backend: Backend, account: Account) -> None:
    code = backend.code(account)
    assert backend.token(code, code_verifier=VERIFIER).refusal == (400, 100111)


def test_revoke_uri_is_the_registered_one_or_an_error(account: Account) -> None:
    first, second = "https://partner.example/out", "https://partner.example/out?x=2"
    client, secret = partner(revoke_uris=[first, second])
    backend = Backend(client.client_id, secret)
    code = backend.code(account)
    refused = backend.token(code, revoke_uri="https://evil.example/out")
    assert (refused.status, set(refused.error["errors"])) == (422, {"revoke_uri"})
    chosen = backend.token(code, revoke_uri=second).json()["id"]
    default = backend.tokens(account)["id"]
    assert TokenFamily.objects.get(pk=chosen).revoke_uri == second
    assert TokenFamily.objects.get(pk=default).revoke_uri == first


def test_suspended_client_is_refused_until_it_is_resumed(
    backend: Backend, account: Account, client_row: PartnerClient
) -> None:
    code = backend.code(account)
    suspend_client(client_row)
    assert backend.token(code).refusal == (403, 100105)
    resume_client(client_row)
    assert backend.token(code).status == 200


@pytest.mark.parametrize("status", [AccountStatus.BLOCKED, AccountStatus.CLOSED])
def test_blocked_account_buys_nothing(backend: Backend, account: Account, status: str) -> None:
    code = backend.code(account)
    Account.objects.filter(pk=account.pk).update(status=status)
    assert backend.token(code).refusal == (403, 100112)
    assert not TokenFamily.objects.exists()


def test_old_integrations_get_errors_under_200(backend: Backend, client_row: PartnerClient) -> None:
    client_row.errors_as_200 = True
    client_row.save()
    assert backend.token(CODE).refusal == (200, 100101)
    assert (backend.token(None).status, set(backend.token(None).error)) == (200, {"message", "errors"})


def test_old_path_answers_alike(backend: Backend, account: Account) -> None:
    assert Backend(backend.client_id, backend.secret, api="/v1/oauth").token(backend.code(account)).status == 200
