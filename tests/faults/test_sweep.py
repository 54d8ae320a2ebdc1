"""The sweep sends what is due, and only that; two of them, or one too many, do no harm."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import redis
from django.conf import settings as configured
from django.utils import timezone

from freedom_id.domain.authorizations import end_family, stop_sharing
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import deliver_code, request_code
from freedom_id.domain.profile_requests import fulfil_profile_request, submit_profile_request
from freedom_id.domain.sweep import sweep
from freedom_id.enums import EndReason, ProfileState
from freedom_id.models import (
    BackchannelLogout,
    FactorRecovery,
    Notice,
    OneTimeCode,
    ProfileRequest,
    RevokeCallback,
    TokenFamily,
)
from tests.consents.domain.test_races import at_once
from tests.factories.people import email_of, phone_of
from tests.faults import doubles
from tests.faults.partnership import connected

Queue = Callable[[], Counter[str]]


@pytest.fixture
def queue() -> Iterator[Queue]:
    """The ids that wait in the broker; nobody consumes them."""
    with redis.Redis.from_url(configured.CELERY_BROKER_URL) as broker:
        broker.delete("celery")
        yield lambda: Counter(identifier(message) for message in broker.lrange("celery", 0, -1))
        broker.delete("celery")


def identifier(message: bytes) -> str:
    _args, kwargs, _embedded = json.loads(base64.b64decode(json.loads(message)["body"]))
    [value] = kwargs.values()
    return value


@pytest.mark.django_db
def test_it_sends_every_kind_of_work_that_is_due(queue: Queue) -> None:
    partnership = connected(revoke_uris=["https://partner.example/revoked"])
    submit_profile_request(partnership.access, uuid4())
    request_code(parse_identifier(phone_of(partnership.account)), ip="127.0.0.1", locale="en")
    end_family(TokenFamily.objects.get(pk=partnership.tokens.id), reason=EndReason.REVOKED)
    client, account = partnership.client, partnership.account
    BackchannelLogout.objects.create(client=client, account=account, sid=uuid4(), url="https://partner.example/logout")
    now = timezone.now()
    FactorRecovery.objects.create(account=account, opened_at=now - timedelta(hours=72), due_at=now)
    assert queue() == Counter()  # what on_commit sends is not sent in a test's transaction
    sweep()
    kinds = (ProfileRequest, OneTimeCode, RevokeCallback, BackchannelLogout, FactorRecovery, Notice)
    assert queue() == Counter(str(model.objects.get().pk) for model in kinds)


@pytest.mark.django_db
def test_it_leaves_alone_what_is_held_finished_retired_or_late(queue: Queue, settings) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {
        "CHANNELS": dict.fromkeys(("sms", "email"), "tests.faults.doubles.CountingChannel")
    }
    partnership, ended = connected(), connected()
    Notice.objects.all().delete()  # of the first connection
    submit_profile_request(partnership.access, uuid4())
    fulfil_profile_request(str(ProfileRequest.objects.get().pk))
    now = timezone.now()
    for state in ({"due_at": now + timedelta(seconds=19)}, {"expires_at": now}):
        request_id = uuid4()
        submit_profile_request(partnership.access, request_id)
        ProfileRequest.objects.filter(request_id=request_id).update(state=ProfileState.RUNNING, lease=uuid4(), **state)
    submit_profile_request(ended.access, uuid4())
    stop_sharing(ended.account, ended.authorization, grants=None, ip=None)
    deliver_code(str(request_code(parse_identifier(phone_of(ended.account)), ip="127.0.0.1", locale="en")))
    request_code(parse_identifier(email_of(ended.account)), ip="127.0.0.1", locale="en")
    OneTimeCode.objects.filter(sent_at=None).update(expires_at=now)
    sweep()
    assert queue() == Counter()


@pytest.mark.django_db
def test_a_lease_that_is_over_makes_it_due_and_so_does_a_channel_that_failed(queue: Queue, settings) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CHANNELS": {"sms": "tests.faults.doubles.BrokenChannel"}}
    partnership = connected()
    Notice.objects.all().delete()  # of the first connection
    submit_profile_request(partnership.access, uuid4())
    ProfileRequest.objects.update(state=ProfileState.RUNNING, lease=uuid4(), due_at=timezone.now())
    code = request_code(parse_identifier(phone_of(partnership.account)), ip="127.0.0.1", locale="en")
    deliver_code(str(code))
    sweep()
    assert queue() == Counter([str(ProfileRequest.objects.get().pk)])
    OneTimeCode.objects.update(due_at=timezone.now())
    sweep()
    assert queue()[str(code)] == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_twice_and_effect_once(
    queue: Queue, settings, completions: Callable[[], Counter[UUID]]
) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CHANNELS": {"sms": "tests.faults.doubles.CountingChannel"}}
    partnership, ids = connected(), [uuid4() for _ in range(10)]
    told = str(Notice.objects.get().pk)  # of the first connection
    Notice.objects.all().delete()
    for request_id in ids:
        submit_profile_request(partnership.access, request_id)
    code = str(request_code(parse_identifier(phone_of(partnership.account)), ip="127.0.0.1", locale="en"))
    at_once([sweep, sweep])
    sent = [work for work in queue().elements() if work != told]
    assert len(sent) == 3 * (len(ids) + 1)  # on commit, and by each sweep
    acts = [(deliver_code if work == code else fulfil_profile_request, work) for work in sent]
    halves = [acts[::2], acts[1::2]]
    at_once([lambda half=half: [act(work) for act, work in half] for half in halves])
    assert (completions(), len(doubles.sent)) == (Counter(ids), 1)
