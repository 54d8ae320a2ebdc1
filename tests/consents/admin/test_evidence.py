from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consents.domain.evidence_access import OPENINGS_PER_HOUR
from consents.domain.recording import record_decisions
from consents.enums import Action, Actor
from consents.models import Evidence, EvidenceAccess, Subject, SubjectKey
from tests.consents.acts import CLIENT, answers, open_point, publish, triggers_dropped
from tests.consents.admin.staff import browser

pytestmark = pytest.mark.django_db
READER, OPENER = ("view_evidence",), ("view_evidence", "open_evidence")
ADDRESS = "192.0.2.77"


@pytest.fixture
def evidence(subject: Subject) -> Evidence:
    publish("read.phone")
    record_decisions(
        subject,
        collection_point=open_point("read.phone"),
        scope_key=CLIENT,
        decisions=answers(Action.ALLOW, "read.phone"),
        actor=Actor.SELF,
        evidence={"ip": ADDRESS, "user_agent": "Browser/1"},
    )
    return Evidence.objects.get()


def page(evidence: Evidence) -> str:
    return f"/admin/consents/evidence/{evidence.pk}/change/"


def open_it(client: Any, evidence: Evidence, reason: str = "complaint 17") -> Any:
    return client.post(page(evidence), {"open": "yes", "reason": reason})


def test_it_is_masked_and_says_which_facts_there_are(evidence: Evidence) -> None:
    text = browser(*OPENER).get(page(evidence)).content.decode()
    assert "user_agent" in text
    assert ADDRESS not in text
    assert evidence.sealed not in text
    assert EvidenceAccess.objects.count() == 0


def test_opening_with_a_reason_shows_it_and_is_journalled(evidence: Evidence) -> None:
    staff = browser(*OPENER)
    assert ADDRESS in open_it(staff, evidence).content.decode()
    access = EvidenceAccess.objects.get()
    assert (access.actor_ref, access.reason) == (str(staff.staff.pk), "complaint 17")
    assert (access.evidence_id, access.subject_id) == (evidence.pk, evidence.subject_id)


@pytest.mark.parametrize("reason", ["", " ", "x" * 256])
def test_without_a_reason_it_stays_closed(reason: str, evidence: Evidence) -> None:
    assert ADDRESS not in open_it(browser(*OPENER), evidence, reason).content.decode()
    assert EvidenceAccess.objects.count() == 0


def test_opening_needs_a_right_of_its_own(evidence: Evidence) -> None:
    reader = browser(*READER)
    assert open_it(reader, evidence).status_code == 403
    assert 'name="open"' not in reader.get(page(evidence)).content.decode()
    assert open_it(browser("open_evidence"), evidence).status_code == 403
    assert EvidenceAccess.objects.count() == 0


def test_twenty_an_hour_and_no_more(evidence: Evidence) -> None:
    staff, colleague = browser(*OPENER), browser(*OPENER)
    for _number in range(OPENINGS_PER_HOUR):
        assert ADDRESS in open_it(staff, evidence).content.decode()
    refused = open_it(staff, evidence).content.decode()
    assert ADDRESS not in refused
    assert "too often" in refused
    assert EvidenceAccess.objects.count() == OPENINGS_PER_HOUR
    assert ADDRESS in open_it(colleague, evidence).content.decode()
    with triggers_dropped():
        EvidenceAccess.objects.update(opened_at=timezone.now() - timedelta(minutes=61))
    assert ADDRESS in open_it(staff, evidence).content.decode()


def test_destroyed_evidence_cannot_be_opened(evidence: Evidence) -> None:
    SubjectKey.objects.all().delete()
    staff = browser(*OPENER)
    assert "nobody can read this" in staff.get(page(evidence)).content.decode()
    assert "destroyed" in open_it(staff, evidence).content.decode()
    assert EvidenceAccess.objects.count() == 0


def test_altered_evidence_is_no_fault(evidence: Evidence) -> None:
    Evidence.objects.update(sealed=evidence.sealed[:-8] + "AAAAAAAA")
    staff = browser(*OPENER)
    assert staff.get(page(evidence)).status_code == open_it(staff, evidence).status_code == 200
    assert EvidenceAccess.objects.count() == 0
