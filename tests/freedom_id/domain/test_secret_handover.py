"""A secret is handed over once, to whoever comes in time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from freedom_id.domain.client_secrets import secret_matches
from freedom_id.domain.client_status import close_client
from freedom_id.domain.partner_applications import send_secret_link
from freedom_id.domain.partner_links import PartnerLink, partner_token
from freedom_id.domain.secret_handover import HandoverOver, handover_of, is_open, open_handover, take_secret
from freedom_id.models import PartnerClient, SecretHandover
from tests.factories.applications import in_sandbox
from tests.freedom_id.domain.at_once import at_once

pytestmark = pytest.mark.django_db


def handover() -> SecretHandover:
    return PartnerClient.objects.get(application=in_sandbox()).handovers.get()


def works(client: PartnerClient, secret: str) -> bool:
    client.refresh_from_db()
    return secret_matches(secret, *client.live_secrets(timezone.now()))


def test_nothing_works_before_it_is_taken_and_then_the_secret() -> None:
    one = handover()
    assert not works(one.client, "")
    secret = take_secret(one)
    assert works(one.client, secret)
    found = handover_of(partner_token(PartnerLink.SECRET, one.pk))
    assert found == one
    assert not is_open(found, timezone.now())
    with pytest.raises(HandoverOver):
        take_secret(one)
    assert works(one.client, secret)


def test_a_later_secret_overlaps_the_one_before() -> None:
    one = handover()
    first = take_secret(one)
    second = take_secret(open_handover(one.client))
    assert works(one.client, first)
    assert works(one.client, second)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert not works(one.client, first)


def replaced(one: SecretHandover) -> None:
    send_secret_link(one.client.application)


def closed(one: SecretHandover) -> None:
    close_client(one.client)


@pytest.mark.parametrize("act", [replaced, closed], ids=["a newer link", "closed"])
def test_what_ended_gives_nothing(act: Callable[[SecretHandover], None]) -> None:
    one = handover()
    act(one)
    one = SecretHandover.objects.get(pk=one.pk)
    assert not is_open(one, timezone.now())
    with pytest.raises(HandoverOver):
        take_secret(one)


def test_it_works_for_72_hours() -> None:
    one = handover()
    with time_machine.travel(one.expires_at), pytest.raises(HandoverOver):
        take_secret(one)
    with time_machine.travel(one.expires_at - timedelta(seconds=1)):
        assert works(one.client, take_secret(one))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_it() -> None:
    one = handover()
    answers = at_once([lambda: take_secret(one)] * 6)
    secrets = [answer for answer in answers if isinstance(answer, str)]
    assert [type(answer) for answer in answers if not isinstance(answer, str)] == [HandoverOver] * 5
    assert works(one.client, secrets[0])
