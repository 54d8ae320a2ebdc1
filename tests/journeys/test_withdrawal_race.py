"""Fifty calls of a partner's backend at any moment, through granian, while the person withdraws: first one item, then
everything. `ROUNDS=200 ./run test tests/journeys/test_withdrawal_race.py -s` is the long run."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, cycle, islice
from threading import Barrier, Event
from uuid import uuid4

import pytest

from freedom_id.enums import Door
from freedom_id.grants import CLAIMS, PROFILE, grants_for_scopes
from freedom_id.grants import GRANTS as ALL_GRANTS
from tests.freedom_id.api.backend import Answer
from tests.journeys.both_doors import DOORS, GRANTS, Sharing, Tokens, is_invalid_token, is_refused, sharing
from tests.servers.portal import Portal

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
USERS = 50
LONGEST_PAUSE = 0.15  # about what a call takes among fifty
PHONE = "read.phone"
DATA = frozenset(GRANTS) - {PROFILE}
# What the answer of each act tells when it tells everything.
WHOLE = {
    "info": DATA,
    "userinfo": DATA,
    "check": frozenset(GRANTS),
    "check by credentials": frozenset(GRANTS),
    "evaluation": frozenset({PHONE}),
    "profile": frozenset(),
    "profile status": frozenset(),
    "exchange": frozenset(GRANTS),
    "refresh": frozenset(GRANTS),
}
Act = Callable[[], tuple[str, Answer]]


@dataclass(frozen=True)
class Call:
    act: str
    began: float
    ended: float
    answer: Answer

    @property
    def works(self) -> bool:
        return self.answer.status == 200

    @property
    def told(self) -> frozenset[str]:
        """The grants whose data, or whose yes, is in the answer."""
        body = self.answer.json()
        if "decisions" in body:
            return frozenset(item["name"] for item in body["decisions"] if item["allowed"])
        if "decision" in body:
            return frozenset({PHONE} if body["decision"] else ())
        if "access_token" in body:
            return frozenset(body["grants"] if "grants" in body else grants_for_scopes(body["scope"].split()))
        fields = {code: grant.field for code, grant in ALL_GRANTS.items()}
        return frozenset(code for code, field in fields.items() if {field, CLAIMS.get(field)} & set(body))


@dataclass(frozen=True)
class Round:
    """What each user did, in its order, and when the answers to the two withdrawals were there."""

    users: Sequence[Sequence[Call]]
    narrowed: float
    ended: float


def reading(a: Sharing, tokens: dict[Door, Tokens], refreshed: dict[Door, Tokens]) -> list[Act]:
    """Acts that may be repeated by many at once. All refresh the same token, which is within its grace."""
    opaque, jwt = (tokens[door]["access_token"] for door in DOORS)
    return [
        lambda: ("info", a.info(opaque)),
        lambda: ("info", a.info(jwt)),
        lambda: ("userinfo", a.userinfo(jwt)),
        lambda: ("check", a.check(opaque)),
        lambda: ("check", a.check(jwt)),
        lambda: ("check by credentials", a.check_by_credentials()),
        lambda: ("evaluation", a.evaluate(jwt)),
        lambda: ("profile", a.backend.get_profile(opaque, str(uuid4()))),
        lambda: ("profile status", a.backend.profile_status(opaque, str(uuid4()))),
        *(refresh_again(a, door, refreshed[door]["refresh_token"]) for door in DOORS),
    ]


def refresh_again(a: Sharing, door: Door, refresh_token: str) -> Act:
    return lambda: ("refresh", a.refresh(door, refresh_token))


def refresh_on(a: Sharing, door: Door, tokens: Tokens) -> Act:
    """Each time the token that came last, and between the refreshes a look at what it opens."""
    turn = cycle(("refresh", "info"))

    def act() -> tuple[str, Answer]:
        if next(turn) == "info":
            return "info", a.info(tokens["access_token"])
        answer = a.refresh(door, tokens["refresh_token"])
        tokens.update(answer.json() if answer.status == 200 else {})
        return "refresh", answer

    return act


def buy(a: Sharing, door: Door, code: str, tokens: Tokens) -> Act:
    """Some looks with other tokens, the exchange at a random turn, and then looks at what it bought."""
    held, turn, moment = dict(tokens), count(), random.randrange(8)

    def act() -> tuple[str, Answer]:
        if next(turn) != moment:
            return "info", a.info(held["access_token"])
        answer = a.exchange(door, code)
        held.update(answer.json() if answer.status == 200 else {})
        return "exchange", answer

    return act


def fifty(a: Sharing) -> list[Act]:
    tokens, refreshed, chained = ({door: a.tokens(door) for door in DOORS} for _sign_in in range(3))
    alone = [refresh_on(a, door, chained[door]) for door in DOORS]
    alone += [buy(a, door, a.code(door), tokens[door]) for door in (*DOORS, *DOORS)]
    return [*alone, *islice(cycle(reading(a, tokens, refreshed)), USERS - len(alone))]


def run(a: Sharing, threads: ThreadPoolExecutor) -> Round:
    """One round: everybody starts together, and each calls once more when everything is withdrawn."""
    acts, over, start = fifty(a), Event(), Barrier(USERS + 1)
    page = a.walk.get(f"/me/apps/{a.live.pk}/withdraw/")

    def use(act: Act) -> list[Call]:
        calls = []
        start.wait(timeout=30)
        while True:
            is_last, began = over.is_set(), time.monotonic()
            name, answer = act()
            calls.append(Call(name, began, time.monotonic(), answer))
            if is_last:
                return calls

    def press(query: str) -> float:
        time.sleep(random.uniform(0, LONGEST_PAUSE))
        answer = a.walk.browser.post(page.url + query, page.form("decision").fields, allow_redirects=False)
        assert answer.status_code == 302
        return time.monotonic()

    using = [threads.submit(use, act) for act in acts]
    start.wait(timeout=30)
    try:
        narrowed, ended = press(f"?grant={PHONE}"), press("")
    finally:
        over.set()
    return Round([future.result(timeout=60) for future in using], narrowed, ended)


def judge(one: Round) -> None:
    for calls in one.users:
        for call in calls:
            require_consistent(call)
            assert not (call.began > one.ended and call.works), f"{call.act} worked after everything was withdrawn"
            assert not (call.began > one.narrowed and PHONE in call.told), f"{call.act} told what was withdrawn"
        for seen in ([call.works for call in calls], [PHONE in call.told for call in calls]):
            assert seen == sorted(seen, reverse=True), "what was once gone came back"


def require_consistent(call: Call) -> None:
    """Everything, everything but the phone, or a clear no: never a mixture, never a failure of ours."""
    if call.works:
        assert call.told in (WHOLE[call.act], WHOLE[call.act] - {PHONE}), call
    elif call.act == "check by credentials":
        assert call.answer.status == 404
    else:
        refused = is_refused if call.act in ("exchange", "refresh") else is_invalid_token
        assert refused(call.answer), call


def test_nothing_that_began_after_the_answer_succeeds(portal: Portal) -> None:
    a, counted = sharing(portal.url), Counter[str]()
    with ThreadPoolExecutor(USERS) as threads:
        for _round in range(ROUNDS):
            one = run(a, threads)
            judge(one)
            counted.update(what_happened(one))
    print(f"\n{ROUNDS} rounds: " + ", ".join(f"{times} {what}" for what, times in counted.items()))
    assert {f"{act} worked" for act in WHOLE} < set(counted)
    assert {"under way when the answer came", "begun after the answer"} < set(counted)


def what_happened(one: Round) -> Iterator[str]:
    for call in (call for calls in one.users for call in calls):
        yield "calls"
        if call.works:
            yield f"{call.act} worked"
        if call.began > one.ended:
            yield "begun after the answer"
        elif call.ended > one.ended:
            yield "under way when the answer came"
