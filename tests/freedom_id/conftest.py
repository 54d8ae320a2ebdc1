"""What the tests of `freedom_id` start from."""

from datetime import UTC, datetime

import pytest
import time_machine
from pytest_django.plugin import DjangoDbBlocker

from freedom_id.domain.asked_data import publish_grant_purposes


@pytest.fixture(scope="session", autouse=True)
def grant_purposes(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The purposes of the grants stand published before the first test, as in a portal with partners: publishing them
    anew for each test's partner took a third of the suite. After a test that commits, whose end empties the tables, the
    next partner publishes them."""
    with django_db_blocker.unblock(), time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC)):
        publish_grant_purposes()
