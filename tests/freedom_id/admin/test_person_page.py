"""The page of a person for staff: what it shows to whom, and what is done from there."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consents.domain.legal_hold import clear_legal_hold, set_legal_hold
from consents.domain.subjects import find_subject, subject_for_account
from freedom_id.domain.account_notes import write_note
from freedom_id.domain.accounts import change_person
from freedom_id.domain.devices import DeviceFacts, draw_device_key, record_sign_in
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.name_search import people_named
from freedom_id.domain.personal_copy import CHAPTERS
from freedom_id.domain.resealing import reseal_values
from freedom_id.domain.sign_in import Attempt, prove_by_password
from freedom_id.enums import AccountStatus, NoticeKind, RecoveryState
from freedom_id.models import (
    Account,
    AccountEvent,
    AccountNote,
    AuditEntry,
    Authenticator,
    AuthorizationRequest,
    ErasureRequest,
    FactorRecovery,
    Notice,
    PersonalCopy,
)
from tests.consents.acts import allow, publish
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import email_of, person, phone_of
from tests.freedom_id.admin.conftest import SignedIn
from tests.freedom_id.admin.connections import Connection, end
from tests.identity_portal.staff.stage import browser_of, member

LIST = reverse("admin:freedom_id_account_changelist")
SURE = {"confirmed": "yes", "reason": "case 5"}
WAITING = reverse("admin:freedom_id_erasurerequest_changelist")


def page_of(account: Account, kind: str = "change") -> str:
    return reverse(f"admin:freedom_id_account_{kind}", args=[account.pk])


def press(browser: Client, action: str, row: Any, **more: str) -> Any:
    address = reverse(f"admin:freedom_id_{row._meta.model_name}_changelist")
    return browser.post(address, {"action": action, "_selected_action": row.pk, **(SURE | more)}, follow=True)


def sections(browser: Client, account: Account) -> dict[str, Any]:
    return {section.key: section for section in browser.get(page_of(account)).context["sections"]}


@pytest.fixture
def account(connection: Connection) -> Account:
    ErasureRequest.objects.all().delete()
    return connection.account


def test_each_role_sees_what_it_may_view(account: Account) -> None:
    shown = {
        role: set(sections(browser_of(member(role)), account)) for role in ("Support", "Privacy officer", "Security")
    }
    assert shown["Support"] == {
        *("troubles", "notes", "codes", "messages", "ways", "devices", "sessions", "apps", "consents", "requests"),
        "profiles",
    }
    assert shown["Privacy officer"] == {"troubles", "notes", "apps", "consents", "profiles", "erasures"}
    assert shown["Security"] == {
        *("troubles", "notes", "codes", "messages", "ways", "devices", "sessions", "apps"),
    }


def test_support_sees_why_a_sign_in_failed_and_no_value(connection: Connection, account: Account) -> None:
    prove_by_password(Attempt(parse_identifier(phone_of(account)), "203.0.113.7"), "wrong")
    text = browser_of(member("Support")).get(page_of(account)).content.decode()
    assert "Wrong password" in text
    hidden = {phone_of(account), phone_of(account)[1:], email_of(account), account.lastname, account.identifier}
    assert [value for value in hidden if value in text] == []


def test_a_limit_that_stands_is_said_above_everything(account: Account) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for _try in range(5):
            prove_by_password(Attempt(parse_identifier(phone_of(account)), "203.0.113.7"), "wrong")
        assert "Too many wrong passwords" in browser_of(member("Support")).get(page_of(account)).content.decode()


def cost(browser: Client, account: Account) -> int:
    with CaptureQueriesContext(database) as queries:
        browser.get(page_of(account))
    return len(queries)


def test_the_page_costs_the_same_with_one_and_with_three_of_everything(
    connection: Connection, account: Account, root: Client
) -> None:
    cost(root, account)  # what is read once per process
    alone = cost(root, account)
    for number in range(2):
        facts = DeviceFacts("Pixel", f"Pixel {number}", "10.1.2.3", "en")
        device = record_sign_in(account, uuid4(), key=draw_device_key(), facts=facts)
        write_note(account, f"note {number}", author=device.account)
        Notice.objects.create(account=account, kind=NoticeKind.OPENED, channel="email", address="a@mail.example")
        prove_by_password(Attempt(parse_identifier(phone_of(account)), "203.0.113.7"), "wrong")
    assert cost(root, account) == alone
    assert alone <= 43


@pytest.mark.parametrize(
    ("number", "more"), [(0, ""), (1, ""), (20, ""), (60, "and 40 more"), (300, "and at least 280 more")]
)
def test_all_consents_are_drawn_the_newest_are_listed_and_the_rest_is_counted(
    number: int, more: str, root: Client
) -> None:
    account, names = person(), [f"p{at}" for at in range(min(number, 60))]
    for name in names:
        publish(name)
    for _time in range(number // 60 or bool(number)):
        allow(subject_for_account(account), *names)
    section = sections(root, account)["consents"]
    assert (section.drawing.count('class="lane"'), len(section.lines)) == (len(names), min(number, 20))
    text = root.get(page_of(account)).content.decode()
    assert (section.drawing in text, section.more) == (True, more)
    assert more in text


def test_consents_name_the_partner_they_are_for(connection: Connection, account: Account, root: Client) -> None:
    section = sections(root, account)["consents"]
    name, client_id = connection.client.name, connection.client.client_id
    assert [name in str(section.drawing), name in {str(line.cells[3]) for line in section.lines}] == [True, True]
    assert client_id not in str(section.drawing)


def test_the_drawing_of_consents_costs_no_query_more(root: Client) -> None:
    account = person()
    publish("p0")
    allow(subject_for_account(account), "p0")
    cost(root, account)
    alone = cost(root, account)
    for name in ("p1", "p2"):
        publish(name)
        allow(subject_for_account(account), name)
    assert cost(root, account) == alone


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("karimova", 2),
        (" KARIMOVA ", 2),
        ("Dilnoza Karimova", 1),
        ("Karimova  dilnoza", 1),
        ("Dilnoza", 0),
        ("Karim", 0),
    ],
    ids=["last", "case and space", "first last", "last first", "first alone", "part"],
)
def test_a_name_finds_exactly_those_who_have_it(text: str, number: int, db: None) -> None:
    person()
    person(firstname="Aziza")
    person(lastname="Karimova-Said")
    assert len(people_named(text)) == number


def test_several_of_one_name_are_a_masked_list_and_one_is_shown(root: Client) -> None:
    first = person()
    assert root.post(LIST, {"find": "Karimova"}).headers["Location"] == page_of(first)
    person(firstname="Aziza")
    text = root.post(LIST, {"find": "Karimova"}).content.decode()
    assert "D••• R••• K•••" in text
    assert "A••• R••• K•••" in text
    assert "Karimova" not in text


def test_a_new_name_is_found_and_the_former_is_not(db: None) -> None:
    account = person()
    change_person(account, {"lastname": "Said"}, client=None, ip="203.0.113.7")
    assert (list(people_named("Said")), list(people_named("Karimova"))) == ([account], [])


def test_older_accounts_are_found_after_the_command_which_may_run_again(db: None) -> None:
    account, nameless = person(), person(firstname="", lastname="")
    Account.objects.update(firstname_index=None, lastname_index=None)
    assert list(people_named("Karimova")) == []
    said = StringIO()
    for _run in range(2):
        call_command("index_names", "--batch", "1", stdout=said)
    assert list(people_named("Dilnoza Karimova")) == [account]
    assert said.getvalue().splitlines() == [f"{number} accounts can be found by name now." for number in (1, 0)]
    assert Account.objects.get(pk=nameless.pk).lastname_index is None
    assert AuditEntry.objects.filter(command="index_names").count() == 2
    with pytest.raises(CommandError):
        call_command("index_names", "--batch", "0")


@pytest.mark.parametrize("what", ["name", "date_of_birth", "identifier", "phone"])
def test_one_value_is_shown_once_and_the_person_sees_why(what: str, account: Account) -> None:
    officer = member("Privacy officer")
    browser = browser_of(officer)
    number = account.credentials.get(type="mobile", is_primary=True).number
    value = {
        "name": "Dilnoza Rustamovna Karimova",
        "date_of_birth": "1994-05-17",
        "identifier": account.identifier,
        "phone": phone_of(account),
    }[what]
    key = f"contact-{number}" if what == "phone" else what
    answer = browser.post(page_of(account, "unmask"), {"what": key, "reason": "court order 7"})
    assert value in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.actor, entry.account, entry.reason) == (
        "person:unmasked",
        officer,
        account,
        "court order 7",
    )
    assert value not in str(AuditEntry.objects.values())
    assert value not in browser.get(page_of(account, "unmask")).content.decode()
    assert (
        "Staff of Freedom ID looked at your data: court order 7"
        in browser_of(account).get("/me/activity/").content.decode()
    )


@pytest.mark.parametrize(
    "sent", [{"what": "name"}, {"what": "password", "reason": "x"}, {"what": "name", "reason": " "}], ids=str
)
def test_nothing_is_shown_without_a_reason_or_of_another_kind(sent: dict[str, str], account: Account) -> None:
    answer = browser_of(member("Security")).post(page_of(account, "unmask"), sent)
    assert answer.context["value"] is None
    assert not AuditEntry.objects.filter(action="person:unmasked").exists()


def test_twenty_values_an_hour_and_no_more(account: Account) -> None:
    browser, sent = browser_of(member("Security")), {"what": "name", "reason": "x"}
    with time_machine.travel(timezone.now(), tick=False):
        answers = [browser.post(page_of(account, "unmask"), sent) for _time in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[-1].context["value"] is None


def test_support_is_shown_no_value(account: Account) -> None:
    browser = browser_of(member("Support"))
    assert browser.post(page_of(account, "unmask"), {"what": "name", "reason": "x"}).status_code == 403
    assert page_of(account, "unmask") not in browser.get(page_of(account)).content.decode()


def test_a_note_is_kept_shown_and_in_the_persons_copy_without_its_author(account: Account) -> None:
    clerk = member("Support")
    browser_of(clerk).post(page_of(account, "note"), {"text": "Lost her phone in Almaty."})
    assert "Lost her phone in Almaty." in browser_of(clerk).get(page_of(account)).content.decode()
    [_former, note] = CHAPTERS["notes"](account)
    assert note["text"] == "Lost her phone in Almaty."
    assert set(note) == {"text", "when"}
    with database.cursor() as cursor:
        cursor.execute("SELECT text FROM freedom_id_accountnote")
        assert "Almaty" not in str(cursor.fetchall())


@pytest.mark.parametrize("text", ["", " ", "x" * 2001], ids=["empty", "blank", "long"])
def test_a_note_of_nothing_or_too_much_is_refused(text: str, account: Account) -> None:
    former = AccountNote.objects.count()
    answer = browser_of(member("Support")).post(page_of(account, "note"), {"text": text}, follow=True)
    assert "A note has 1 to 2000 characters." in answer.content.decode()
    assert AccountNote.objects.count() == former


@pytest.mark.parametrize("change", [{"text": "other"}, {"written_at": timezone.now()}], ids=["text", "time"])
def test_a_note_is_never_changed_or_deleted(change: dict[str, Any], account: Account) -> None:
    for act in (lambda: AccountNote.objects.update(**change), lambda: AccountNote.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_a_note_is_sealed_anew_under_another_key(account: Account, settings: Any) -> None:
    settings.FREEDOM_ID = settings.FREEDOM_ID | {
        "PII_KEYS": {"new": "bmV3a2V5bmV3a2V5bmV3a2V5bmV3a2V5bmV3a2V5bmU=", **settings.FREEDOM_ID["PII_KEYS"]}
    }
    done = {one.column: one for one in reseal_values()}
    assert (done["freedom_id.accountnote.text"].resealed, done["freedom_id.accountnote.text"].unreadable) == (1, 0)
    assert AccountNote.objects.get().text == "Called twice about a code."


def test_an_erasure_needs_two_and_a_day(connection: Connection, account: Account) -> None:
    one, other = member("Privacy officer"), member("Privacy officer")
    press(browser_of(one), "ask_erasure", account)
    asked = ErasureRequest.objects.get(account=account)
    assert "You asked for this erasure" in press(browser_of(one), "approve", asked).content.decode()
    assert Account.objects.get(pk=account.pk).status == AccountStatus.ACTIVE
    press(browser_of(other), "approve", asked)
    closed = Account.objects.get(pk=account.pk)
    assert (closed.status, closed.erased_at) == (AccountStatus.CLOSED, None)
    assert Notice.objects.filter(account=account, kind=NoticeKind.ERASED).exists()
    assert erase_what_is_due() == 0
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert erase_what_is_due() == 1
    gone = Account.objects.get(pk=account.pk)
    assert (gone.lastname, gone.lastname_index, gone.firstname_index) == ("", None, None)
    assert not AccountNote.objects.filter(account=account).exists()
    assert list(people_named("Karimova")) == []


def test_an_erasure_that_is_dismissed_changes_nothing_and_is_decided(account: Account) -> None:
    officer = browser_of(member("Privacy officer"))
    press(officer, "ask_erasure", account)
    asked = ErasureRequest.objects.get(account=account)
    press(officer, "dismiss", asked)
    assert "decided meanwhile" in press(browser_of(member("Privacy officer")), "approve", asked).content.decode()
    assert Account.objects.get(pk=account.pk).status == AccountStatus.ACTIVE


def test_a_legal_hold_refuses_to_ask_and_to_approve(account: Account) -> None:
    one, other = browser_of(member("Privacy officer")), browser_of(member("Privacy officer"))
    subject = find_subject(account.pk)
    assert subject is not None
    set_legal_hold(subject, reason="case 9")
    assert "legal hold" in press(one, "ask_erasure", account).content.decode()
    clear_legal_hold(subject)
    press(one, "ask_erasure", account)
    asked = ErasureRequest.objects.get(account=account)
    set_legal_hold(subject, reason="case 9")
    assert "legal hold" in press(other, "approve", asked).content.decode()
    asked.refresh_from_db()
    assert (asked.state, Account.objects.get(pk=account.pk).status) == ("waiting", AccountStatus.ACTIVE)


def test_what_is_asked_twice_or_of_staff_is_refused(account: Account, clerk: Account) -> None:
    officer = browser_of(member("Privacy officer"))
    press(officer, "ask_erasure", account)
    assert "cannot be erased by staff" in press(officer, "ask_erasure", account).content.decode()
    assert "cannot be erased by staff" in press(officer, "ask_erasure", clerk).content.decode()
    assert ErasureRequest.objects.count() == 1


def test_an_act_without_a_reason_only_asks_for_it(account: Account) -> None:
    for sent in ({"confirmed": "", "reason": ""}, {"reason": " "}, {"reason": "x" * 256}):
        answer = press(browser_of(member("Security")), "block", account, **sent)
        assert "Reason" in answer.content.decode()
    assert Account.objects.get(pk=account.pk).status == AccountStatus.ACTIVE


def test_a_block_is_told_to_the_person_and_its_reason_to_the_audit(account: Account) -> None:
    press(browser_of(member("Security")), "block", account)
    assert Notice.objects.filter(account=account, kind=NoticeKind.BLOCKED).count() == 2
    assert AuditEntry.objects.get(action="account:blocked").reason == "case 5"


def test_support_signs_a_person_out_and_nobody_else(account: Account, connection: Connection) -> None:
    theirs = browser_of(account)
    press(browser_of(member("Support")), "sign_out", account)
    connection.family.refresh_from_db()
    assert connection.family.ended_at is not None
    assert theirs.get("/me/").status_code == 302
    assert AccountEvent.objects.filter(account=account, action="account:session:closed").exists()


def test_support_signs_one_device_out(account: Account, connection: Connection) -> None:
    app = account.devices.get(client=connection.client)
    browser = account.devices.get(client=None)
    press(browser_of(member("Support")), "sign_out", app)
    app.refresh_from_db()
    browser.refresh_from_db()
    assert (app.signed_out_at is None, browser.signed_out_at is None) == (False, True)
    assert app.trusted_at is not None


def test_a_lost_app_waits_is_told_of_everywhere_and_needs_an_app(account: Account) -> None:
    FactorRecovery.objects.all().delete()
    browser = browser_of(member("Security"))
    assert "has no app" in press(browser, "remove_app", account).content.decode()
    Authenticator.objects.filter(account=account, type="totp").update(verified_at=timezone.now())
    told = Notice.objects.filter(account=account, kind=NoticeKind.RECOVERY)
    told.delete()
    press(browser, "remove_app", account, reason="Passport, with her photo")
    waiting = FactorRecovery.objects.get(account=account)
    assert waiting.state == RecoveryState.OPEN
    assert waiting.due_at - waiting.opened_at == timedelta(hours=72)
    assert told.count() == account.credentials.verified().count()
    assert AuditEntry.objects.get(action="account:factor_removal").reason == "Passport, with her photo"


def test_a_copy_is_made_for_the_person_alone(account: Account) -> None:
    officer = browser_of(member("Privacy officer"))
    press(officer, "ask_copy", account)
    copy = PersonalCopy.objects.exclude(state="ready").get(account=account)
    assert copy.downloads == 0
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)
    assert "not active" in press(officer, "ask_copy", account).content.decode()


def test_an_unknown_account_has_no_value_and_no_note(root: Client) -> None:
    for kind in ("unmask", "note"):
        assert root.post(reverse(f"admin:freedom_id_account_{kind}", args=[10**14]), {}).status_code == 404


def test_who_may_not_act_on_a_superuser_or_on_herself(db: None, signed_in: SignedIn) -> None:
    guard, boss = member("Security"), Account.objects.create_account(is_staff=True, is_superuser=True)
    for row in (guard, boss):
        assert "you cannot do this" in press(browser_of(guard), "sign_out", row).content.decode()
    assert Account.objects.get(pk=boss.pk).signed_out_at is None


def test_a_request_is_explained_to_who_may_see_people(connection: Connection) -> None:
    end(connection)
    address = reverse(
        "admin:freedom_id_authorizationrequest_change",
        args=[AuthorizationRequest.objects.filter(account=connection.account)[0].pk],
    )
    text = browser_of(member("Support")).get(address).content.decode()
    assert "This decision, explained" in text
    assert AuditEntry.objects.latest("number").account == connection.account
    assert "explained" not in browser_of(member("Partner manager")).get(address).content.decode()
