"""Fifty at once through granian, as a partner with a broken retry loop would: the figures of the contract's promise."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.factories.people import partner, person
from tests.freedom_id.api.backend import Answer, Backend
from tests.servers.portal import Portal

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
RACERS = 50


def fifty_times(call: Callable[[], Answer]) -> list[Answer]:
    start = Barrier(RACERS)

    def race(_number: int) -> Answer:
        start.wait()
        return call()

    with ThreadPoolExecutor(RACERS) as threads:
        return list(threads.map(race, range(RACERS)))


def test_fifty_exchanges_of_one_code_and_fifty_refreshes_of_one_token(portal: Portal) -> None:
    client, secret = partner()
    backend, account = Backend(client.client_id, secret, portal.url), person()
    walk, page = backend.ask(account, grants=["read.firstname", "read.phone"])
    code = walk.consent(page, grants=["read.phone"]).returned["authorization_code"]
    answers = fifty_times(lambda: backend.token(code))
    won = [answer.json() for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {answer.refusal for answer in answers if answer.status != 200} == {(400, 100101)}
    assert backend.info(won[0]["access_token"]).status == 401  # the replay ended what the code bought

    walk, page = backend.ask(account, grants=["read.firstname", "read.phone"])
    tokens = backend.token(walk.consent(page).returned["authorization_code"]).json()
    answers = fifty_times(lambda: backend.refresh(tokens["refresh_token"]))
    assert {answer.status for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert backend.info(answers[0].json()["access_token"]).status == 200
