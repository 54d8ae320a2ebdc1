"""When each secret of a client was last used: kept once an hour, by one statement more, and nobody waits for it."""

from collections.abc import Callable
from concurrent.futures import wait
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from freedom_id.domain import statements, statements_orm
from freedom_id.domain.client_secrets import (
    change_authentication,
    end_secrets,
    prove_secret,
    revoke_previous_secret,
    rotate_secret,
)
from freedom_id.models import PartnerClient
from tests.compliance.client_keys import JWKS, assertion, signing_partner
from tests.compliance.standard_door import post_form
from tests.factories.people import REDIRECT_URI, partner
from tests.freedom_id.domain.acts import pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits
from tests.freedom_id.domain.test_client_secrets import DOORS, Door, link
from tests.freedom_id.domain.wire import statements_sent

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 10, 12, 30).astimezone()
pytestmark = pytest.mark.django_db


def used(client: PartnerClient) -> tuple[datetime | None, datetime | None]:
    client.refresh_from_db()
    return client.secret_used_at, client.previous_secret_used_at


@pytest.mark.parametrize("door", DOORS)
def test_every_door_keeps_which_secret_was_used(door: Door) -> None:
    client, former = partner()
    present = rotate_secret(client)
    with time_machine.travel(NOW, tick=False) as clock:
        client.refresh_from_db()
        PartnerClient.objects.update(previous_secret_expires_at=NOW + HOUR)
        door(client, "wrong")
        assert used(client) == (None, None)
        door(client, former)
        assert used(client) == (None, NOW)
        clock.shift(timedelta(minutes=5))
        door(client, present)
        assert used(client) == (NOW + timedelta(minutes=5), NOW)


def test_a_secret_takes_its_times_along_and_leaves_none() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client, secret = partner()
        assert (client.secret_drawn_at, client.secret_used_at) == (NOW, None)
        assert prove_secret(client, secret)
        clock.shift(HOUR)
        rotate_secret(client)
        assert (client.secret_drawn_at, client.secret_used_at) == (NOW + HOUR, None)
        assert (client.previous_secret_drawn_at, client.previous_secret_used_at) == (NOW, NOW)
        revoke_previous_secret(client)
        assert (client.secret_drawn_at, client.previous_secret_drawn_at) == (NOW + HOUR, None)
        assert used(client) == (None, None)
        end_secrets(client)
        assert client.secret_drawn_at is None


def test_the_use_of_keys_is_kept_once_an_hour_until_there_are_others() -> None:
    client = signing_partner()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        began = timezone.now()
        for after, kept in ((0, 0), (59, 0), (60, 60)):
            clock.move_to(began + timedelta(minutes=after))
            asked = {"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT_URI}
            answer = post_form("/oauth2/token", asked | assertion(client))
            assert answer.json()["error"] == "invalid_grant"
            client.refresh_from_db()
            assert client.keys_used_at == began + timedelta(minutes=kept)
        change_authentication(client, method="private_key_jwt", jwks={"keys": JWKS["keys"][:1]})
        client.refresh_from_db()
        assert client.keys_used_at is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_use_costs_one_more_once_an_hour() -> None:
    client, secret = partner()
    costs = []
    for known in (None, timezone.now(), timezone.now() - HOUR + timedelta(seconds=10), timezone.now() - HOUR):
        PartnerClient.objects.update(secret_used_at=known)
        loaded = statements.find_client(client.client_id)
        assert loaded is not None
        with statements_sent() as sent:
            assert prove_secret(loaded, secret)
        costs.append(len(sent))
    assert costs == [1, 0, 0, 1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_many_calls_at_once_mark_it_once_and_wait_for_nobody() -> None:
    a = pair()
    with transaction.atomic():
        PartnerClient.objects.select_for_update(no_key=True).get()
        asking = until_it_waits(lambda: link(a.client, a.secret))
        assert not wait([asking], timeout=5).not_done
        assert asking.result()
    assert used(a.client) == (None, None), "the next use marks it"
    assert at_once([lambda: link(a.client, a.secret)] * 4) == [True] * 4
    assert used(a.client)[0] is not None


@pytest.mark.postgresql
@pytest.mark.parametrize("mark", [statements.mark_secret_used, statements_orm.mark_secret_used], ids=["SQL", "ORM"])
def test_the_mark_is_for_the_secret_that_it_was_even_if_that_is_the_former_now(mark: Callable[..., None]) -> None:
    client, _secret = partner()
    former, now = client.client_secret, timezone.now()
    rotate_secret(client)
    mark(client.pk, former, now=now, before=now - HOUR)
    assert used(client) == (None, now)
    for later, marked in ((now + HOUR / 2, now), (now + HOUR, now + HOUR)):
        mark(client.pk, former, now=later, before=later - HOUR)
        assert used(client) == (None, marked)
    mark(client.pk, client.client_secret, now=now, before=now - HOUR)
    assert used(client) == (now, now + HOUR)
    mark(client.pk, "unknown", now=now + 5 * HOUR, before=now + 4 * HOUR)
    assert used(client) == (now, now + HOUR)
