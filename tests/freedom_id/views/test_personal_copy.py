"""The copy of everything: asked for, written by the worker, taken as a file and on paper, erased."""

import json
from datetime import timedelta
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consents.domain.evidence import open_evidence
from consents.models import Evidence
from freedom_id.domain.closing import close_account
from freedom_id.domain.copy_requests import MAX_ATTEMPTS, ask_copy, due_copies, write_copy
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.notices import deliver_notice, due_notices
from freedom_id.domain.personal_copy import CHAPTERS
from freedom_id.domain.purge import purge_expired
from freedom_id.enums import EventAction
from freedom_id.models import AccountEvent, BrowserSignIn, Notice, PersonalCopy
from freedom_id.views.copy_words import FIELDS, TITLES
from identity_portal.demo.models import InboxMessage
from tests.chromium import LANGUAGES
from tests.factories.people import email_of, person, phone_of
from tests.journeys.walk import FreedomWalk

COPY = "/me/privacy/copy/"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def prove():
    """As if the person showed two proofs just now, wherever she is signed in."""
    BrowserSignIn.objects.update(stepped_up_at=timezone.now(), started_at=timezone.now())


@pytest.fixture
def fresh(home, clock):
    prove()
    return home


def ask(browser):
    """Press the button; the page after it, and the row that waits."""
    page = browser.post(browser.get(COPY), "decision")
    return page, PersonalCopy.objects.filter(state="waiting").first()


@pytest.fixture
def ready(fresh):
    """A copy that the worker has written."""
    _page, copy = ask(fresh)
    write_copy(str(copy.pk))
    return PersonalCopy.objects.get(pk=copy.pk)


def file_of(copy):
    return f"{COPY}{copy.pk}.json"


def paper_of(copy):
    return f"{COPY}{copy.pk}/print/"


def told(kind):
    return {notice.address for notice in Notice.objects.filter(kind=kind)}


def test_it_is_asked_for_written_told_of_and_taken(fresh, account):
    page, copy = ask(fresh)
    assert "Your copy is being made" in page.text
    assert f"0 of {len(CHAPTERS)} parts are written." in page.text
    assert 'http-equiv="refresh"' in page.text
    assert due_copies() == [str(copy.pk)]
    assert told("ready") == told("copied") == set()

    write_copy(str(copy.pk))
    page = fresh.get(COPY)
    assert "Read and print" in page.text
    assert 'http-equiv="refresh"' not in page.text
    assert told("ready") == {phone_of(account), email_of(account)}

    answer = fresh.get(file_of(copy))
    assert 'attachment; filename="freedom-id-' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"].startswith("max-age=0, no-cache, no-store")
    assert list(json.loads(answer.text)) == ["made_at", *CHAPTERS]
    assert told("copied") == {phone_of(account), email_of(account)}
    actions = AccountEvent.objects.filter(account=account).values_list("action", flat=True)
    assert {EventAction.COPY_ASKED, EventAction.COPIED} <= set(actions)
    assert "Taken 1 time" in fresh.get(COPY).text


def test_it_holds_what_the_house_knows_with_texts_refusals_and_receipts(fresh, registered, account):
    client, secret = registered
    fresh.consent(fresh.get(fresh.link(client.client_id, secret, grants=["read.firstname", "read.phone"])), grants=[])
    open_evidence(Evidence.objects.get().pk, actor_ref="10000001", reason="a complaint")
    _page, copy = ask(fresh)
    write_copy(str(copy.pk))
    text = fresh.get(file_of(copy)).text
    held = json.loads(text)

    personal = held["account"][0]["personal_data"]
    assert (personal["phone"], personal["lastname"]) == (phone_of(account), "Karimova")
    assert personal["date_of_birth"] == "1994-05-17"
    assert {row["type"] for row in held["ways_to_sign_in"]} == {"password", "mobile", "email"}
    assert phone_of(account) in {row.get("value") for row in held["ways_to_sign_in"]}
    assert [app["name"] for app in held["apps"]] == [client.name]
    assert {row["action"] for row in held["decisions"]} == {"allow", "refuse"}
    assert all(row["text"] and row["title"] for row in held["decisions"])
    assert {row["holds"] for row in held["standing"]} == {"active", "refused"}
    [receipt] = held["receipts"]
    assert receipt["signed"].count(".") == 2
    assert held["evidence"][0]["facts"]["ip"]
    assert [row["reason"] for row in held["evidence_accesses"]] == ["a complaint"]
    assert "10000001" not in text, "nor who of the staff it was"
    assert held["profile"][0]["personal"]["firstname"] == "Dilnoza"
    assert len(held["devices"]) == len(held["sign_ins"]) == 1
    assert "account:session:started" in {line["what"] for line in held["activity"]}
    assert account.password not in text


def test_on_paper_a_decision_is_in_words(fresh, registered):
    client, secret = registered
    fresh.consent(fresh.get(fresh.link(client.client_id, secret, grants=["read.firstname", "read.phone"])), grants=[])
    _page, copy = ask(fresh)
    write_copy(str(copy.pk))
    decisions = fresh.get(paper_of(copy)).text.partition('id="decisions"')[2].partition("</section>")[0]
    for words in (client.name, "Not shared", "<dd>Shared</dd>", "<dd>You</dd>", "To address you by your name."):
        assert words in decisions
    assert client.client_id not in decisions


def test_on_paper_every_chapter_and_value_is_there(fresh, ready, account):
    page = fresh.get(paper_of(ready))
    for name, title in TITLES.items():
        assert f'<h2 id="{name}">{title}</h2>' in page.text
    for value in (phone_of(account), email_of(account), "Karimova", account.identifier, str(account.freedom_id)):
        assert value in page.text
    assert PersonalCopy.objects.get().downloads == 1
    assert told("copied") == {phone_of(account), email_of(account)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_opens_in_every_language(fresh, ready, settings, language):
    fresh.browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = fresh.get(paper_of(ready))
    assert page.status == 200
    assert f'<html lang="{language}"' in page.text


def test_each_chapter_and_each_field_has_a_name(fresh, registered, ready):
    held = json.loads(ready.content)
    keys = {key for name in CHAPTERS if name not in {"profile", "evidence"} for row in held[name] for key in row}
    assert set(TITLES) == set(CHAPTERS)
    assert keys - set(FIELDS) == set()


def test_asking_twice_makes_one(fresh):
    page = fresh.get(COPY)
    fresh.post(page, "decision")
    after = fresh.post(page, "decision")
    assert PersonalCopy.objects.count() == 1
    assert "Make a copy" not in after.text


def test_the_sixth_of_a_day_is_refused_and_says_so(fresh, account, clock):
    for _turn in range(5):
        _page, copy = ask(fresh)
        write_copy(str(copy.pk))
    page, copy = ask(fresh)
    assert (copy, PersonalCopy.objects.count()) == (None, 5)
    assert "message warning" in page.text
    clock.shift(timedelta(days=1, seconds=1))
    act = PersonsAct(account, None, None, "192.0.2.7", BrowserSignIn.objects.get())
    prove()
    act.sign_in.refresh_from_db()
    assert ask_copy(act).state == "waiting"


def test_asking_and_taking_need_fresh_proof_and_lead_back(fresh, ready, clock):
    page = fresh.get(COPY)
    clock.shift(timedelta(minutes=6))
    late = fresh.post(page, "decision")
    assert unquote(late.url).endswith(f"next={COPY}")
    for path in (file_of(ready), paper_of(ready)):
        late = fresh.get(path)
        assert urlsplit(late.url).path != path
        assert path in unquote(late.url)
    assert PersonalCopy.objects.get().downloads == 0
    assert not Notice.objects.filter(kind="copied").exists()


def test_a_foreign_copy_is_as_unknown(fresh, ready, account):
    other = person()
    PersonalCopy.objects.filter(pk=ready.pk).update(account=other)
    for path in (file_of(ready), paper_of(ready), f"{COPY}{uuid4()}.json", f"{COPY}{uuid4()}/print/"):
        assert fresh.get(path).status == 404
    assert "Read and print" not in fresh.get(COPY).text
    assert PersonalCopy.objects.get().downloads == 0


def test_one_that_is_not_ready_is_not_taken(fresh):
    _page, copy = ask(fresh)
    assert fresh.get(file_of(copy)).status == 404


def test_after_seven_days_it_is_erased_and_after_a_month_forgotten(fresh, ready, clock):
    clock.shift(timedelta(days=7))
    assert not PersonalCopy.objects.get().is_ready
    purge_expired()
    row = PersonalCopy.objects.get()
    assert (row.state, row.content) == ("expired", None)
    clock.shift(timedelta(days=30))
    purge_expired()
    assert not PersonalCopy.objects.exists()


def test_one_that_nobody_wrote_expires_and_makes_room(fresh, clock):
    ask(fresh)
    clock.shift(timedelta(days=7))
    assert due_copies() == []
    purge_expired()
    assert PersonalCopy.objects.get().state == "expired"


def test_closing_the_account_erases_it(fresh, ready, account):
    act = PersonsAct(account, None, None, "192.0.2.7", BrowserSignIn.objects.get())
    close_account(act)
    assert not PersonalCopy.objects.exists()


def test_a_worker_finds_the_row_gone_when_the_account_was_closed(fresh, account, settings):
    _page, copy = ask(fresh)
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"PROFILE_SOURCES": [f"{__name__}.closing_source"]}
    write_copy(str(copy.pk))
    assert not PersonalCopy.objects.exists()
    assert told("ready") == set()


def closing_source(account, _chosen):
    close_account(PersonsAct(account, None, None, "192.0.2.7", BrowserSignIn.objects.get()))
    return {}


def test_a_worker_that_was_overtaken_changes_nothing(fresh, settings, clock):
    _page, copy = ask(fresh)
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"PROFILE_SOURCES": [f"{__name__}.overtaken_source"]}
    write_copy(str(copy.pk))
    row = PersonalCopy.objects.get()
    assert (row.state, row.attempts) == ("ready", 2)
    assert Notice.objects.filter(kind="ready").count() == 2


overtaken = []


def overtaken_source(account, _chosen):
    """The lease of the first attempt runs out here, and a second one does it all."""
    if not overtaken:
        overtaken.append(account.pk)
        PersonalCopy.objects.update(due_at=timezone.now())
        [due] = due_copies()
        write_copy(due)
        overtaken.clear()
    return {}


def test_one_that_never_gets_done_is_given_up_and_another_may_be_asked(fresh, clock):
    _page, copy = ask(fresh)
    PersonalCopy.objects.update(attempts=MAX_ATTEMPTS)
    write_copy(str(copy.pk))
    page = fresh.get(COPY)
    assert PersonalCopy.objects.get().state == "failed"
    assert "The copy could not be made." in page.text
    assert "Make a copy" in page.text


def test_progress_is_told_in_words(fresh):
    ask(fresh)
    PersonalCopy.objects.update(state="working", step=5, lease=uuid4())
    page = fresh.get(COPY)
    assert f"5 of {len(CHAPTERS)} parts are written." in page.text
    assert "Next: Decisions" in " ".join(page.text.split())
    assert f'<progress class="progress" value="5" max="{len(CHAPTERS)}"' in page.text


def test_writing_costs_the_same_for_one_and_for_three(fresh, account):
    counts = []
    for _turn in range(2):
        _page, copy = ask(fresh)
        with CaptureQueriesContext(connection) as queries:
            write_copy(str(copy.pk))
        counts.append(len(queries))
        FreedomWalk(Client()).sign_in("/me/", phone_of(account))
        FreedomWalk(Client()).sign_in("/me/", phone_of(account))
        prove()
    assert counts[0] == counts[1]


def test_the_notices_speak_of_it(fresh, ready, account):
    for notice_id in due_notices():
        deliver_notice(notice_id)
    [letter] = InboxMessage.objects.filter(to=email_of(account), subject="The copy of your data is ready")
    assert "for 7 days" in letter.text
    assert "write to support" in letter.html


@pytest.mark.parametrize(
    "path", [COPY, f"{COPY}{uuid4()}.json", f"{COPY}{uuid4()}/print/"], ids=["list", "file", "paper"]
)
def test_only_for_who_is_signed_in(db, path):
    assert FreedomWalk(Client()).get(path).url.endswith(f"next={path}")
