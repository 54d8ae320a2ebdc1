"""Two secrets of a client are live while they overlap: at every door, for as long as is said, and never three."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.client_secrets import revoke_previous_secret, rotate_secret
from freedom_id.domain.client_status import close_client, suspend_client
from freedom_id.models import PartnerClient
from tests.compliance.standard_door import post_form
from tests.factories.people import REDIRECT_URI, partner
from tests.freedom_id.api.backend import basic
from tests.freedom_id.domain.acts import pair
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.domain.wire import statements_sent

pytestmark = pytest.mark.django_db
Door = Callable[[PartnerClient, str], bool]


def _opens(method: str, path: str, client: PartnerClient, secret: str, body: Any = None) -> bool:
    headers = {"Authorization": basic(client.client_id, secret)}
    answer = Client().generic(method, path, body or b"", "application/json", headers=headers)
    return answer.status_code not in {401, 429}


def link(client: PartnerClient, secret: str) -> bool:
    asked = {"redirect_uri": REDIRECT_URI, "grants": ["read.firstname"]}
    return _opens("POST", "/api/v1/oauth/authorize", client, secret, orjson.dumps(asked))


def token(client: PartnerClient, secret: str) -> bool:
    return _opens("POST", "/api/v1/oauth/token", client, secret, b'{"authorization_code": "x"}')


def identity(client: PartnerClient, secret: str) -> bool:
    return _opens("GET", "/identity/v4/clients", client, secret)


def bridge(client: PartnerClient, secret: str) -> bool:
    return _opens("POST", "/identity/v4/oauth2/token", client, secret, b'{"grant_type": "x"}')


def consents(client: PartnerClient, secret: str) -> bool:
    return _opens("GET", "/consents/v1/check?names=news", client, secret)


def standard_basic(client: PartnerClient, secret: str) -> bool:
    return _code_is_judged({}, (client.client_id, secret))


def standard_post(client: PartnerClient, secret: str) -> bool:
    return _code_is_judged({"client_id": client.client_id, "client_secret": secret}, None)


def _code_is_judged(fields: dict[str, str], basic: tuple[str, str] | None) -> bool:
    """`invalid_grant` comes after the authentication, `invalid_client` instead of it."""
    asked = {"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT_URI} | fields
    return bool(post_form("/oauth2/token", asked, basic=basic).json()["error"] == "invalid_grant")


DOORS = [link, token, identity, bridge, consents, standard_basic, standard_post]


@pytest.fixture
def overlapping() -> tuple[PartnerClient, str, str]:
    client, former = partner()
    return client, former, rotate_secret(client)


@pytest.mark.parametrize("door", DOORS)
def test_both_secrets_open_until_the_overlap_ends(door: Door, overlapping: tuple[PartnerClient, str, str]) -> None:
    client, former, present = overlapping
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert client.previous_secret_expires_at is not None
        clock.move_to(client.previous_secret_expires_at - timedelta(seconds=1))
        assert [door(client, secret) for secret in (former, present, "x")] == [True, True, False]
        clock.move_to(client.previous_secret_expires_at)
        assert [door(client, secret) for secret in (former, present)] == [False, True]


def test_the_overlap_is_seven_days_unless_another_is_said() -> None:
    client, _secret = partner()
    with time_machine.travel(timezone.now(), tick=False):
        for overlap, said in ((timedelta(days=7), {}), (timedelta(hours=1), {"overlap": timedelta(hours=1)})):
            rotate_secret(client, **said)
            assert client.previous_secret_expires_at == timezone.now() + overlap


def test_a_third_secret_drops_the_first(overlapping: tuple[PartnerClient, str, str]) -> None:
    client, first, second = overlapping
    third = rotate_secret(client)
    assert [link(client, secret) for secret in (first, second, third)] == [False, True, True]


def test_the_former_secret_can_be_ended_at_once(overlapping: tuple[PartnerClient, str, str]) -> None:
    client, former, present = overlapping
    revoke_previous_secret(client)
    assert [link(client, secret) for secret in (former, present)] == [False, True]
    revoke_previous_secret(client)
    assert link(client, present)


def test_a_suspended_client_has_no_live_secret(overlapping: tuple[PartnerClient, str, str]) -> None:
    client, former, present = overlapping
    suspend_client(client)
    for secret in (former, present):
        headers = {"Authorization": basic(client.client_id, secret)}
        assert Client().get("/identity/v4/clients", headers=headers).json()["code"] == 40300


def test_a_client_that_staff_closed_is_not_suspended_by_an_older_page() -> None:
    client, _secret = partner()
    stale = PartnerClient.objects.get(pk=client.pk)
    close_client(client)
    suspend_client(stale)
    assert stale.status == "closed"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_rotations_at_once_leave_two_that_work() -> None:
    client, first = partner()
    secrets = at_once([lambda: rotate_secret(PartnerClient.objects.get(pk=client.pk))] * 4)
    assert len(set(secrets)) == 4
    assert sum(link(client, secret) for secret in secrets) == 2
    assert not link(client, first)


@pytest.mark.postgresql
def test_the_former_secret_costs_no_statement_more() -> None:
    a = pair()
    rotate_secret(a.client)
    assert link(a.client, a.secret)  # a.secret is the former one
    code = a.code()
    with statements_sent() as sent:
        a.exchange(code)
    assert len(sent) == 2


def test_what_is_stored_of_them_are_digests() -> None:
    a = pair()
    present = rotate_secret(a.client)
    row = str(PartnerClient.objects.values().get(pk=a.client.pk))
    assert a.secret not in row
    assert present not in row
