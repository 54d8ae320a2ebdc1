from io import StringIO

import pytest
from django.core.management import call_command

from consents.domain.state import rebuild_state
from consents.models import ConsentState, Subject
from tests.consents.acts import allow, publish, refuse, withdraw

pytestmark = pytest.mark.django_db


def projection() -> list[dict[str, object]]:
    rows = ConsentState.objects.order_by("subject", "purpose", "scope_key").values()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


@pytest.fixture
def lived(subject: Subject, stranger: Subject) -> None:
    for name in ("a", "b", "c"):
        publish(name)
    publish("everywhere", scope="global")
    allow(subject, "a", "b", "everywhere")
    allow(subject, "a")
    refuse(subject, "b")
    allow(subject, "a", scope_key="client-b")
    allow(stranger, "c")
    withdraw(stranger, "c")


@pytest.mark.usefixtures("lived")
def test_rebuilt_equals_live() -> None:
    live = projection()
    assert rebuild_state() == len(live) == 5
    assert projection() == live


@pytest.mark.usefixtures("lived")
def test_a_lost_projection_comes_back() -> None:
    live = projection()
    ConsentState.objects.all().delete()
    rebuild_state()
    assert projection() == live


@pytest.mark.usefixtures("lived")
def test_one_person_is_rebuilt_alone(subject: Subject, stranger: Subject) -> None:
    ConsentState.objects.update(status="active")
    assert rebuild_state(subject=stranger) == 1
    assert ConsentState.objects.get(subject=stranger).status == "withdrawn"
    assert ConsentState.objects.filter(subject=subject).exclude(status="active").count() == 0


def test_an_empty_ledger_has_no_states() -> None:
    assert rebuild_state() == 0


@pytest.mark.usefixtures("lived")
def test_the_command_tells_how_many() -> None:
    out = StringIO()
    call_command("rebuild_state", stdout=out)
    assert out.getvalue() == "5 units rebuilt.\n"
