"""Method 4, Refresh: PATCH with the refresh token as the bearer and no body."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.client_status import suspend_client
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, Authorization, PartnerClient, TokenFamily
from tests.freedom_id.api.backend import Backend
from tests.freedom_id.api.conftest import NOON

pytestmark = pytest.mark.django_db


def test_answer_is_a_new_set_under_the_same_id(backend: Backend, tokens: dict[str, Any]) -> None:
    answer = backend.refresh(tokens["refresh_token"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    new = answer.json()
    assert {field: type(value) for field, value in new.items()} == {f: type(v) for f, v in tokens.items()}
    assert (new["id"], new["grants"]) == (tokens["id"], tokens["grants"])
    assert (
        len({tokens[k] for k in ("access_token", "refresh_token")} | {new["access_token"], new["refresh_token"]}) == 4
    )
    assert backend.info(new["access_token"]).status == 200


def test_lifetimes_start_anew(backend: Backend, account: Account, noon: Any) -> None:
    tokens = backend.tokens(account)
    noon.shift(timedelta(days=1))
    new = backend.refresh(tokens["refresh_token"]).json()
    assert new["access_expire_at"] == "2030-03-05T12:10:00.000000Z"
    assert new["refresh_expire_at"] == "2030-04-04T12:00:00.000000Z"
    assert new["expires_in"] == 600


def test_a_body_is_not_looked_at(backend: Backend, tokens: dict[str, Any]) -> None:
    bearer = f"Bearer {tokens['refresh_token']}"
    assert backend.call("PATCH", "/token", b"\xff{", authorization=bearer).status == 200


def test_refresh_token_in_the_body_alone_is_refused(backend: Backend, tokens: dict[str, Any]) -> None:
    assert backend.call("PATCH", "/token", {"refresh_token": tokens["refresh_token"]}).refusal == (401, 100108)


def test_access_token_and_strangers_are_refused(backend: Backend, tokens: dict[str, Any]) -> None:
    for bearer in (tokens["access_token"], "a" * 128, "x", "", "a b", "é", "a" * 5000, "a.b.c"):
        answer = backend.call("PATCH", "/token", authorization=f"Bearer {bearer}")
        assert answer.refusal == (401, 100108), bearer
        assert answer.headers["www-authenticate"].startswith("Bearer "), bearer


def test_unused_for_30_days_it_is_expired(backend: Backend, account: Account, noon: Any) -> None:
    early, late = backend.tokens(account), backend.tokens(account)
    noon.shift(timedelta(days=30) - timedelta(seconds=1))
    assert backend.refresh(early["refresh_token"]).status == 200
    noon.shift(1)
    assert backend.refresh(late["refresh_token"]).refusal == (401, 100108)


def test_after_90_days_of_use_the_person_signs_in_again(backend: Backend, account: Account, noon: Any) -> None:
    tokens = backend.tokens(account)
    end = NOON + timedelta(days=90)
    for _ in range(4):
        noon.shift(timedelta(days=22))
        tokens = backend.refresh(tokens["refresh_token"]).json()
    assert datetime.fromisoformat(tokens["refresh_expire_at"]) == end
    noon.move_to(end, tick=False)
    assert backend.refresh(tokens["refresh_token"]).refusal == (401, 100108)


def test_a_retry_within_10_seconds_gets_the_same_set(backend: Backend, account: Account, noon: Any) -> None:
    tokens = backend.tokens(account)
    first = backend.refresh(tokens["refresh_token"]).json()
    noon.shift(10)
    retry = backend.refresh(tokens["refresh_token"]).json()
    assert retry.pop("expires_in") == first.pop("expires_in") - 10
    assert retry == first


def test_reuse_after_10_seconds_revokes_the_family(backend: Backend, account: Account, noon: Any) -> None:
    tokens = backend.tokens(account)
    new = backend.refresh(tokens["refresh_token"]).json()
    noon.shift(11)
    assert backend.refresh(tokens["refresh_token"]).refusal == (401, 100109)
    assert backend.refresh(new["refresh_token"]).refusal == (401, 100108)
    for dead in (tokens, new):
        assert backend.info(dead["access_token"]).refusal == (401, 100107)


def test_one_familys_end_leaves_the_other_alone(backend: Backend, account: Account, noon: Any) -> None:
    stolen, other = backend.tokens(account), backend.tokens(account)
    backend.refresh(stolen["refresh_token"])
    noon.shift(11)
    backend.refresh(stolen["refresh_token"])
    assert backend.info(other["access_token"]).status == 200
    assert backend.refresh(other["refresh_token"]).status == 200


def test_withdrawn_and_signed_out_tokens_are_refused(backend: Backend, account: Account) -> None:
    tokens, other = backend.tokens(account), backend.tokens(account)
    end_sign_in(str(TokenFamily.objects.get(pk=tokens["id"]).sign_in_id))
    assert backend.refresh(tokens["refresh_token"]).refusal == (401, 100108)
    stop_sharing(account, Authorization.objects.get(), grants=None, ip=None)
    assert backend.refresh(other["refresh_token"]).refusal == (401, 100108)


def test_what_was_withdrawn_is_not_granted_again(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    stop_sharing(account, Authorization.objects.get(), grants=["read.email"], ip=None)
    new = backend.refresh(tokens["refresh_token"]).json()
    assert new["grants"] == [code for code in tokens["grants"] if code != "read.email"]


def test_suspended_client_is_refused(backend: Backend, tokens: dict[str, Any], client_row: PartnerClient) -> None:
    suspend_client(client_row)
    assert backend.refresh(tokens["refresh_token"]).refusal == (403, 100105)


def test_blocked_account_is_refused(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)
    assert backend.refresh(tokens["refresh_token"]).refusal == (403, 100112)


def test_old_integrations_get_errors_under_200(
    backend: Backend, account: Account, client_row: PartnerClient, noon: Any
) -> None:
    client_row.errors_as_200 = True
    client_row.save()
    tokens = backend.tokens(account)
    backend.refresh(tokens["refresh_token"])
    noon.shift(60)
    assert backend.refresh(tokens["refresh_token"]).refusal == (200, 100109)
