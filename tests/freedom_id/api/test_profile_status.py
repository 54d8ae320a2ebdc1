"""Method 7, Profile: GET with a JSON body."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from consents.domain.purposes import NoticeText, publish_purpose
from consents.enums import PurposeScope
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.profile_requests import fulfil_profile_request
from freedom_id.domain.purge import purge_expired
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, Authorization, PartnerClient, ProfileRequest
from tests.factories.people import partner, person
from tests.freedom_id.api.backend import ISO_TIME, Answer, Backend

pytestmark = pytest.mark.django_db
REQUEST = "7f0c6a52-2f3b-4a8b-9d0e-6a1b2c3d4e5f"
OTHER = "7f0c6a52-2f3b-4a8b-9d0e-000000000000"


def submit(backend: Backend, tokens: dict[str, Any]) -> ProfileRequest:
    assert backend.get_profile(tokens["access_token"], REQUEST).json()["status"] == "accepted"
    return ProfileRequest.objects.get(authorization__client__client_id=backend.client_id)


def finish(row: ProfileRequest) -> None:
    """What the worker does."""
    fulfil_profile_request(str(row.pk))


def status_of(backend: Backend, tokens: dict[str, Any]) -> str:
    answer = backend.profile_status(tokens["access_token"], REQUEST)
    assert answer.status == 200
    return str(answer.json()["status"])


def test_pending_then_completed_with_every_field(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    row = submit(backend, tokens)
    pending = backend.profile_status(tokens["access_token"], REQUEST).json()
    finish(row)
    done = backend.profile_status(tokens["access_token"], REQUEST).json()
    profile = done.pop("profile")
    for body, status in ((pending, "pending"), (done, "completed")):
        assert re.fullmatch(r"[A-Z ]+: .+", body.pop("status_message"))
        assert re.fullmatch(ISO_TIME, body.pop("datetime"))
        assert body == {"request_id": REQUEST, "status": status, "freedom_id": str(account.freedom_id)}
    info = backend.info(tokens["access_token"]).json()
    assert profile == {"personal": {field: value for field, value in info.items() if field != "id"}}


def test_a_completed_profile_may_be_fetched_again(backend: Backend, tokens: dict[str, Any]) -> None:
    finish(submit(backend, tokens))
    assert [status_of(backend, tokens) for _ in range(2)] == ["completed", "completed"]


def test_a_result_is_kept_60_minutes_and_then_erased(backend: Backend, account: Account, noon: Any) -> None:
    row = submit(backend, backend.tokens(account))
    noon.shift(timedelta(hours=23))
    finish(row)
    noon.shift(timedelta(minutes=60) - timedelta(microseconds=1))
    tokens = backend.tokens(account)
    assert status_of(backend, tokens) == "completed"
    noon.shift(timedelta(microseconds=1))
    assert status_of(backend, tokens) == "not_found"
    purge_expired()
    assert not ProfileRequest.objects.exists()


def test_an_unfinished_request_is_kept_24_hours(backend: Backend, account: Account, noon: Any) -> None:
    row = submit(backend, backend.tokens(account))
    noon.shift(timedelta(hours=24) - timedelta(seconds=1))
    tokens = backend.tokens(account)
    assert status_of(backend, tokens) == "pending"
    noon.shift(1)
    assert status_of(backend, tokens) == "not_found"
    finish(row)
    assert status_of(backend, tokens) == "not_found"
    purge_expired()
    assert not ProfileRequest.objects.exists()


def test_unknown_and_foreign_requests_are_not_found_alike(backend: Backend, tokens: dict[str, Any]) -> None:
    submit(backend, tokens)
    client, secret = partner()
    other = Backend(client.client_id, secret)
    answers = [
        backend.profile_status(tokens["access_token"], OTHER).json(),
        backend.profile_status(backend.tokens(person())["access_token"], REQUEST).json(),
        other.profile_status(other.tokens(Account.objects.first())["access_token"], REQUEST).json(),
    ]
    assert {(answer["status"], answer["status_message"]) for answer in answers} == {
        ("not_found", "NOT FOUND: no such request")
    }
    assert not any("profile" in answer for answer in answers)


def test_withdrawing_the_profile_while_pending_fails_it(
    backend: Backend, account: Account, tokens: dict[str, Any]
) -> None:
    row = submit(backend, tokens)
    stop_sharing(account, Authorization.objects.get(), grants=["read.profile"], ip=None)
    finish(row)
    answer = backend.profile_status(tokens["access_token"], REQUEST).json()
    assert (answer["status"], "profile" in answer) == ("failed", False)


def test_withdrawing_the_profile_takes_back_a_finished_one(
    backend: Backend, account: Account, tokens: dict[str, Any]
) -> None:
    finish(submit(backend, tokens))
    stop_sharing(account, Authorization.objects.get(), grants=["read.profile"], ip=None)
    answer = backend.profile_status(tokens["access_token"], REQUEST).json()
    assert (answer["status"], "profile" in answer) == ("failed", False)


def test_a_token_without_the_grant_does_not_get_the_profile_of_one_with_it(backend: Backend, account: Account) -> None:
    rich, poor = backend.tokens(account), backend.tokens(account, grants=["read.firstname"])
    finish(submit(backend, rich))
    assert backend.profile_status(poor["access_token"], REQUEST).refusal == (403, 100110)
    assert "profile" in backend.profile_status(rich["access_token"], REQUEST).json()


def test_a_new_wording_of_the_grant_holds_a_finished_profile_back(backend: Backend, tokens: dict[str, Any]) -> None:
    finish(submit(backend, tokens))
    text = NoticeText(title="Everything", text="New words, to which nobody has agreed yet.")
    publish_purpose("read.profile", scope=PurposeScope.PER_CLIENT, texts={"en": text}, data_items=["profile"])
    assert "profile" not in backend.profile_status(tokens["access_token"], REQUEST).json()


def test_withdrawing_everything_closes_the_door(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    submit(backend, tokens)
    stop_sharing(account, Authorization.objects.get(), grants=None, ip=None)
    assert backend.profile_status(tokens["access_token"], REQUEST).refusal == (401, 100107)


def ask(backend: Backend, tokens: dict[str, Any], query: str, body: Any = None) -> Answer:
    bearer = f"Bearer {tokens['access_token']}"
    return backend.call("GET", f"/get-profile/status{query}", body, authorization=bearer)


def test_the_query_may_carry_the_id(backend: Backend, tokens: dict[str, Any]) -> None:
    submit(backend, tokens)
    for answer in (
        ask(backend, tokens, f"?request_id={REQUEST}"),
        ask(backend, tokens, f"?request_id={REQUEST}&x=1", {"request_id": REQUEST}),
        ask(backend, tokens, f"?request_id={REQUEST}", {"colour": "red"}),
    ):
        assert (answer.status, answer.json()["status"]) == (200, "pending")


def test_two_different_ids_are_an_error(backend: Backend, tokens: dict[str, Any]) -> None:
    answer = ask(backend, tokens, f"?request_id={REQUEST}", {"request_id": OTHER})
    assert (answer.status, set(answer.error["errors"])) == (422, {"request_id"})


NO_ID: list[tuple[str, Any]] = [
    ("", None), ("", {}), ("", {"request_id": None}), ("", {"request_id": 7}), ("", {"request_id": "x"}),
    ("?request_id=", None), ("?request_id=x", None), ("?request_id=%00", None), ("?request_id=%FF", None),
    ("?request_id[]=" + REQUEST, None), ("?request_id=", {"request_id": REQUEST}), ("", ["request_id"]), ("", b"{"),
]  # fmt: skip


def test_no_valid_id_is_an_error(backend: Backend, tokens: dict[str, Any]) -> None:
    for query, body in NO_ID:
        answer = ask(backend, tokens, query, body)
        assert (answer.status, set(answer.error)) == (422, {"message", "errors"}), (query, body)


def test_only_a_live_access_token_opens_it(backend: Backend, tokens: dict[str, Any]) -> None:
    submit(backend, tokens)
    for token in (tokens["refresh_token"], "", "x"):
        assert backend.profile_status(token, REQUEST).refusal == (401, 100107)


def test_suspended_client_and_blocked_account_are_refused(
    backend: Backend, account: Account, tokens: dict[str, Any], client_row: PartnerClient
) -> None:
    finish(submit(backend, tokens))
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)
    assert backend.profile_status(tokens["access_token"], REQUEST).refusal == (403, 100112)
    suspend_client(client_row)
    assert backend.profile_status(tokens["access_token"], REQUEST).refusal == (403, 100105)


def test_the_result_is_sealed_at_rest(backend: Backend, tokens: dict[str, Any]) -> None:
    finish(submit(backend, tokens))
    with connection.cursor() as cursor:
        cursor.execute("SELECT parcel FROM freedom_id_profilerequest")
        parcel = str(cursor.fetchone()[0])
    assert "Karimova" not in parcel
    assert "personal" not in parcel
