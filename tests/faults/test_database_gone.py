"""Connections cut, and a database that takes none: success or 503 with Retry-After, never a 500, and then all is well
again by itself."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from uuid import uuid4

import psycopg
import pytest
import requests
from django.conf import settings
from django.db import connection
from django.utils import timezone

from freedom_id.enums import ProfileState
from freedom_id.models import ProfileRequest
from tests.factories.people import REDIRECT_URI, phone_of
from tests.faults.conftest import sweep_by_worker
from tests.faults.partnership import Partnership, connected
from tests.faults.waiting import wait_until
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal
from tests.servers.valkey import Valkey

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND pid <> ALL(%s) AND backend_type = 'client backend'
"""
Request = Callable[[], requests.Response]


def cut_connections() -> None:
    """Every connection to the test's database but our own."""
    connection.ensure_connection()
    own = [connection.connection.info.backend_pid]
    with connection.cursor() as cursor:
        cursor.execute(CUT, [connection.settings_dict["NAME"], own])


@contextmanager
def database_gone() -> Iterator[None]:
    """Nobody gets a connection and nobody keeps one."""
    name, server = connection.settings_dict["NAME"], settings.DATABASES["default"] | {}
    connection.close()
    address = {"dbname": "postgres", "user": server["USER"], "host": server["HOST"] or server["OPTIONS"].get("host")}
    with psycopg.connect(**address, autocommit=True) as outside:
        outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            outside.execute(CUT, [name, [outside.info.backend_pid]])
            yield
        finally:
            outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def doors(portal: Portal, partnership: Partnership, person: requests.Session) -> dict[str, Request]:
    """One request for each kind of work: lean statements, the ORM, pages with and without a session."""
    bearer = {"Authorization": f"Bearer {partnership.tokens.access_token}"}
    basic = (partnership.client.client_id, partnership.secret)
    api, backend = f"{portal.url}/api/v1/oauth", requests.Session()
    backend.trust_env = False
    link = {"redirect_uri": REDIRECT_URI, "grants": ["read.firstname"]}
    form = {"grant_type": "refresh_token", "refresh_token": "unknown"}
    page = {"allow_redirects": False, "timeout": 15}
    return {
        "link": lambda: backend.post(f"{api}/authorize", json=link, auth=basic, timeout=15),
        "info": lambda: backend.get(f"{api}/user", headers=bearer, timeout=15),
        "profile": lambda: backend.post(
            f"{api}/get-profile", json={"request_id": str(uuid4())}, headers=bearer, timeout=15
        ),
        "token": lambda: backend.post(f"{portal.url}/oauth2/token", data=form, auth=basic, timeout=15),
        "userinfo": lambda: backend.get(f"{portal.url}/oauth2/userinfo", headers=bearer, timeout=15),
        "sign-in page": lambda: requests.get(f"{portal.url}/login?track_id={uuid4()}", **page),
        "own pages": lambda: person.get(f"{portal.url}/me/", **page),
    }


@pytest.fixture
def requests_by_kind(faulty: Portal) -> Iterator[dict[str, Request]]:
    partnership = connected()
    with requests.Session() as browser:
        browser.trust_env = False
        FreedomWalk(browser, faulty.url).sign_in("/login", phone_of(partnership.account))
        yield doors(faulty, partnership, browser)


def is_excused(answer: requests.Response) -> bool:
    return answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0


def test_after_a_cut_the_next_request_succeeds_or_may_be_repeated(requests_by_kind: dict[str, Request]) -> None:
    for kind, request in requests_by_kind.items():
        usual = {request().status_code for _warm in range(8)}
        cut_connections()
        answers = [request() for _again in range(8)]
        assert all(answer.status_code in usual or is_excused(answer) for answer in answers), (kind, answers)
        assert request().status_code in usual, kind


def test_connections_cut_under_load_make_no_500(requests_by_kind: dict[str, Request]) -> None:
    stop = Event()

    def load(request: Request) -> list[requests.Response]:
        answers = []
        while not stop.is_set():
            answers.append(request())
        return answers

    with ThreadPoolExecutor(len(requests_by_kind)) as pool:
        loads = {kind: pool.submit(load, request) for kind, request in requests_by_kind.items()}
        for _cut in range(20):
            time.sleep(0.1)
            cut_connections()
        stop.set()
        answers = {kind: done.result(timeout=30) for kind, done in loads.items()}
    for kind, given in answers.items():
        bad = [answer for answer in given if answer.status_code >= 500 and not is_excused(answer)]
        assert given
        assert not bad, (kind, bad[0].status_code, bad[0].text[:300])


def test_while_the_database_is_gone_everything_says_503_and_then_recovers(
    requests_by_kind: dict[str, Request],
) -> None:
    usual = {kind: request().status_code for kind, request in requests_by_kind.items()}
    with database_gone():
        gone = {kind: request() for kind, request in requests_by_kind.items()}
    answers = {kind: request().status_code for kind, request in requests_by_kind.items()}
    assert {kind: answer.status_code for kind, answer in gone.items()} == dict.fromkeys(usual, 503)
    assert all(is_excused(answer) for answer in gone.values())
    assert answers == usual


def test_the_worker_finds_the_database_again(faulty: Portal, broker: Valkey) -> None:
    partnership = connected()
    faulty.start_worker()
    for _cut in range(3):
        assert partnership.ask(faulty.url, uuid4()).status_code == 200
        wait_until(
            lambda: ProfileRequest.objects.filter(state=ProfileState.RUNNING).exists(), seconds=30, what="no work"
        )
        cut_connections()
        ProfileRequest.objects.filter(state=ProfileState.RUNNING).update(due_at=timezone.now())
    sweep_by_worker(broker)
    wait_until(
        lambda: not ProfileRequest.objects.exclude(state=ProfileState.COMPLETED).exists(),
        seconds=30,
        what=faulty.log("worker"),
    )
