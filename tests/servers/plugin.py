"""
The part of a test run that comes before Django's settings: PostgreSQL and Valkey, started once per run.

A URL that is in the environment is used as it is; `DATABASE_URL=sqlite` means a SQLite file in a temporary folder.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.servers.postgresql import postgresql
from tests.servers.valkey import valkey

servers = ExitStack()
started: list[str] = []


@pytest.hookimpl(wrapper=True)  # wrappers come first: pytest-django reads the settings inside this hook
def pytest_load_initial_conftests() -> Iterator[None]:
    """Start what the environment does not name. Workers of a parallel run inherit the controller's environment."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # Each worker has a Redis database of its own, as it has a PostgreSQL database of its own.
        database = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{database}").geturl()
    else:
        choose_database()
        choose_broker()
    return (yield)


def choose_database() -> None:
    """Set DATABASE_URL."""
    url = os.environ.get("DATABASE_URL")
    if url == "sqlite":
        folder = servers.enter_context(tempfile.TemporaryDirectory(prefix="sqlite-"))
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/tests.sqlite3"
        started.append("SQLite file")
    elif not url:
        os.environ["DATABASE_URL"] = servers.enter_context(postgresql())
        started.append("PostgreSQL (started)")
    else:
        started.append("database of DATABASE_URL")


def choose_broker() -> None:
    """Set REDIS_URL."""
    if "REDIS_URL" in os.environ:
        started.append("Redis of REDIS_URL")
    else:
        os.environ["REDIS_URL"] = servers.enter_context(valkey())
        started.append("Valkey (started)")


def pytest_report_header() -> str:
    """One line of what this run talks to."""
    return "servers: " + ", ".join(started)


def pytest_unconfigure() -> None:
    """Stop what this run started."""
    servers.close()
