"""Spent machinery goes, proof and everything live stays, and a second run finds nothing to do."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from consents.models import ConsentTransaction
from freedom_id.domain.authorizations import end_family
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import request_code
from freedom_id.domain.profile_requests import fulfil_profile_request, submit_profile_request
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.tokens import rotate_refresh_token
from freedom_id.enums import EndReason
from freedom_id.errors import InvalidRefreshToken
from freedom_id.models import (
    AccessToken,
    AccountEvent,
    Allowance,
    Authorization,
    AuthorizationRequest,
    Grant,
    OneTimeCode,
    ProfileRequest,
    RefreshToken,
    TokenFamily,
)
from tests.factories.people import phone_of
from tests.faults.partnership import Partnership, connected

pytestmark = pytest.mark.django_db

MACHINERY = (
    AccessToken, Allowance, AuthorizationRequest, Grant, OneTimeCode, ProfileRequest, RefreshToken, TokenFamily,
)  # fmt: skip
PROOF = (AccountEvent, Authorization, ConsentTransaction)


def busy_partnership() -> Partnership:
    """A row in every table that is ever purged."""
    partnership, request_id = connected(), uuid4()
    submit_profile_request(partnership.access, request_id)
    fulfil_profile_request(str(ProfileRequest.objects.get(request_id=request_id).pk))
    request_code(parse_identifier(phone_of(partnership.account)), ip="127.0.0.1", locale="en")
    return partnership


def count(*models: type) -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in models}


def test_what_is_live_stays() -> None:
    partnership = busy_partnership()
    before = count(*MACHINERY, *PROOF)
    assert purge_expired() == 0
    assert count(*MACHINERY, *PROOF) == before
    assert rotate_refresh_token(partnership.tokens.refresh_token).id == partnership.tokens.id


def test_after_a_hundred_days_proof_is_left_and_a_second_run_deletes_nothing() -> None:
    busy_partnership()
    proof = count(*PROOF)
    with time_machine.travel(timezone.now() + timedelta(days=100), tick=False):
        assert purge_expired() > 0
        assert purge_expired() == 0
        assert count(*MACHINERY) == {model.__name__: 0 for model in MACHINERY}
    assert count(*PROOF) == proof
    assert all(proof.values())


def test_a_result_is_erased_after_its_hour_and_a_request_that_nobody_worked_on_after_a_day() -> None:
    partnership = busy_partnership()
    submit_profile_request(partnership.access, uuid4())
    now = timezone.now()
    for later, left in ((59, 2), (61, 1), (24 * 60 + 1, 0)):
        with time_machine.travel(now + timedelta(minutes=later), tick=False):
            purge_expired()
            assert ProfileRequest.objects.count() == left, later


def test_a_family_that_ended_is_known_for_a_week_with_its_tokens() -> None:
    partnership = connected()
    end_family(TokenFamily.objects.get(pk=partnership.tokens.id), reason=EndReason.REVOKED)
    now = timezone.now()
    for days, left in ((6, 1), (8, 0)):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            purge_expired()
            assert (TokenFamily.objects.count(), RefreshToken.objects.count()) == (left, left)
            with pytest.raises(InvalidRefreshToken):
                rotate_refresh_token(partnership.tokens.refresh_token)
