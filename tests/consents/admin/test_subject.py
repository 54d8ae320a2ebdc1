import hashlib
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consents.domain.collection_points import change_collection_point, open_collection_point
from consents.domain.evidence import read_sealed
from consents.enums import Action, Actor, Channel, Counted
from consents.models import CollectionPoint, ConsentTransaction, DailyCount, Evidence, Subject
from tests.consents.acts import CLIENT, allow, check, publish, withdraw
from tests.consents.admin.staff import browser

pytestmark = pytest.mark.django_db
CLERK = ("view_subject", "decide_on_behalf")


@pytest.fixture
def point(db: None) -> CollectionPoint:
    publish("read.phone")
    publish("news", scope="global")
    return open_collection_point(
        name="form 7", recipient=CLIENT, channel=Channel.PAPER, purposes=["read.phone", "news"]
    )


def page(subject: Subject, what: str = "change") -> str:
    return f"/admin/consents/subject/{subject.pk}/{what}/"


def question(client: Any, subject: Subject, point: CollectionPoint) -> tuple[str, dict[str, Any]]:
    """The address of the form, and what a browser posts back when everything is allowed."""
    address = f"{page(subject, 'record')}?point={point.pk}&locale=en"
    text = client.get(address).content.decode()
    hidden = dict(re.findall(r'name="((?:words-|form_id)[^"]*)" value="([^"]*)"', text))
    said = timezone.localtime() - timedelta(days=3)
    filled = {"occurred_at": said.strftime("%Y-%m-%dT%H:%M"), "reason": "form 7-114"}
    return address, {**hidden, **filled, "answer-read.phone": "allow", "answer-news": "allow"}


def test_what_was_said_on_paper_is_recorded(subject: Subject, point: CollectionPoint) -> None:
    clerk = browser(*CLERK)
    address, form = question(clerk, subject, point)
    scan = SimpleUploadedFile("scan.pdf", b"scan " * 50_000)
    answer = clerk.post(address, {**form, "answer-news": "refuse", "attachment": scan}, follow=True)
    assert "2 decisions are recorded." in answer.content.decode()
    news, phone = ConsentTransaction.objects.order_by("purpose__name")
    assert (news.action, phone.action) == (Action.REFUSE, Action.ALLOW)
    assert (news.scope_key, phone.scope_key) == ("", CLIENT)
    assert (phone.actor, phone.actor_ref, phone.collection_point) == (Actor.STAFF, str(clerk.staff.pk), point)
    assert timedelta(days=2, hours=23) < timezone.now() - phone.occurred_at < timedelta(days=3, hours=1)
    assert check(subject, "read.phone").allowed
    facts = read_sealed(Evidence.objects.get())
    assert hashlib.sha256(b"scan " * 50_000).hexdigest() in facts
    assert "form 7-114" in facts
    assert "scan.pdf" not in facts


def test_the_receipt_is_named(subject: Subject, point: CollectionPoint, signed: None) -> None:
    clerk = browser(*CLERK)
    answer = clerk.post(*question(clerk, subject, point), follow=True)
    assert f"Receipt: {ConsentTransaction.objects.first().receipt_id}" in answer.content.decode()


def test_the_questions_count_as_asked(subject: Subject, point: CollectionPoint) -> None:
    clerk = browser(*CLERK)
    clerk.post(*question(clerk, subject, point))
    asked = DailyCount.objects.filter(counted=Counted.ASKED, collection_point=str(point.pk))
    found = asked.values_list("purpose_version__purpose__name", "scope_key", "number")
    assert sorted(found) == [("news", "", 1), ("read.phone", CLIENT, 1)]


def test_the_same_form_is_entered_once(subject: Subject, point: CollectionPoint) -> None:
    clerk = browser(*CLERK)
    address, form = question(clerk, subject, point)
    clerk.post(address, form)
    assert "answered before" in clerk.post(address, form).content.decode()
    assert ConsentTransaction.objects.count() == 2


def test_nothing_is_chosen_beforehand(subject: Subject, point: CollectionPoint) -> None:
    clerk = browser(*CLERK)
    assert " checked" not in clerk.get(question(clerk, subject, point)[0]).content.decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer-news": ""}, "Say what the person answered."),
        ({"answer-news": "renew"}, "Select a valid choice"),
        ({"reason": ""}, "This field is required."),
        ({"occurred_at": "2999-01-01T00:00"}, "in the future"),
        ({"occurred_at": "0001-01-01T00:00"}, "ten years ago"),
        ({"occurred_at": "x"}, "Enter a valid date/time."),
        ({"form_id": "x"}, "Enter a valid UUID."),
        ({"words-news": "others"}, "The words changed meanwhile."),
        ({"reason": "\0"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    change: dict[str, str], says: str, subject: Subject, point: CollectionPoint
) -> None:
    clerk = browser(*CLERK)
    address, form = question(clerk, subject, point)
    answer = clerk.post(address, form | change)
    assert (answer.status_code, says in answer.content.decode()) == (400, True)
    assert (ConsentTransaction.objects.count(), Evidence.objects.count()) == (0, 0)


def test_new_words_are_shown_before_they_are_recorded(subject: Subject, point: CollectionPoint) -> None:
    clerk = browser(*CLERK)
    address, form = question(clerk, subject, point)
    publish("news", scope="global", words="Twice a day.")
    again = clerk.post(address, form).content.decode()
    assert "Twice a day." in again
    form |= dict(re.findall(r'name="(words-[^"]*)" value="([^"]*)"', again))
    assert clerk.post(address, form).status_code == 302


def test_a_printed_form_is_entered_in_its_own_words(subject: Subject, point: CollectionPoint) -> None:
    change_collection_point(point, pins={"news": 1})
    publish("news", scope="global", words="Twice a day.", change_kind="editorial")
    clerk = browser(*CLERK)
    address, form = question(clerk, subject, point)
    assert "Twice a day." not in clerk.get(address).content.decode()
    assert clerk.post(address, form).status_code == 302
    versions = ConsentTransaction.objects.values_list("purpose__name", "purpose_version__number")
    assert sorted(versions) == [("news", 1), ("read.phone", 1)]
    assert check(subject, "news").allowed


def test_a_refusal_of_the_ledger_is_an_error_of_the_form(subject: Subject, point: CollectionPoint) -> None:
    allow(subject, "read.phone")
    withdraw(subject, "read.phone")
    clerk = browser(*CLERK)
    answer = clerk.post(*question(clerk, subject, point))
    assert "was refused or withdrawn after that moment" in answer.content.decode()
    assert ConsentTransaction.objects.count() == 2


def test_withdrawing_for_the_person(subject: Subject) -> None:
    publish("read.phone")
    allow(subject, "read.phone")
    clerk = browser(*CLERK)
    address = page(subject, "withdraw")
    assert clerk.post(address, {"reason": "call 8"}).status_code == 400
    assert clerk.post(address, {"purposes": ["other"], "reason": "call 8"}).status_code == 400
    assert clerk.post(address, {"purposes": ["read.phone"], "reason": "call 8"}).status_code == 302
    assert not check(subject, "read.phone").allowed
    row = ConsentTransaction.objects.get(action=Action.WITHDRAW)
    assert (row.actor, row.actor_ref) == (Actor.STAFF, str(clerk.staff.pk))
    assert "call 8" in read_sealed(Evidence.objects.get())
    assert "Nothing stands" in clerk.get(address).content.decode()


@pytest.mark.parametrize(
    "query", ["point=x&locale=en", "point=&locale=", "point=%00&locale=x", "client=%00", "client=nobody", "p=x"]
)
@pytest.mark.parametrize("what", ["record", "withdraw"])
def test_no_query_is_a_fault(what: str, query: str, subject: Subject) -> None:
    assert browser(*CLERK).get(f"{page(subject, what)}?{query}").status_code == 200


@pytest.mark.parametrize("what", ["record", "withdraw"])
def test_acting_for_a_person_needs_the_right(what: str, subject: Subject) -> None:
    for rights in (("view_subject",), ("decide_on_behalf",)):
        assert browser(*rights).post(page(subject, what), {}).status_code == 403
    assert browser(*CLERK).get(f"/admin/consents/subject/{uuid4()}/{what}/").status_code == 404


def test_a_person_is_found_by_exactly_the_reference(account: Any) -> None:
    clerk = browser(*CLERK)
    found = clerk.post("/admin/consents/subject/", {"reference": f" {account.pk} "})
    assert found["Location"] == page(Subject.objects.get(account=account))
    for reference in ("", f"{account.pk}0000", "\0", "x" * 256, "9" * 200):
        answer = clerk.post("/admin/consents/subject/", {"reference": reference}, follow=True)
        assert "Nobody has exactly this reference." in answer.content.decode()
    assert Subject.objects.count() == 1
    assert browser("view_subject").post("/admin/consents/subject/", {"reference": "1"}).status_code == 403


def test_the_page_shows_the_file_and_not_the_account(account: Any, subject: Subject, signed: None) -> None:
    publish("read.phone")
    [row] = allow(subject, "read.phone")
    text = browser(*CLERK).get(page(subject)).content.decode()
    assert all(str(shown) in text for shown in (row.pk, row.receipt_id, "read.phone", CLIENT))
    for hidden in (account.get_username(), account.email if hasattr(account, "email") else None):
        assert not hidden or str(hidden) not in text.replace(str(subject.pk), "").replace(str(row.pk), "")


def test_the_page_costs_the_same_whatever_the_history(subject: Subject) -> None:
    clerk = browser(*CLERK)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            clerk.get(page(subject))
        return len(queries)

    publish("read.phone")
    allow(subject, "read.phone")
    cost()
    alone = cost()
    publish("read.email")
    allow(subject, "read.phone", "read.email")
    withdraw(subject, "read.phone")
    assert cost() == alone


def test_a_legal_hold_is_set_and_cleared_with_a_reason(subject: Subject) -> None:
    lawyer = browser("view_subject", "hold_subject")
    lawyer.post(page(subject, "hold"), {"reason": ""})
    subject.refresh_from_db()
    assert subject.legal_hold == ""
    lawyer.post(page(subject, "hold"), {"reason": "case 12"})
    subject.refresh_from_db()
    assert subject.legal_hold == "case 12"
    lawyer.post(page(subject, "hold"), {"reason": "case closed", "clear": "yes"})
    subject.refresh_from_db()
    assert subject.legal_hold == ""
    said = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert said == ["Legal hold set: case 12", "Legal hold cleared: case closed"]
    assert browser(*CLERK).post(page(subject, "hold"), {"reason": "x"}).status_code == 403
