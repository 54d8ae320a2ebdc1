"""One code and one refresh token of the standard door between many, through granian (security.md T1 to T3).

`ROUNDS=50 ./run test tests/journeys/test_token_races.py -s` is the long run: each ending 50 times, a code 20 times
between a hundred, a refresh token 20 times between fifty."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.utils import timezone

from freedom_id.domain.accounts import block_account
from freedom_id.domain.client_status import resume_client, suspend_client
from freedom_id.domain.closing import close_account
from freedom_id.domain.credentials import PersonsAct
from freedom_id.enums import Door
from freedom_id.models import BrowserSignIn
from tests.factories.people import person
from tests.freedom_id.api.backend import Answer
from tests.journeys.both_doors import Sharing, Tokens, is_invalid_token, is_refused, sharing
from tests.servers.portal import Portal

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = int(os.environ.get("ROUNDS", "2"))
ROUNDS_OF_ONE = min(ROUNDS, 20)
REFRESHERS = 4
LONGEST_PAUSE = 0.1
# A suspended client is unknown, and one that goes on nevertheless meets the limit of failed authentications.
ENDED = {"invalid_grant", "unauthorized_client", "invalid_client", "temporarily_unavailable"}


def at_once(threads: ThreadPoolExecutor, number: int, call: Callable[[], Answer]) -> list[Answer]:
    start = Barrier(number)

    def race(_number: int) -> Answer:
        start.wait(timeout=30)
        return call()

    return list(threads.map(race, range(number)))


def silent_code(a: Sharing) -> str:
    return a.ask(Door.OAUTH, prompt="none").returned["code"]


def test_a_code_between_a_hundred_is_exchanged_once_and_its_replay_ends_what_it_bought(portal: Portal) -> None:
    """RFC 6749 §4.1.2."""
    a = sharing(portal.url)
    a.tokens(Door.OAUTH)
    with ThreadPoolExecutor(100) as threads:
        for _round in range(ROUNDS_OF_ONE):
            code = silent_code(a)
            answers = at_once(threads, 100, lambda code=code: a.exchange(Door.OAUTH, code))  # type: ignore[misc]
            [won] = [answer.json() for answer in answers if answer.status == 200]
            assert all(is_refused(answer) for answer in answers if answer.status != 200)
            assert is_invalid_token(a.userinfo(won["access_token"]))
            assert is_refused(a.refresh(Door.OAUTH, won["refresh_token"]))


def test_a_refresh_token_between_fifty_has_one_successor(portal: Portal) -> None:
    """RFC 9700 §4.14.2."""
    a = sharing(portal.url)
    tokens = a.tokens(Door.OAUTH)
    with ThreadPoolExecutor(50) as threads:
        for _round in range(ROUNDS_OF_ONE):
            presented = tokens["refresh_token"]
            answers = at_once(threads, 50, lambda token=presented: a.refresh(Door.OAUTH, token))  # type: ignore[misc]
            assert {answer.status for answer in answers} == {200}
            assert len({answer.json()["refresh_token"] for answer in answers}) == 1
            tokens = answers[0].json()
    assert a.userinfo(tokens["access_token"]).status == 200


def revoke(a: Sharing, tokens: Tokens) -> None:
    assert a.revoke(tokens["refresh_token"]).status == 200


def log_out(a: Sharing, _tokens: Tokens) -> None:
    page = a.walk.get("/oauth2/logout")
    assert a.walk.post(page, "decision", decision="sign_out").status == 200


def withdraw(a: Sharing, _tokens: Tokens) -> None:
    assert a.stop().status == 200


def suspend(a: Sharing, _tokens: Tokens) -> None:
    suspend_client(a.client)


def block(a: Sharing, _tokens: Tokens) -> None:
    block_account(a.account)


def close(a: Sharing, _tokens: Tokens) -> None:
    """What her page for it calls."""
    sign_in = BrowserSignIn(started_at=timezone.now(), stepped_up_at=timezone.now())
    close_account(PersonsAct(a.account, None, None, "", sign_in=sign_in))


@pytest.mark.parametrize("end", [revoke, log_out, withdraw, suspend, block, close], ids=lambda end: end.__name__)
def test_nothing_survives_an_end_that_was_answered(portal: Portal, end: Callable[[Sharing, Tokens], None]) -> None:
    """One backend goes on from each successor to the next, others refresh the first token again and again, while it
    ends; then every token that anybody ever got is tried."""
    a, counted = sharing(portal.url), Counter[str]()
    with ThreadPoolExecutor(REFRESHERS + 1) as threads:
        for _round in range(ROUNDS):
            resume_client(a.client)
            a = with_new_person(a)
            got = race_against(a, threads, end)
            counted["tokens"] += len(got)
            for tokens in got:
                require_dead(a, tokens)
    print(f"\n{end.__name__}: {ROUNDS} rounds, {counted['tokens']} token sets, none alive")


def with_new_person(a: Sharing) -> Sharing:
    return Sharing(person(), a.client, a.secret, a.base_url)


def race_against(a: Sharing, threads: ThreadPoolExecutor, end: Callable[[Sharing, Tokens], None]) -> list[Tokens]:
    first = a.tokens(Door.OAUTH)
    over, start = Event(), Barrier(REFRESHERS + 2)

    def use(goes_on: bool) -> list[Tokens]:
        got, presented = [first], first["refresh_token"]
        start.wait(timeout=30)
        while True:
            is_last = over.is_set()
            answer = a.refresh(Door.OAUTH, presented)
            assert answer.status == 200 or answer.json()["error"] in ENDED, answer
            if answer.status == 200:
                got.append(answer.json())
                presented = got[-1]["refresh_token"] if goes_on else presented
            if is_last:
                return got

    using = [threads.submit(use, goes_on) for goes_on in (True, *[False] * REFRESHERS)]
    start.wait(timeout=30)
    time.sleep(random.uniform(0, LONGEST_PAUSE))
    try:
        end(a, first)
    finally:
        over.set()
    return unique([tokens for future in using for tokens in future.result(timeout=60)])


def unique(got: list[Tokens]) -> list[Tokens]:
    return list({tokens["refresh_token"] + tokens["access_token"]: tokens for tokens in got}.values())


def require_dead(a: Sharing, tokens: Tokens) -> None:
    assert is_invalid_token(a.userinfo(tokens["access_token"]))
    answer = a.refresh(Door.OAUTH, tokens["refresh_token"])
    assert answer.json()["error"] in ENDED, answer
