"""A broker delivers at least once, and to several workers at the same time: one effect."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from freedom_id.domain.authorizations import end_family
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import CodeOutcome, deliver_code, request_code, verify_code
from freedom_id.domain.profile_requests import fulfil_profile_request, submit_profile_request
from freedom_id.domain.revoke_callbacks import deliver_revoke_callback
from freedom_id.enums import CallbackState, EndReason
from freedom_id.models import ProfileRequest, RevokeCallback, TokenFamily
from tests.consents.domain.test_races import at_once
from tests.factories.people import person, phone_of
from tests.faults import doubles
from tests.faults.partnership import connected

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

TIMES = 20


def test_a_profile_is_completed_once(completions: Callable[[], Counter[UUID]]) -> None:
    partnership, request_id = connected(), uuid4()
    submit_profile_request(partnership.access, request_id)
    row = ProfileRequest.objects.get()
    at_once([lambda: fulfil_profile_request(str(row.pk))] * TIMES)
    ProfileRequest.objects.update(due_at=row.created_at)
    fulfil_profile_request(str(row.pk))  # and once more, long after its lease
    row.refresh_from_db()
    assert (completions(), row.attempts) == (Counter([request_id]), 1)


def test_a_code_is_sent_once_and_is_right(settings) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CHANNELS": {"sms": "tests.faults.doubles.CountingChannel"}}
    identifier = parse_identifier(phone_of(person()))
    challenge = request_code(identifier, ip="127.0.0.1", locale="en")
    at_once([lambda: deliver_code(str(challenge))] * TIMES)
    [(_address, text)] = doubles.sent
    assert verify_code(identifier, text[:6], challenge=challenge)[0] is CodeOutcome.RIGHT


def test_a_callback_is_posted_once(settings) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CALLBACK_NETWORKS": ["127.0.0.0/8"]}
    with doubles.partner_endpoint() as (url, bodies):
        partnership = connected(revoke_uris=[url])
        end_family(TokenFamily.objects.get(pk=partnership.tokens.id), reason=EndReason.REVOKED)
        callback = RevokeCallback.objects.get()
        at_once([lambda: deliver_revoke_callback(str(callback.pk))] * TIMES)
    callback.refresh_from_db()
    assert bodies == [f'{{"id": "{partnership.tokens.id}"}}']
    assert (callback.state, callback.attempts) == (CallbackState.DELIVERED, 1)


def test_a_worker_that_was_thought_dead_does_not_complete_it_again(
    settings, completions: Callable[[], Counter[UUID]]
) -> None:
    """Its lease ran out while it collected, a second worker did the work, then the first comes to its end."""
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"PROFILE_SOURCES": ["tests.faults.doubles.interrupted_source"]}
    partnership, request_id = connected(), uuid4()
    submit_profile_request(partnership.access, request_id)
    row = ProfileRequest.objects.get()

    def second_worker() -> None:
        doubles.during_collection.clear()
        ProfileRequest.objects.update(due_at=row.created_at)
        fulfil_profile_request(str(row.pk))

    doubles.during_collection.append(second_worker)
    fulfil_profile_request(str(row.pk))
    row.refresh_from_db()
    assert (completions(), row.attempts) == (Counter([request_id]), 2)
