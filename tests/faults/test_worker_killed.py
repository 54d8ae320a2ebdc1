"""A worker that is killed at any line: what was accepted is done, and done once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.db.models import Sum
from django.utils import timezone

from freedom_id.enums import ProfileState
from freedom_id.models import ProfileRequest
from tests.faults.conftest import sweep_by_worker
from tests.faults.partnership import connected
from tests.faults.waiting import wait_until
from tests.servers.portal import Portal
from tests.servers.valkey import Valkey

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

KILLS = 10


def running() -> int:
    return ProfileRequest.objects.filter(state=ProfileState.RUNNING, due_at__gt=timezone.now()).count()


def unfinished() -> int:
    return ProfileRequest.objects.exclude(state=ProfileState.COMPLETED).count()


def let_leases_run_out() -> None:
    """Instead of waiting 20 s: what dead workers held is due."""
    ProfileRequest.objects.filter(state=ProfileState.RUNNING).update(due_at=timezone.now())


def test_ten_kills_lose_nothing_and_double_nothing(
    faulty: Portal, broker: Valkey, completions: Callable[[], Counter[UUID]]
) -> None:
    partnership, ids = connected(), [uuid4() for _ in range(100)]
    with ThreadPoolExecutor(4) as partners:
        answers = partners.map(lambda request_id: partnership.ask(faulty.url, request_id), ids)
        for _kill in range(KILLS):
            faulty.start_worker()
            wait_until(lambda: running() > 0, seconds=30, what="no work to kill a worker in")
            faulty.kill_worker()
            let_leases_run_out()
            sweep_by_worker(broker)
    assert Counter(answer.json()["status"] for answer in answers) == {"accepted": 100}
    faulty.start_worker()
    wait_until(lambda: unfinished() == 0, seconds=60, what=f"{unfinished()} unfinished")
    assert completions() == Counter(ids)
    assert ProfileRequest.objects.aggregate(tries=Sum("attempts"))["tries"] >= 100 + KILLS  # each kill hit work
    statuses = [partnership.status(faulty.url, request_id).json() for request_id in ids]
    assert all(status["status"] == "completed" and status["profile"]["personal"] for status in statuses)
