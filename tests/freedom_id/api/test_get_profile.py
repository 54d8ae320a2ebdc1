"""Method 6, Profile."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.profile_requests import fulfil_profile_request
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, Authorization, PartnerClient, ProfileRequest
from tests.factories.people import partner, person
from tests.freedom_id.api.backend import Backend
from tests.freedom_id.api.conftest import NOON

pytestmark = pytest.mark.django_db
REQUEST = "7f0c6a52-2f3b-4a8b-9d0e-6a1b2c3d4e5f"


def test_a_new_request_is_accepted(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    answer = backend.get_profile(tokens["access_token"], REQUEST)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    body = answer.json()
    assert re.fullmatch(r"[A-Z ]+: .+", body.pop("status_message"))
    assert body == {"request_id": REQUEST, "status": "accepted", "freedom_id": str(account.freedom_id)}


def test_a_repeat_is_pending_then_completed_and_one_row(backend: Backend, tokens: dict[str, Any]) -> None:
    answers = [backend.get_profile(tokens["access_token"], REQUEST).json()["status"] for _ in range(3)]
    row = ProfileRequest.objects.get()
    fulfil_profile_request(str(row.pk))
    answers.append(backend.get_profile(tokens["access_token"], REQUEST.upper()).json()["status"])
    assert answers == ["accepted", "pending", "pending", "completed"]


def test_a_repeat_does_not_carry_the_profile(backend: Backend, tokens: dict[str, Any]) -> None:
    backend.get_profile(tokens["access_token"], REQUEST)
    fulfil_profile_request(str(ProfileRequest.objects.get().pk))
    assert "profile" not in backend.get_profile(tokens["access_token"], REQUEST).json()


@pytest.mark.parametrize("granted", [["read.firstname"], ["read.firstname", "read.email"]])
def test_without_the_grant_it_is_rejected_with_200_and_not_kept(
    backend: Backend, account: Account, granted: list[str]
) -> None:
    tokens = backend.tokens(account, ticked=granted)
    answer = backend.get_profile(tokens["access_token"], REQUEST)
    assert (answer.status, answer.json()["status"]) == (200, "rejected")
    assert not ProfileRequest.objects.exists()
    assert backend.profile_status(tokens["access_token"], REQUEST).refusal == (403, 100110)


def test_a_withdrawn_grant_is_rejected(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    stop_sharing(account, Authorization.objects.get(), grants=["read.profile"], ip=None)
    assert backend.get_profile(tokens["access_token"], REQUEST).json()["status"] == "rejected"


def test_an_earlier_token_does_not_gain_a_later_grant(backend: Backend, account: Account) -> None:
    earlier = backend.tokens(account, ticked=[])
    backend.tokens(account)
    assert backend.get_profile(earlier["access_token"], REQUEST).json()["status"] == "rejected"


def test_the_same_id_of_another_person_and_another_client_is_another_request(backend: Backend) -> None:
    client, secret = partner()
    mine, theirs = person(), person()
    other = Backend(client.client_id, secret)
    answers = [
        side.get_profile(side.tokens(who)["access_token"], REQUEST).json()
        for side, who in ((backend, mine), (backend, theirs), (other, mine))
    ]
    assert [answer["status"] for answer in answers] == ["accepted"] * 3
    assert ProfileRequest.objects.count() == 3


INVALID = [
    ({}, "request_id"),
    ({"request_id": None}, "request_id"),
    ({"request_id": ""}, "request_id"),
    ({"request_id": 7}, "request_id"),
    ({"request_id": [REQUEST]}, "request_id"),
    ({"request_id": REQUEST.replace("-", "")}, "request_id"),
    ({"request_id": f"{{{REQUEST[:-2]}}}"}, "request_id"),
    ({"request_id": REQUEST[:-1] + "g"}, "request_id"),
    ({"request_id": "\x00" * 36}, "request_id"),
    ({"request_id": REQUEST, "created_at": "yesterday"}, "created_at"),
    ({"request_id": REQUEST, "created_at": 1893499200}, "created_at"),
    ({"request_id": REQUEST, "created_at": "2030-13-01T00:00:00Z"}, "created_at"),
    ({"request_id": REQUEST, "created_at": "0001-01-01T00:00:00+23:59"}, "created_at"),
    ({"request_id": REQUEST, "created_at": "9999-12-31T23:59:59-23:59"}, "created_at"),
]


def test_an_invalid_field_is_named(backend: Backend, tokens: dict[str, Any]) -> None:
    for body, field in INVALID:
        answer = backend.call("POST", "/get-profile", body, authorization=f"Bearer {tokens['access_token']}")
        assert (answer.status, list(answer.error.get("errors", ()))) == (422, [field]), body
    assert not ProfileRequest.objects.exists()


def test_created_at_is_within_a_day(backend: Backend, account: Account, noon: Any) -> None:
    token = backend.tokens(account)["access_token"]
    for away, status in ((-86400, 200), (86400, 200), (-86401, 422), (86401, 422)):
        created = (NOON + timedelta(seconds=away)).isoformat()
        assert backend.get_profile(token, REQUEST, created_at=created).status == status, away


def test_created_at_is_optional_and_takes_any_offset(backend: Backend, account: Account, noon: Any) -> None:
    token = backend.tokens(account)["access_token"]
    for created in (None, "2030-03-05T16:59:59.000000+05:00", "2030-03-04T12:00:00Z", "2030-03-04T12:00:00"):
        assert backend.get_profile(token, REQUEST, created_at=created).status == 200, created


def test_only_a_live_access_token_opens_it(backend: Backend, tokens: dict[str, Any]) -> None:
    for token in (tokens["refresh_token"], "", "x"):
        answer = backend.get_profile(token, REQUEST)
        assert answer.refusal == (401, 100107)
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_suspended_client_and_blocked_account_are_refused(
    backend: Backend, account: Account, tokens: dict[str, Any], client_row: PartnerClient
) -> None:
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)
    assert backend.get_profile(tokens["access_token"], REQUEST).refusal == (403, 100112)
    suspend_client(client_row)
    assert backend.get_profile(tokens["access_token"], REQUEST).refusal == (403, 100105)
    assert not ProfileRequest.objects.exists()


def test_an_id_may_be_used_again_after_its_life(backend: Backend, account: Account, noon: Any) -> None:
    backend.get_profile(backend.tokens(account)["access_token"], REQUEST)
    noon.shift(timedelta(hours=24))
    tokens = backend.tokens(account)
    assert backend.get_profile(tokens["access_token"], REQUEST).json()["status"] == "accepted"
    assert ProfileRequest.objects.count() == 1


def test_every_kind_of_uuid_is_taken(backend: Backend, tokens: dict[str, Any]) -> None:
    ids = [str(uuid.uuid1()), str(uuid.uuid5(uuid.NAMESPACE_URL, "x")), str(uuid.UUID(int=0))]
    answers = [backend.get_profile(tokens["access_token"], each).json() for each in ids]
    assert [answer["request_id"] for answer in answers] == ids
