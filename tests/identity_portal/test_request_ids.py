"""One id for what a request causes: in its answer, in each of its log lines, and in those of its tasks."""

import json
import logging
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.test import RequestFactory

from freedom_id.request_id import NONE, adopt_request_id, current_request_id
from identity_portal.celery import app
from identity_portal.logs import JsonFormatter, WithRequestId
from identity_portal.wsgi import application
from tests import leaks
from tests.factories.people import person, phone_of
from tests.faults.waiting import wait_until
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import portal as run_portal

pytestmark = pytest.mark.django_db

DRAWN = re.compile(r"[0-9a-f]{32}")
PATHS = ["/livez", "/partners/button/"]  # with the middleware of pages, and without


@pytest.fixture(autouse=True)
def of_no_request() -> Iterator[None]:
    adopt_request_id(NONE)
    yield
    adopt_request_id(NONE)


@pytest.fixture
def behind_a_proxy(settings: Any) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"TRUSTED_PROXIES": 1}


def answered_id(path: str = "/livez", **headers: str) -> str:
    """By the portal's WSGI application: a test client passes by it."""
    found: list[str] = []

    def start_response(_status: str, headers: list[tuple[str, str]], *_rest: Any) -> None:
        found.extend(value for name, value in headers if name == "X-Request-Id")

    b"".join(application(RequestFactory().get(path, headers=headers).environ, start_response))
    [request_id] = found
    assert request_id == current_request_id()
    return request_id


@pytest.mark.parametrize("path", PATHS)
def test_each_request_has_an_id_of_its_own(path: str) -> None:
    first, second = answered_id(path), answered_id(path)
    assert DRAWN.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["hex", "uuid"])
def test_the_proxy_may_draw_it(behind_a_proxy: None, path: str, form: str) -> None:
    given = uuid4().hex if form == "hex" else str(uuid4())
    assert answered_id(path, **{"X-Request-Id": given}) == given


def test_without_a_proxy_nobody_is_believed() -> None:
    given = uuid4().hex
    assert answered_id(**{"X-Request-Id": given}) != given


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("", id="nothing"),
        pytest.param("a" * 31, id="too short"),
        pytest.param("a" * 33, id="too long"),
        pytest.param("A" * 32, id="capitals"),
        pytest.param("a" * 32 + "\n", id="a line of its own"),
        pytest.param("+998901234567", id="a number"),
        pytest.param("ａ" * 32, id="letters of another width"),
    ],
)
def test_what_is_not_well_formed_is_not_taken_over(behind_a_proxy: None, given: str) -> None:
    assert DRAWN.fullmatch(answered_id(**{"X-Request-Id": given}))


@pytest.fixture
def json_log() -> Iterator[StringIO]:
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(WithRequestId())
    handler.setFormatter(JsonFormatter())
    logging.getLogger("tests.logs").addHandler(handler)
    yield out
    logging.getLogger("tests.logs").removeHandler(handler)


def test_a_line_is_one_json_object_with_the_id_whatever_is_in_it(json_log: StringIO) -> None:
    request_id = answered_id()
    logger = logging.getLogger("tests.logs")
    logger.warning('a "quoted" word,\na line, and %s', "Дилноза")
    try:
        raise ValueError("wrong")
    except ValueError:
        logger.exception("unforeseen")
    first, second = map(json.loads, json_log.getvalue().splitlines())
    assert first | {"time": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": "tests.logs",
        "request_id": request_id,
        "message": 'a "quoted" word,\na line, and Дилноза',
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", first["time"])
    assert (second["exception"][0], second["exception"][-1]) == (
        "Traceback (most recent call last):",
        "ValueError: wrong",
    )


def test_half_a_character_is_a_line_too() -> None:
    record = logging.makeLogRecord({"msg": "half \ud800"})
    WithRequestId().filter(record)
    assert json.loads(JsonFormatter().format(record))["message"] == "half \ud800"


def test_what_must_not_be_logged_is_found_in_json_too(json_log: StringIO) -> None:
    answered_id()
    logging.getLogger("tests.logs").error("nothing of worth")
    assert leaks.leaks_in(json_log.getvalue()) == []
    logging.getLogger("tests.logs").error("sent to\n+998901234567")
    assert leaks.leaks_in(json_log.getvalue()) == ["+998901234567"]
    leaks.forget()  # it was said on purpose


@app.task(name="tests.which_request")
def which_request() -> str:
    return current_request_id()


@pytest.mark.parametrize("within", [True, False])
def test_a_task_is_sent_with_the_id_of_its_request(within: bool) -> None:
    request_id = answered_id() if within else NONE
    with app.connection_for_write("memory://") as broker:
        which_request.apply_async(connection=broker, queue="tests")
        [message] = [broker.SimpleQueue("tests").get(timeout=1)]
    assert message.headers["request_id"] == request_id


def test_a_task_that_no_request_sent_has_no_id_and_leaves_none() -> None:
    answered_id()
    assert which_request.apply().get() == NONE
    assert current_request_id() == NONE


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_workers_lines_have_the_id_of_the_request_that_caused_them() -> None:
    """Through real processes: a page asks for a code, and no gateway takes it."""
    account, given = person(), uuid4().hex
    settings = {"DJANGO_SETTINGS_MODULE": "tests.identity_portal.no_gateway", "LOG_FORMAT": "json"}
    with run_portal(TRUSTED_PROXIES="1", **settings) as portal, requests.Session() as browser:
        portal.start_worker()
        browser.headers["X-Request-Id"] = given
        walk = FreedomWalk(browser, portal.url)
        page = walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))
        fields = {"csrfmiddlewaretoken": page.form("password").fields["csrfmiddlewaretoken"]}
        walk.fetch("POST", "/login/code/send", fields)
        wait_until(lambda: "not taken" in portal.log("worker"), seconds=30, what="no line")
        lines = [json.loads(line) for line in portal.log("worker").splitlines() if line.startswith("{")]
    [line] = [line for line in lines if "not taken" in line["message"]]
    assert (line["request_id"], line["level"], line["logger"]) == (given, "WARNING", "freedom_id.domain.code_messages")
