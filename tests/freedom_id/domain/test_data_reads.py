"""When a client last read data: kept once an hour, by one statement more, and nobody waits for it."""

from concurrent.futures import wait
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from freedom_id.api.views import info_view
from freedom_id.domain import statements, statements_orm
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.models import Authorization
from tests.freedom_id.domain.acts import IP, pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits
from tests.freedom_id.domain.wire import statements_sent

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


def info(token: str) -> int:
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})
    return info_view(request).status_code


def test_a_read_costs_one_more_once_an_hour() -> None:
    a = pair()
    token = a.tokens().access_token
    costs = []
    for known in (None, timezone.now(), timezone.now() - HOUR + timedelta(seconds=10), timezone.now() - HOUR):
        Authorization.objects.update(last_read_at=known)
        with statements_sent() as sent:
            assert info(token) == 200
        costs.append(len(sent))
    assert costs == [2, 1, 1, 2]


def test_many_readers_at_once_mark_it_once() -> None:
    a = pair()
    token = a.tokens().access_token
    assert at_once([lambda: info(token)] * 4) == [200] * 4
    assert a.live.last_read_at is not None


def test_a_reader_does_not_wait_for_whoever_holds_the_connection() -> None:
    a = pair()
    token = a.tokens().access_token
    with transaction.atomic():
        Authorization.objects.select_for_update(no_key=True).get()
        reading = until_it_waits(lambda: info(token))
        assert not wait([reading], timeout=5).not_done
        assert reading.result() == 200
    assert a.live.last_read_at is None, "the next read marks it"


@pytest.mark.parametrize("lean", [True, False], ids=["SQL", "ORM"])
def test_the_mark_is_for_what_is_live_and_old_enough(lean: bool) -> None:
    a = pair()
    a.tokens()
    row, now = a.live, timezone.now()
    mark = statements.mark_read if lean else statements_orm.mark_read

    def marked(known: object) -> object:
        Authorization.objects.update(last_read_at=known)
        mark(row.pk, now=now, before=now - HOUR)
        return Authorization.objects.get().last_read_at

    recent = now - timedelta(minutes=59)
    assert [marked(known) for known in (None, now - HOUR, recent)] == [now, now, recent]
    stop_sharing(a.account, row, grants=None, ip=IP)
    assert marked(None) is None
