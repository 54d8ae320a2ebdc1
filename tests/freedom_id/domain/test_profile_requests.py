"""A profile request by its steps: claim, collect, release – with everything that can come between."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from joserfc import jwe, jws
from joserfc.jwk import ECKey, RSAKey

from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.profile_requests import (
    LEASE,
    MAX_ATTEMPTS,
    _claim,
    _release,
    due_profile_requests,
    expire_profile_requests,
    fulfil_profile_request,
    profile_status,
    submit_profile_request,
)
from freedom_id.domain.rows import AccessRow
from freedom_id.domain.signing_keys import public_keys
from freedom_id.domain.tokens import live_access
from freedom_id.enums import AccountStatus, ClientStatus, ProfileState
from freedom_id.grants import PROFILE
from freedom_id.models import Account, Authorization, PartnerClient, ProfileRequest
from tests.freedom_id.domain.acts import IP, Pair, pair
from tests.freedom_id.domain.at_once import until_it_waits

pytestmark = pytest.mark.django_db


def submitted(a: Pair) -> tuple[AccessRow, ProfileRequest]:
    access = live_access(a.tokens().access_token)
    answer = submit_profile_request(access, uuid4())
    assert answer.status == "accepted"
    return access, ProfileRequest.objects.get(request_id=answer.request_id)


def later(**span: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


def test_a_request_is_worked_on_once_and_handed_over() -> None:
    a = pair()
    access, row = submitted(a)
    assert due_profile_requests() == [str(row.pk)]
    fulfil_profile_request(str(row.pk))
    answer = profile_status(access, row.request_id)
    assert answer.status == "completed"
    assert answer.profile is not None
    assert answer.profile["personal"]["firstname"] == "Dilnoza"
    assert due_profile_requests() == []


def test_the_same_id_twice_is_one_request() -> None:
    access, row = submitted(pair())
    assert submit_profile_request(access, row.request_id).status == "pending"
    fulfil_profile_request(str(row.pk))
    assert submit_profile_request(access, row.request_id).status == "completed"
    assert ProfileRequest.objects.count() == 1


def test_without_the_grant_it_is_rejected_and_not_stored() -> None:
    access = live_access(pair().tokens("read.firstname").access_token)
    assert submit_profile_request(access, uuid4()).status == "rejected"
    assert not ProfileRequest.objects.exists()


def test_a_worker_whose_lease_was_taken_over_cannot_finish() -> None:
    _access, row = submitted(pair())
    stale, current = uuid4(), uuid4()
    first = _claim(str(row.pk), stale)
    assert first is not None
    assert _claim(str(row.pk), current) is None, "the lease still runs"
    with later(seconds=LEASE.seconds):
        second = _claim(str(row.pk), current)
        assert second is not None
        _release(first, stale, '{"by": "stale"}')
        assert ProfileRequest.objects.get().state == ProfileState.RUNNING
        _release(second, current, '{"by": "current"}')
    found = ProfileRequest.objects.get()
    assert (found.state, found.parcel, found.attempts) == (ProfileState.COMPLETED, '{"by": "current"}', 2)


@pytest.mark.parametrize("grants", [[PROFILE], None])
def test_a_withdrawal_between_collect_and_release_fails_it_without_a_parcel(grants: list[str] | None) -> None:
    a = pair()
    _access, row = submitted(a)
    claimed = _claim(str(row.pk), lease := uuid4())
    assert claimed is not None
    stop_sharing(a.account, a.live, grants=grants, ip=IP)
    _release(claimed, lease, '{"secret": 1}')
    found = ProfileRequest.objects.get()
    assert (found.state, found.parcel, found.lease) == (ProfileState.FAILED, None, None)
    assert found.finished_at is not None


@pytest.mark.parametrize(
    "end",
    [
        lambda a: Account.objects.filter(pk=a.account.pk).update(status=AccountStatus.BLOCKED),
        lambda a: PartnerClient.objects.filter(pk=a.client.pk).update(status=ClientStatus.SUSPENDED),
    ],
    ids=["blocked account", "suspended partner"],
)
def test_a_party_that_fell_out_of_standing_gets_nothing(end: Any) -> None:
    a = pair()
    _access, row = submitted(a)
    end(a)
    fulfil_profile_request(str(row.pk))
    assert ProfileRequest.objects.get().state == ProfileState.FAILED


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_release_during_a_withdrawal_waits_and_blocks_nobody() -> None:
    a = pair()
    _access, row = submitted(a)
    claimed = _claim(str(row.pk), lease := uuid4())
    with transaction.atomic():
        stop_sharing(a.account, a.live, grants=["read.phone"], ip=IP)  # the authorization is locked from here
        released = until_it_waits(lambda: _release(claimed, lease, '{"secret": 1}'))
        stop_sharing(a.account, a.live, grants=None, ip=IP)
    assert released.result(timeout=30) is None
    assert ProfileRequest.objects.get().state == ProfileState.FAILED


def test_after_twenty_tries_it_gives_up() -> None:
    _access, row = submitted(pair())
    ProfileRequest.objects.update(attempts=MAX_ATTEMPTS)
    fulfil_profile_request(str(row.pk))
    assert ProfileRequest.objects.get().state == ProfileState.FAILED


def test_a_result_is_kept_for_sixty_minutes_and_the_id_may_be_used_again() -> None:
    access, row = submitted(pair())
    fulfil_profile_request(str(row.pk))
    with later(minutes=61):
        assert profile_status(access, row.request_id).status == "not_found"
        assert submit_profile_request(access, row.request_id).status == "accepted"
        assert expire_profile_requests() == 0
    with later(hours=26):
        assert expire_profile_requests() == 1
    assert not ProfileRequest.objects.exists()


def test_another_person_or_partner_does_not_see_it() -> None:
    _access, row = submitted(pair())
    foreign = live_access(pair().tokens().access_token)
    assert profile_status(foreign, row.request_id).status == "not_found"


@pytest.mark.parametrize(("make", "algorithm"), [(ECKey, "ECDH-ES"), (RSAKey, "RSA-OAEP-256")])
def test_the_parcel_opens_with_the_partners_key_alone_and_is_signed_by_us(make: Any, algorithm: str) -> None:
    a = pair()
    key = make.generate_key("P-256" if make is ECKey else 2048)
    public = {**key.as_dict(private=False), "use": "enc", "kid": "theirs"}
    PartnerClient.objects.filter(pk=a.client.pk).update(jwks={"keys": [{"kty": "EC", "use": "sig"}, public]})
    _access, row = submitted(a)
    fulfil_profile_request(str(row.pk))
    box = orjson.loads(ProfileRequest.objects.get().parcel or "")["payload"]
    opened = jwe.decrypt_compact(box, key, algorithms=[algorithm, "A256GCM"])
    assert opened.headers() | {"epk": 0} == {
        "alg": algorithm, "enc": "A256GCM", "cty": "JWT", "kid": "theirs", "epk": 0
    }  # fmt: skip
    signed = jws.deserialize_compact(opened.plaintext or b"", ECKey.import_key(public_keys()[0]), algorithms=["ES256"])
    assert orjson.loads(signed.payload)["personal"]["lastname"] == "Karimova"


def loyalty(account: Account, _chosen: Any) -> dict[str, Any]:
    return {"loyalty": {"level": "gold", "freedom_id": str(account.freedom_id)}}


def test_sources_are_settings(settings: Any) -> None:
    paths = ["freedom_id.domain.profile_sources.personal", f"{__name__}.loyalty"]
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "PROFILE_SOURCES": paths}
    a = pair()
    access, row = submitted(a)
    fulfil_profile_request(str(row.pk))
    profile = profile_status(access, row.request_id).profile
    assert profile is not None
    assert set(profile) == {"personal", "loyalty"}
    assert Authorization.objects.get().account_id == a.account.pk
