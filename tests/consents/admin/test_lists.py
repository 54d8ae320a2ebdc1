"""The lists of rows that only the domain writes: odd query strings, and what they cost."""

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from consents.domain.recording import record_decisions
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor
from consents.models import ConsentState, ConsentTransaction, Erasure, Evidence, EvidenceAccess, Receipt, Subject
from tests.consents.acts import CLIENT, answers, open_point, publish
from tests.consents.admin.staff import browser
from tests.consents.conftest import new_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed")]
LISTS = pytest.mark.parametrize(
    "model", [ConsentState, ConsentTransaction, Erasure, Evidence, EvidenceAccess, Receipt, Subject]
)


def address(model: type[Model]) -> str:
    return f"/admin/consents/{model._meta.model_name}/"


def a_person_decides() -> None:
    person = subject_for_account(new_account())
    record_decisions(
        person,
        collection_point=open_point("read.phone"),
        scope_key=CLIENT,
        decisions=answers(Action.ALLOW, "read.phone"),
        actor=Actor.SELF,
        evidence={"ip": "192.0.2.0"},
    )
    EvidenceAccess(evidence_id=person.pk, subject_id=person.pk, actor_ref="1", reason="x").save()
    Erasure(subject_id=person.pk, kind="shred", epoch=1, actor_ref="1").save()


@pytest.mark.parametrize(
    "query", ["p=x", "p=-1", "e=1", "purpose__name__startswith=", "id=x", "o=99.x", "q=%00", "q=x", "action__exact=x"]
)
@LISTS
def test_no_query_is_a_fault(model: type[Model], query: str) -> None:
    assert browser(superuser=True).get(f"{address(model)}?{query}", follow=True).status_code in {200, 400}


@LISTS
def test_no_selection_is_a_fault(model: type[Model]) -> None:
    posted = {"action": "delete_selected", "_selected_action": "x", "index": "0"}
    assert browser(superuser=True).post(address(model), posted, follow=True).status_code in {200, 400}


@LISTS
def test_a_list_costs_the_same_for_one_and_for_three(model: type[Model]) -> None:
    staff = browser(superuser=True)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(address(model)).context["cl"].result_count == model.objects.count()
        return len(queries)

    publish("read.phone")
    a_person_decides()
    cost()
    alone = cost()
    a_person_decides()
    a_person_decides()
    assert cost() == alone


@LISTS
def test_nobody_writes_a_row_here(model: type[Model]) -> None:
    publish("read.phone")
    a_person_decides()
    row, staff = model.objects.first(), browser(superuser=True)
    for posted in (f"{address(model)}add/", f"{address(model)}{row.pk}/change/", f"{address(model)}{row.pk}/delete/"):
        assert staff.post(posted, {"post": "yes"}).status_code == 403
