"""/metrics: figures from the rows, for whoever has the token."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import request_code
from freedom_id.domain.profile_requests import submit_profile_request
from freedom_id.tasks import task_sweep
from tests.factories.people import phone_of
from tests.faults.partnership import connected

pytestmark = pytest.mark.django_db

TOKEN = "a token that every reader of this file knows"
SAMPLE = re.compile(r'([a-z_]+)(?:\{[a-z]+="([a-z_]+)"\})? ([0-9.e-]+)')
COMMENT = re.compile(r"# HELP [a-z_]+ .+|# TYPE [a-z_]+ gauge")
KINDS = [
    *("one_time_codes", "notices", "pushes", "profile_requests"),
    *("personal_copies", "account_erasures", "revoke_callbacks", "backchannel_logouts"),
]


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def scraped() -> dict[tuple[str, str | None], float]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    text = answer.content.decode()
    assert text.endswith("\n")
    samples = [line for line in text.splitlines() if not COMMENT.fullmatch(line)]
    matches = [SAMPLE.fullmatch(line) for line in samples]
    assert all(matches), samples
    return {(match[1], match[2]): float(match[3]) for match in matches if match}


def test_without_the_setting_there_is_nothing(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for given in ("", "Bearer ", "Bearer x"):
        assert Client().get("/metrics", headers={"Authorization": given}).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("", id="nothing"),
        pytest.param(f"Basic {TOKEN}", id="another scheme"),
        pytest.param(f"Bearer {TOKEN}x", id="more"),
        pytest.param(f"Bearer {TOKEN[:-1]}", id="less"),
        pytest.param("Bearer é", id="no ASCII"),
    ],
)
def test_another_token_learns_nothing(given: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, answer["WWW-Authenticate"], answer.content) == (401, "Bearer", b"")


def test_an_idle_portal_has_every_figure_at_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(10):
        found = scraped()
    assert {kind: found["freedom_id_outbox_waiting", kind] for kind in KINDS} == dict.fromkeys(KINDS, 0)
    assert {kind: found["freedom_id_outbox_overdue_seconds", kind] for kind in KINDS} == dict.fromkeys(KINDS, 0)
    assert ("freedom_id_seconds_since_sweep", None) not in found


def test_what_waits_is_counted_with_the_age_of_the_oldest() -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        partnership = connected()
        submit_profile_request(partnership.access, partnership.tokens.id)
        request_code(parse_identifier(phone_of(partnership.account)), ip="127.0.0.1", locale="en")
        task_sweep()
        found = scraped()
    assert found["freedom_id_outbox_waiting", "profile_requests"] == 1
    assert found["freedom_id_outbox_waiting", "one_time_codes"] == 1
    assert found["freedom_id_seconds_since_sweep", None] == 0
    assert (found["consents_today", "allow"] > 0, found["consents_today", "withdraw"]) == (True, 0)
    with time_machine.travel(now + timedelta(seconds=200), tick=False):
        found = scraped()
        assert 0 < found["freedom_id_outbox_overdue_seconds", "profile_requests"] <= 200
        assert 0 < found["freedom_id_outbox_overdue_seconds", "one_time_codes"] <= 200
        assert found["freedom_id_seconds_since_sweep", None] == 200
    with time_machine.travel(now + timedelta(days=2), tick=False):
        found = scraped()
        assert found["freedom_id_outbox_waiting", "one_time_codes"] == 0, "expired: nobody will send it"
        assert found["freedom_id_outbox_waiting", "profile_requests"] == 0
        assert found["consents_today", "allow"] == 0
