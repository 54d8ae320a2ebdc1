"""Of several beats one sends; when it dies, another does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from identity_portal.beat import ASKED_AGAIN_AFTER, OneBeat
from identity_portal.celery import app
from tests.faults.waiting import wait_until
from tests.freedom_id.domain.at_once import at_once


@pytest.fixture
def beat(tmp_path: Path) -> Iterator[OneBeat]:
    yield OneBeat(app=app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    connection.close()  # and with it the lock


def another() -> tuple[bool, float]:
    """What a beat with a connection of its own is told."""
    beat = OneBeat(app=app, lazy=True)
    [found] = at_once([lambda: (beat.is_the_one(), beat.tick())])
    return found


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_one_sends_and_another_takes_its_place(beat: OneBeat) -> None:
    assert beat.is_the_one()
    assert beat.is_the_one()  # it stays so
    assert another() == (False, ASKED_AGAIN_AFTER)
    connections.close_all()  # it died, or its database restarted; the server may take a moment to see it
    wait_until(lambda: at_once([OneBeat(app=app, lazy=True).is_the_one]) == [True], seconds=5, what="another beat")
    wait_until(beat.is_the_one, seconds=5, what="the first beat again")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_a_database_nobody_sends(beat: OneBeat) -> None:
    def away(*_statement: Any) -> None:
        raise OperationalError("the connection is lost")

    with connection.execute_wrapper(away):
        assert beat.tick() == ASKED_AGAIN_AFTER
    assert beat.is_the_one()
