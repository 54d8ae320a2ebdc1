"""What is counted outlives its row: figures before and after a purge are the same; errors are counted when answered."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import CodeRequest, Recipient, ask_code, deliver_code, request_code
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.queries.figures import (
    Span,
    code_deliveries,
    errors_of_partners,
    profile_requests_now,
    sign_ins,
    usage_of,
)
from freedom_id.domain.usage_counts import count_error
from freedom_id.enums import ApiDoor, Channel
from freedom_id.models import AuthorizationRequest, OneTimeCode, ProfileRequest, TokenFamily, UsageCount
from tests.factories.people import email_of, partner, person, phone_of
from tests.freedom_id.api.backend import Backend, basic
from tests.freedom_id.domain.at_once import at_once
from tests.journeys.walk import FreedomWalk

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = timedelta(days=120)  # after the longest family


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def backend(**stated: Any) -> Backend:
    client, secret = partner(**stated)
    return Backend(client.client_id, secret)


def code_to(identifier: str, ip: str, *, reported: str = "", sent: bool = True) -> None:
    challenge = request_code(parse_identifier(identifier), ip=ip, locale="ru")
    if sent:
        deliver_code(str(challenge))
    if reported:
        OneTimeCode.objects.filter(pk=challenge).update(**{reported: timezone.now()})


def use(shop: Backend) -> None:
    """A link that nobody opened, a sign-in without an answer, a refusal, an agreement with tokens and a profile."""
    shop.link(locale="uz")
    shop.ask(person())
    walk, page = shop.ask(person())
    walk.consent(page, decision="deny")
    tokens = shop.tokens(person())
    shop.get_profile(tokens["access_token"], str(uuid4()))
    shop.info(tokens["access_token"])


def test_the_usage_of_a_partner_is_the_same_before_and_after_its_rows_are_purged(clock: Any) -> None:
    shop, other = backend(), backend(name="Other")
    use(shop)
    other.link()
    today, before = NOON.date(), usage_of(Span.of_last(90, partner=shop.client_id))
    assert before.requests == {
        "opened": {today: 1},
        "signed_in": {today: 1},
        "refused": {today: 1},
        "allowed": {today: 1},
    }
    assert (before.tokens, before.profiles, before.connections_read) == ({today: 1}, {today: 1}, 1)
    assert before.funnel == (4, 3, 1, 1)
    clock.shift(LATER)
    purge_expired()
    purge_expired()
    gone = (AuthorizationRequest, TokenFamily, ProfileRequest)
    assert [model.objects.count() for model in gone] == [0, 0, 0]
    after = usage_of(Span.of_last(200, partner=shop.client_id))
    assert (after.requests, after.tokens, after.profiles, after.funnel) == (
        before.requests,
        before.tokens,
        before.profiles,
        before.funnel,
    )


def test_the_period_the_partner_and_the_language_narrow_it(clock: Any) -> None:
    shop = backend()
    shop.link()
    shop.link(locale="uz")
    assert usage_of(Span.of_last(7, partner=shop.client_id)).funnel == (2, 0, 0, 0)
    assert usage_of(Span.of_last(7, partner=shop.client_id, locale="uz")).funnel == (1, 0, 0, 0)
    clock.shift(timedelta(days=7))
    assert usage_of(Span.of_last(7, partner=shop.client_id)).funnel == (0, 0, 0, 0)
    assert usage_of(Span.of_last(30, partner="somebody else")).funnel == (0, 0, 0, 0)
    purge_expired()
    assert usage_of(Span.of_last(30, partner=shop.client_id, locale="uz")).funnel[0] == 1


def test_codes_count_by_channel_country_and_what_became_of_them(clock: Any) -> None:
    account = person()
    code_to(phone_of(account), "10.0.0.1", reported="delivered_at")
    code_to(email_of(account), "10.0.0.2")
    code_to("+77011234567", "10.0.0.3", reported="undelivered_at")
    code_to("+998901112233", "10.0.0.4", sent=False)
    waiting = {
        ("sms", "UZ", "delivered"): 1,
        ("email", "", "sent"): 1,
        ("sms", "KZ", "undelivered"): 1,
        ("sms", "UZ", "waiting"): 1,
    }
    assert code_deliveries(Span.of_last(7)) == waiting
    clock.shift(timedelta(minutes=6))
    over = {key: number for key, number in waiting.items() if key[2] != "waiting"} | {("sms", "UZ", "unsent"): 1}
    assert code_deliveries(Span.of_last(7)) == over
    clock.shift(timedelta(days=2))
    purge_expired()
    assert not OneTimeCode.objects.exists()
    assert code_deliveries(Span.of_last(7)) == over
    assert code_deliveries(Span.of_last(7, locale="ru")) == over
    assert code_deliveries(Span.of_last(7, locale="kk")) == {}


def test_a_code_for_nobody_and_one_that_was_replaced_before_it_went_out_were_no_messages(clock: Any) -> None:
    client, _secret = partner()
    nobody = parse_identifier("+998907654321")
    asked = ask_code(Recipient(None, Channel.SMS, nobody.value, nobody.index), CodeRequest("10.0.0.1", client=client))
    deliver_code(str(asked.pk))
    code_to("+998901112233", "10.0.0.2", sent=False)
    clock.shift(timedelta(minutes=2))
    code_to("+998901112233", "10.0.0.2")
    found = code_deliveries(Span.of_last(7))
    clock.shift(timedelta(days=2))
    purge_expired()
    assert found == code_deliveries(Span.of_last(7)) == {("sms", "UZ", "sent"): 1}


def test_sign_ins_count_by_what_was_shown_first(clock: Any) -> None:
    account = person()
    FreedomWalk(Client()).sign_in("/me/", phone_of(account))
    clock.shift(timedelta(days=1))
    FreedomWalk(Client()).sign_in("/me/", email_of(account))
    today = NOON.date()
    assert sign_ins(Span.of_last(7)) == {"password": {today: 1, today + timedelta(days=1): 1}}


def test_profile_requests_count_by_state_and_age(clock: Any) -> None:
    shop = backend()
    token = shop.tokens(person())["access_token"]
    for wait in (0, 5):
        clock.shift(timedelta(minutes=wait))
        shop.get_profile(token, str(uuid4()))
    assert profile_requests_now(Span.of_last(7)) == {("accepted", 0): 1, ("accepted", 1): 1}
    assert profile_requests_now(Span.of_last(7, partner="somebody else")) == {}


def test_an_error_of_each_door_is_counted_for_the_client_that_got_it(clock: Any) -> None:
    shop = backend()
    shop.link(grants=["no.such"])
    shop.token("x" * 64)
    Backend(shop.client_id, "wrong").link()
    browser, proof = Client(), {"Authorization": basic(shop.client_id, shop.secret)}
    browser.get("/identity/v4/accounts/12345678", headers=proof)
    browser.post(
        "/oauth2/token", "grant_type=authorization_code&code=x", "application/x-www-form-urlencoded", headers=proof
    )
    doors = {(door, code) for client, door, code in errors_of_partners(Span.of_last(7)) if client == shop.client_id}
    assert {("freedom_id", "fields"), ("freedom_id", "100101"), ("freedom_id", "100104")} <= doors
    assert {door for door, _code in doors} == {"freedom_id", "identity", "oauth"}
    assert errors_of_partners(Span.of_last(7, partner="somebody else")) == {}
    assert errors_of_partners(Span.of_last(7, partner=shop.client_id, locale="ru")) != {}


def test_successes_and_unknown_clients_are_no_errors(clock: Any) -> None:
    shop = backend()
    shop.info(shop.tokens(person())["access_token"])
    Backend("nobody", "secret").link()
    Client().post("/oauth2/token", "grant_type=x&client_id=%00", "application/x-www-form-urlencoded")
    assert not UsageCount.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_answer_does_not_fail_because_nothing_can_be_counted() -> None:
    shop = backend()
    try:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE freedom_id_usagecount RENAME TO elsewhere")
        assert shop.link(grants=["no.such"]).status == 422
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO freedom_id_usagecount")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_purges_and_many_errors_at_once_lose_and_double_nothing() -> None:
    shop = backend()
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        for _number in range(20):
            shop.link()
    errors = [lambda: count_error(shop.client_id, ApiDoor.IDENTITY, 40400)] * 6
    at_once([purge_expired, purge_expired, *errors])
    purge_expired()
    found = usage_of(Span.of_last(7, partner=shop.client_id))
    assert (found.funnel[0], found.errors) == (20, {("identity", "40400"): 6})
