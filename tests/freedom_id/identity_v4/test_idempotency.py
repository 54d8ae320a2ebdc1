"""`Idempotency-Key` on rows 4 and 5."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from consents.models import AnsweredKey, ConsentTransaction, Receipt
from freedom_id.domain.purge import purge_expired
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.identity_v4.parties import (
    Party,
    ask_at,
    call,
    id_of,
    operator,
    party,
    payload,
    publish,
    refusal,
)

pytestmark = pytest.mark.django_db
Send = Callable[..., Any]


def allow(who: Party, token: str, name: str, key: str | None = "k", **headers: str) -> Any:
    if key is not None:
        headers["Idempotency_Key"] = key
    body = {"purposes": [{"Id": str(id_of(name))}]}
    return call("POST", who.path("consents/transactions/allow"), token, body, **headers)


def withdraw(who: Party, token: str, name: str, key: str | None = "k", **headers: str) -> Any:
    if key is not None:
        headers["Idempotency_Key"] = key
    body = {"PurposeId": str(id_of(name))}
    return call("PUT", who.path("consents/transactions/withdraw"), token, body, **headers)


def asking(who: Party, *names: str) -> None:
    for name in names:
        publish(name)
    ask_at(who.client, *names)


def written() -> tuple[int, int]:
    return ConsentTransaction.objects.count(), Receipt.objects.count()


@pytest.mark.parametrize("send", [allow, withdraw])
def test_the_same_call_is_answered_to_the_byte_and_writes_nothing(shop: Party, send: Send) -> None:
    asking(shop, "news")
    token = shop.token()
    allow(shop, token, "news", None)
    first = send(shop, token, "news")
    after = written()
    for _time in range(3):
        again = send(shop, token, "news")
        assert (again.status_code, again.content, str(again.headers)) == (200, first.content, str(first.headers))
    assert written() == after
    payload(send(shop, token, "news", None), "report_dashboard")
    assert written()[0] == after[0] + 1


def test_another_call_with_the_key_is_refused(shop: Party) -> None:
    asking(shop, "news", "offers")
    token = shop.token()
    payload(allow(shop, token, "news"), "report_dashboard")
    after = written()
    assert refusal(allow(shop, token, "offers")) == (422, 42203)
    assert refusal(withdraw(shop, token, "news")) == (422, 42203)
    assert written() == after


def test_a_key_belongs_to_the_client_and_the_person(shop: Party) -> None:
    asking(shop, "news", "offers")
    payload(allow(shop, shop.token(), "news"), "report_dashboard")
    neighbour = party()
    neighbour = Party(shop.client, shop.secret, neighbour.account)
    payload(allow(neighbour, neighbour.token(), "offers"), "report_dashboard")
    centre = operator("accounts.operate")
    payload(withdraw(shop, centre.basic, "offers"), "report_dashboard")
    assert AnsweredKey.objects.count() == 3


def test_a_refusal_is_not_kept(shop: Party) -> None:
    publish("news")
    token = shop.token()
    assert refusal(allow(shop, token, "news")) == (422, 42202)
    ask_at(shop.client, "news")
    payload(allow(shop, token, "news"), "report_dashboard")
    assert shop.status("news") == "active"


@pytest.mark.parametrize("key", ["", "é", "a\tb", "x" * 256])
def test_an_odd_key_is_refused_and_nothing_written(shop: Party, key: str) -> None:
    asking(shop, "news")
    token = shop.token()
    before = written()
    answer = allow(shop, token, "news", key)
    assert (refusal(answer), list(answer.json()["errors"])) == ((400, 40001), ["Idempotency-Key"])
    assert written() == before
    payload(allow(shop, token, "news", "x" * 255), "report_dashboard")


def test_a_key_is_good_for_a_day(shop: Party) -> None:
    asking(shop, "news")
    payload(allow(shop, shop.token(), "news"), "report_dashboard")
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59), tick=False):
        purge_expired()
        assert AnsweredKey.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1), tick=False):
        purge_expired()
        assert not AnsweredKey.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_thousand_posts_of_one_key_from_twenty_threads_write_one_row(shop: Party) -> None:
    asking(shop, "news")
    token = shop.token()
    before = written()

    def fifty() -> set[tuple[int, bytes]]:
        return {(answer.status_code, answer.content) for answer in (allow(shop, token, "news") for _n in range(50))}

    answers = at_once([fifty] * 20)
    assert [answer for answer in answers if isinstance(answer, BaseException)] == []
    assert len(set().union(*answers)) == 1
    assert written() == (before[0] + 1, before[1] + 1)
    assert AnsweredKey.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_calls_under_one_key_at_once_never_both_write(shop: Party) -> None:
    asking(shop, "news", "offers")
    token = shop.token()
    for number in range(5):
        before = written()[0]
        answers = at_once(
            [lambda name=name, n=number: allow(shop, token, name, f"k{n}") for name in ("news", "offers")]
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422]
        assert written()[0] == before + 1
