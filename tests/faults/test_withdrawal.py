"""A withdrawal against work in progress: whoever is first decides, and after the withdrawal nothing is handed over."""

import random
import time
from threading import Event
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from freedom_id.domain.authorizations import end_authorization, stop_sharing
from freedom_id.domain.profile_requests import fulfil_profile_request, profile_status, submit_profile_request
from freedom_id.enums import EndReason, ProfileState
from freedom_id.grants import PROFILE
from freedom_id.models import Authorization, ProfileRequest
from tests.consents.domain.test_races import at_once
from tests.faults import doubles
from tests.faults.partnership import Partnership, connected


def asked(partnership: Partnership) -> ProfileRequest:
    request_id = uuid4()
    submit_profile_request(partnership.access, request_id)
    return ProfileRequest.objects.get(request_id=request_id)


def withdraw(partnership: Partnership, *grants: str) -> None:
    stop_sharing(partnership.account, partnership.authorization, grants=grants or None, ip="127.0.0.1")


def statuses(partnership: Partnership, row: ProfileRequest) -> tuple[int, int]:
    """What the partner's backend is answered by the methods Info and Status."""
    bearer = {"Authorization": f"Bearer {partnership.tokens.access_token}"}
    info = Client().get("/api/v1/oauth/user", headers=bearer)
    status = Client().get("/api/v1/oauth/get-profile/status", {"request_id": str(row.request_id)}, headers=bearer)
    return info.status_code, status.status_code


@pytest.mark.django_db
@pytest.mark.parametrize("grants", [(), (PROFILE,), ("read.firstname",)], ids=["all", "profile", "a required one"])
def test_withdrawn_while_queued_it_fails_and_no_parcel_is_written(grants: tuple[str, ...]) -> None:
    partnership = connected()
    row = asked(partnership)
    withdraw(partnership, *grants)
    fulfil_profile_request(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.parcel, row.lease) == (ProfileState.FAILED, None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("grants", [(), (PROFILE,)], ids=["all", "profile"])
def test_withdrawn_while_the_worker_collects_it_fails(settings, grants: tuple[str, ...]) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"PROFILE_SOURCES": ["tests.faults.doubles.interrupted_source"]}
    partnership = connected()
    row = asked(partnership)
    doubles.during_collection.append(lambda: withdraw(partnership, *grants))
    fulfil_profile_request(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.parcel) == (ProfileState.FAILED, None)


@pytest.mark.django_db
def test_a_finished_parcel_is_not_handed_over_after_the_profile_is_withdrawn() -> None:
    partnership = connected()
    row = asked(partnership)
    fulfil_profile_request(str(row.pk))
    assert profile_status(partnership.access, row.request_id).status == "completed"
    withdraw(partnership, PROFILE)
    answer = profile_status(partnership.access, row.request_id)
    assert (answer.status, answer.profile) == ("failed", None)
    row.refresh_from_db()
    assert row.parcel is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_thirty_races_of_a_withdrawal_and_the_worker() -> None:
    partnership = connected(grants=["read.firstname", PROFILE])
    for _round in range(30):
        partnership = partnership.again()
        row = asked(partnership)
        pause = random.uniform(0, 0.02)

        def withdrawn(row=row, partnership=partnership, pause=pause) -> str:
            time.sleep(pause)
            withdraw(partnership)
            return ProfileRequest.objects.get(pk=row.pk).state

        at_the_answer, _done = at_once([withdrawn, lambda row=row: fulfil_profile_request(str(row.pk))])
        row.refresh_from_db()
        assert at_the_answer == row.state == ProfileState.FAILED  # also what the worker had just completed
        assert row.parcel is None
        assert statuses(partnership, row) == (401, 401)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_under_way_and_a_release_do_not_block_each_other_for_ever() -> None:
    partnership = connected()
    row = asked(partnership)
    begun = Event()

    def withdrawal() -> None:
        with transaction.atomic():
            live = Authorization.objects.select_for_update().get(pk=partnership.authorization.pk)
            begun.set()
            time.sleep(0.5)  # the worker comes to its release meanwhile and waits for us
            end_authorization(live, reason=EndReason.WITHDRAWN)

    def release() -> None:
        begun.wait(timeout=10)
        fulfil_profile_request(str(row.pk))

    at_once([withdrawal, release])
    row.refresh_from_db()
    assert (row.state, row.parcel) == (ProfileState.FAILED, None)
