from collections import Counter
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from django.db import connection

from freedom_id.models import Allowance
from freedom_id.tasks import task_sweep
from identity_portal.celery import app
from tests.consents.acts import execute
from tests.faults import doubles
from tests.servers.portal import Portal
from tests.servers.portal import portal as run_portal
from tests.servers.valkey import Valkey


@pytest.fixture
def broker() -> Iterator[Valkey]:
    """A broker of the test's own, to be stopped, emptied and filled up."""
    server = Valkey()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def faulty(transactional_db: None, broker: Valkey) -> Iterator[Portal]:
    """A portal with slow work on that broker."""
    with run_portal(REDIS_URL=broker.url, DJANGO_SETTINGS_MODULE="tests.faults.settings") as running:
        yield running


@pytest.fixture
def completions(transactional_db: None) -> Iterator[Callable[[], Counter[UUID]]]:
    """How often each request became completed with a parcel, written down by the database itself."""
    execute(WITNESS)
    yield _read_witness
    execute(WITNESS_LEAVES)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    doubles.sent.clear()
    doubles.during_collection.clear()


def sweep_by_worker(broker: Valkey) -> None:
    """What beat does every 30 s, without the wait."""
    Allowance.objects.filter(key="sweeps:worker").delete()
    with app.connection_for_write(broker.url) as channel:
        task_sweep.apply_async(connection=channel)


def _read_witness() -> Counter[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT request FROM faults_completion WHERE parcel")
        return Counter(row[0] for row in cursor.fetchall())


WITNESS = [
    "CREATE TABLE faults_completion (request uuid, parcel boolean)",
    """
    CREATE FUNCTION faults_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO faults_completion VALUES (NEW.request_id, NEW.parcel IS NOT NULL);
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER faults_note AFTER INSERT OR UPDATE OF state, parcel, finished_at ON freedom_id_profilerequest
    FOR EACH ROW WHEN (NEW.state = 'completed' OR NEW.parcel IS NOT NULL) EXECUTE FUNCTION faults_note()
    """,
]
WITNESS_LEAVES = [
    "DROP TRIGGER faults_note ON freedom_id_profilerequest",
    "DROP FUNCTION faults_note()",
    "DROP TABLE faults_completion",
]
