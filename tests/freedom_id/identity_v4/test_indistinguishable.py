"""Who has an account cannot be found out by asking: for an identifier that somebody has and one that nobody has,
status, headers, cookies, the shape of the body, the number of statements and the time are the same.

A look-up tells those whom staff lets look up; there, what nobody may find is like what there is not."""

import gc
import math
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freedom_id.domain.number_references import index_new_numbers, number_reference
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, Allowance, OneTimeCode, PartnerClient
from tests.factories.people import person, phone_of
from tests.freedom_id.identity_v4.parties import V4, Party, call, customer_headers, operator

pytestmark = pytest.mark.django_db
NOBODYS = "+998990000000"
ROUNDS = 30
UNLIKELY = 0.001
VISIBLE = 0.0005  # seconds
TRIES = 3
Act = Callable[[], Any]


def opener() -> Party:
    return operator("accounts.create", "accounts.operate", "customers.read")


def sign_up(who: Party, number: str) -> Act:
    return lambda: call("POST", f"{V4}/accounts", who.basic, {"mobile": number})


def code_of_a_sign_up(who: Party, number: str, method: str, body: Any = None) -> Act:
    begun = sign_up(who, number)().json()["data"]
    path = f"{V4}/accounts/{begun['id']}/otps/{begun['otp']['otp_id']}"
    return lambda: call(method, path, who.basic, body)


def resent_sign_up(who: Party, number: str) -> Act:
    return code_of_a_sign_up(who, number, "POST")


def wrong_sign_up(who: Party, number: str) -> Act:
    body = {"status": "verifying", "inputs": {"ref_code": "AAAA", "password": "x"}}
    return code_of_a_sign_up(who, number, "PUT", body)


def otps_of(who: Party, number: str) -> str:
    name = urlsafe_b64encode(number_reference(who.client, number)).decode().rstrip("=")
    return f"{V4}/accounts/{name}/otps"


def code(who: Party, number: str) -> Act:
    return lambda: call("POST", otps_of(who, number), who.basic, {"channel": "sms", "purpose": "step_up"})


def resent_code(who: Party, number: str) -> Act:
    otp = code(who, number)().json()["data"]["otp_id"]
    return lambda: call("POST", f"{otps_of(who, number)}/{otp}", who.basic)


def found(who: Party, number: str) -> Act:
    return lambda: call("GET", f"{V4}/accounts", who.basic, X_Account_Identifier=number)


def customer(who: Party, number: str) -> Act:
    headers, body = customer_headers(who.client), {"mobile": number, "channel": "CRM"}
    return lambda: call("POST", f"{V4}/customers/lookup", who.basic, body, **headers)


def identified(who: Party, number: str) -> Act:
    return lambda: Client().post("/login", {"identifier": number})


def recovered(who: Party, number: str) -> Act:
    browser = Client()
    browser.post("/login", {"identifier": number})
    return lambda: browser.post("/login/code/send")


def wrong_recovery(who: Party, number: str) -> Act:
    browser = Client()
    browser.post("/login", {"identifier": number})
    browser.post("/login/code/send")
    return lambda: browser.post("/login/code", {"code": "12345"})


def registered(who: Party, number: str) -> Act:
    return lambda: Client().post("/login/new", {"identifier": number})


def shown_registration(who: Party, number: str) -> Act:
    browser = Client()
    browser.post("/login/new", {"identifier": number})
    return lambda: browser.get("/login/code")


def wrong_registration(who: Party, number: str) -> Act:
    browser = Client()
    browser.post("/login/new", {"identifier": number})
    return lambda: browser.post("/login/code", {"code": "12345"})


REGISTERED = [registered, shown_registration, wrong_registration]
ASKED = [sign_up, resent_sign_up, wrong_sign_up, code, resent_code, identified, recovered, wrong_recovery]
LOOKED_UP = [found, customer]
PROBES = [*ASKED, *REGISTERED, *LOOKED_UP]


@pytest.fixture
def somebodys() -> str:
    """The number of somebody who may sign in."""
    return phone_of(person())


@pytest.fixture
def probed(request: pytest.FixtureRequest, somebodys: str) -> tuple[Callable[[str], Act], str]:
    """What is asked about a number, and the number that somebody has: blocked, where an active one is told."""
    probe, who = request.param, opener()
    index_new_numbers()
    if probe in LOOKED_UP:
        Account.objects.filter(credentials__value_index__gt="").update(status=AccountStatus.BLOCKED)

    return lambda number: probe(who, number), somebodys


def forget() -> None:
    """What was asked in the last hour, and how often a code was tried and resent."""
    Allowance.objects.all().delete()
    OneTimeCode.objects.update(attempts=0, resends=0)


def shape(value: Any) -> Any:
    """Of JSON: the names and the kinds and lengths of what stands under them."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return type(value), len(str(value))


def seen(answer: Any) -> Any:
    body = shape(answer.json()) if "json" in answer.headers.get("Content-Type", "") else bool(answer.content)
    cookies = {name: (len(cookie.value), cookie["max-age"], cookie["path"]) for name, cookie in answer.cookies.items()}
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return answer.status_code, headers, cookies, body


by_probe = pytest.mark.parametrize("probed", PROBES, indirect=True, ids=lambda probe: probe.__name__)


@by_probe
def test_answers_and_statements_are_the_same(probed: Any) -> None:
    prepared, somebodys = probed
    told, asked_at = [], datetime.now(UTC)  # at one moment, for some headers hold it
    for number in (somebodys, NOBODYS, somebodys, NOBODYS):
        act = prepared(number)
        forget()
        PartnerClient.objects.update(secret_used_at=asked_at)  # the first use of a secret in an hour is kept
        with CaptureQueriesContext(connection) as sent, time_machine.travel(asked_at, tick=False):
            answer = act()
        told.append((seen(answer), len(sent)))
    assert told[0] == told[1]
    assert told[2] == told[3]


@by_probe
def test_the_time_is_the_same(probed: Any) -> None:
    """By ranks, thirty of each in turn; a difference of half a millisecond that chance makes once in a thousand times
    has to come three times. The time by the clock, and by the processor, which other work does not blur."""
    prepared, somebodys = probed
    told = {"clock", "processor"}
    for _try in range(TRIES):
        if told:
            told &= what_tells(prepared, somebodys)
    assert not told


def what_tells(prepared: Callable[[str], Act], somebodys: str) -> set[str]:
    """Which of the two times tells the two numbers apart."""
    acts = {somebodys: prepared(somebodys), NOBODYS: prepared(NOBODYS)}
    taken: dict[str, list[tuple[float, float]]] = {number: [] for number in acts}
    gc.disable()
    try:
        for number in [somebodys, NOBODYS, NOBODYS, somebodys] * (ROUNDS // 2):
            forget()
            began = time.perf_counter(), time.thread_time()
            acts[number]()
            taken[number].append((time.perf_counter() - began[0], time.thread_time() - began[1]))
    finally:
        gc.enable()
    pairs = zip(zip(*taken[somebodys], strict=True), zip(*taken[NOBODYS], strict=True), strict=True)
    return {
        name
        for name, (some, others) in zip(("clock", "processor"), pairs, strict=True)
        if probability_of_chance(some, others) < UNLIKELY and abs(median(some) - median(others)) > VISIBLE
    }


def probability_of_chance(some: Sequence[float], others: Sequence[float]) -> float:
    """Of two samples this far apart: Mann and Whitney's U, two-sided, by the normal distribution."""
    above = sum((one > other) + (one == other) / 2 for one in some for other in others)
    mean, size = len(some) * len(others) / 2, len(some) + len(others)
    deviation = math.sqrt(mean * (size + 1) / 6)
    return math.erfc(abs(above - mean) / deviation / math.sqrt(2))


def test_the_rank_test_sees_a_difference_and_no_difference() -> None:
    evenly = [float(number) for number in range(30)]
    assert probability_of_chance(evenly, evenly) == 1
    assert probability_of_chance(evenly, [number + 15 for number in evenly]) < UNLIKELY
    # By hand: three pairs are the other way round, so U is 3, and z is (12.5 - 3) / 4.787.
    assert probability_of_chance([1, 2, 3, 4, 5], [3.5, 4.5, 5.5, 6.5, 7.5]) == pytest.approx(0.0472, abs=1e-4)


def test_who_may_not_look_up_is_told_nothing(somebodys: str) -> None:
    who = operator("accounts.create")
    for probe in (found, customer, code):
        answers = [probe(who, number)() for number in (somebodys, NOBODYS)]
        assert answers[0].status_code == 403
        assert answers[0].content == answers[1].content
