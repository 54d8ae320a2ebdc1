"""The admin's home: each line appears with what it is about and goes with it, to whom may see it; and the figures."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consents.domain.legal_hold import set_legal_hold
from consents.domain.review import send_back, submit_for_review
from consents.domain.subjects import subject_for_account
from consents.domain.verification.recorded import verify_and_record
from consents.models import LedgerVerification
from freedom_id.domain.account_erasures import carry_out_erasure
from freedom_id.domain.accounts import block_account
from freedom_id.domain.audit import ADMINISTRATOR, By, Target, record
from freedom_id.domain.audit_verification import make_checkpoint
from freedom_id.domain.client_secrets import revoke_previous_secret, rotate_secret
from freedom_id.domain.closing import close_for_erasure
from freedom_id.domain.devices import DeviceFacts, draw_device_key, record_sign_in
from freedom_id.domain.erasure_requests import ask_erasure, dismiss_erasure
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import request_code
from freedom_id.domain.partner_applications import refuse_application
from freedom_id.domain.profile_requests import cancel_profile_request
from freedom_id.domain.sign_in import note_failure
from freedom_id.domain.signing_keys import activate_published_keys, ensure_signing_key, publish_next_key
from freedom_id.domain.work_queues import QUEUES, act_on_row
from freedom_id.enums import AuditAction, QueueAct, SignInFailure
from freedom_id.models import (
    Account,
    AccountErasure,
    BackchannelLogout,
    Notice,
    OneTimeCode,
    ProfileRequest,
    RevokeCallback,
)
from identity_portal.staff.roles import AUDITOR, PARTNERS, PRIVACY, ROLES, SECURITY, SUPPORT
from identity_portal.staff.waiting import LINES
from tests.consents.acts import allow, publish, refuse, withdraw
from tests.factories.applications import in_review
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import partner, person, phone_of
from tests.freedom_id.admin.connections import connect, end
from tests.freedom_id.api.backend import Backend
from tests.identity_portal.staff.stage import browser_of, member, whole
from tests.journeys.walk import FreedomWalk

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
IMPORTED_AT = datetime.now(UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Clock = Any
Undo = Callable[[], object]


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    cache.clear()
    with time_machine.travel(NOON, tick=False) as traveller:
        verify_and_record()
        yield traveller
    cache.clear()


def home(role: str = ADMINISTRATOR, query: str = "") -> str:
    cache.clear()
    answer = browser_of(member(role)).get(f"/admin/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def lines_of(page: str) -> list[tuple[int, str, str]]:
    """Number, label and address of each line, as the page shows them."""
    found = re.findall(r'waiting-number">(\d+)</span>\s*<a href="([^"]+)">([^<]+)</a>', page)
    return [(int(number), label, address) for number, address, label in found]


def version_in_review(_clock: Clock) -> Undo:
    publish("news")
    record(AuditAction.READ, by=By(command="test"), target=Target())
    version = submit_for_review(whole("news"), by="somebody", until_withdrawn=True)
    make_checkpoint()
    return lambda: send_back(version)


def code_undelivered(_clock: Clock) -> Undo:
    challenge = request_code(parse_identifier("+998901112233"), ip="10.0.0.1", locale="en")
    OneTimeCode.objects.filter(pk=challenge).update(sent_at=timezone.now(), undelivered_at=timezone.now())
    return lambda: _clock.shift(DAY + HOUR)


def notice_given_up(clock: Clock) -> Undo:
    connect()
    Notice.objects.exclude(pk=Notice.objects.first().pk).delete()  # type: ignore[union-attr]
    clock.shift(DAY + HOUR)
    return lambda: Notice.objects.update(sent_at=timezone.now())


def begin_anew(queue: str, model: type[Model]) -> bool:
    return act_on_row(QUEUES[queue], QueueAct.REPLAY, model._default_manager.get().pk)


def revoke_callback_dead(_clock: Clock) -> Undo:
    end(connect())
    RevokeCallback.objects.update(state="dead", finished_at=timezone.now())
    return lambda: begin_anew("revokecallback", RevokeCallback)


def logout_dead(_clock: Clock) -> Undo:
    connect()
    BackchannelLogout.objects.update(state="dead", finished_at=timezone.now())
    return lambda: begin_anew("backchannellogout", BackchannelLogout)


def profile_stuck(clock: Clock) -> Undo:
    client, secret = partner()
    account, shop = person(), Backend(client.client_id, secret)
    shop.get_profile(shop.tokens(account)["access_token"], str(uuid4()))
    clock.shift(timedelta(minutes=11))
    return lambda: cancel_profile_request(account, ProfileRequest.objects.get().pk, ip="10.0.0.1")


def failures_of_a_network(clock: Clock) -> Undo:
    for _number in range(20):
        note_failure(None, SignInFailure.WRONG_PASSWORD, ip="192.0.2.7")
    return lambda: clock.shift(DAY + HOUR)


def failures_of_an_account(_clock: Clock) -> Undo:
    account = person()
    for number in range(10):
        note_failure(account, SignInFailure.WRONG_PASSWORD, ip=f"192.0.2.{number}")
    return lambda: block_account(account)


def device_after_failures(_clock: Clock) -> Undo:
    account = person()
    facts = DeviceFacts("Pixel", "Pixel 9", "10.1.2.3", "en")
    record_sign_in(account, uuid4(), key=draw_device_key(), facts=facts)
    for _number in range(3):
        note_failure(account, SignInFailure.WRONG_PASSWORD, ip="192.0.2.7")
    record_sign_in(account, uuid4(), key=draw_device_key(), facts=facts)
    return lambda: block_account(account)


def secret_ending(clock: Clock) -> Undo:
    client, _secret = partner()
    rotate_secret(client)
    clock.shift(timedelta(days=6))
    return lambda: revoke_previous_secret(client)


def key_overdue(clock: Clock) -> Undo:
    ensure_signing_key()
    clock.shift(timedelta(days=93))

    def rotate() -> None:
        publish_next_key("ES256")
        clock.shift(timedelta(hours=2))
        activate_published_keys()

    return rotate


def ledger_old(clock: Clock) -> Undo:
    clock.shift(timedelta(days=3))
    return verify_and_record


def ledger_faulty(_clock: Clock) -> Undo:
    now = timezone.now()
    LedgerVerification.objects.create(began_at=now, ended_at=now + timedelta(seconds=1), fault="Row 7 was changed.")
    return lambda: LedgerVerification.objects.all().delete() and verify_and_record()


def audit_unsigned(clock: Clock) -> Undo:
    record(AuditAction.READ, by=By(command="test"), target=Target())
    clock.shift(timedelta(hours=3))
    return make_checkpoint


def application_in_review(_clock: Clock) -> Undo:
    application = in_review()
    return lambda: refuse_application(application, by=member(PARTNERS), text="No.")


def erasure_asked(_clock: Clock) -> Undo:
    asked = ask_erasure(person(), by=member(PRIVACY), reason="letter 12")
    return lambda: dismiss_erasure(asked, by=member(PRIVACY))


def erasure_late(clock: Clock) -> Undo:
    """The worker is away; one under a legal hold is not late."""
    for account in (first := person(), person()):
        close_for_erasure(account)
    subject = subject_for_account(first)
    set_legal_hold(subject, reason="court")
    clock.shift(DAY)
    carry_out_erasure(str(AccountErasure.objects.get(account=first).pk))
    clock.shift(2 * HOUR)
    return erase_what_is_due


HAPPENINGS = [
    ("Erasures that are late or were given up", 1, erasure_late),
    ("Partner applications to review or to approve", 1, application_in_review),
    ("Erasures that wait for a second person", 1, erasure_asked),
    ("Versions of purposes to approve", 1, version_in_review),
    ("Codes that did not arrive", 1, code_undelivered),
    ("Notices that were given up", 1, notice_given_up),
    ("Revoke callbacks that were given up", 1, revoke_callback_dead),
    ("Back-channel logouts that were given up", 1, logout_dead),
    ("Profile requests that are stuck", 1, profile_stuck),
    ("Failed sign-ins from one network address", 20, failures_of_a_network),
    ("Failed sign-ins at one account", 10, failures_of_an_account),
    ("New devices after failed sign-ins", 1, device_after_failures),
    ("Former secrets of partners that end soon", 1, secret_ending),
    ("Signing keys that were not replaced in time", 1, key_overdue),
    ("The ledger is not known to be sound", 1, ledger_old),
    ("The ledger is not known to be sound", 1, ledger_faulty),
    ("Audit entries without a checkpoint", 1, audit_unsigned),
]


def test_every_line_is_driven() -> None:
    """But for the one of texts, which triggers keep from coming up."""
    driven = {label for label, _number, _happen in HAPPENINGS} | {"Decisions without their text"}
    assert {str(line.label) for line in LINES} == driven


def test_nothing_waits_is_said_calmly() -> None:
    page = home()
    assert lines_of(page) == []
    assert "Nothing waits." in page


@pytest.mark.parametrize(
    ("label", "number", "happen"), HAPPENINGS, ids=[happen.__name__ for _label, _number, happen in HAPPENINGS]
)
def test_a_line_appears_with_its_list_and_goes_when_it_is_done(
    label: str, number: int, happen: Callable[[Clock], Undo], clock: Clock
) -> None:
    undo = happen(clock)
    browser, found = browser_of(member(ADMINISTRATOR)), {one[1]: one for one in lines_of(home())}
    assert found[label][0] == number
    behind = browser.get(found[label][2].replace("&amp;", "&"))
    assert behind.status_code == 200
    if "waiting=" in found[label][2] or "state__exact" in found[label][2]:
        assert behind.context["cl"].result_count == number
    undo()
    assert label not in {one[1] for one in lines_of(home())}


SEEN_BY = {
    SUPPORT: {
        *("Codes that did not arrive", "Notices that were given up", "Profile requests that are stuck"),
        *("Failed sign-ins from one network address", "Failed sign-ins at one account"),
        *("New devices after failed sign-ins", "Former secrets of partners that end soon"),
    },
    PARTNERS: {
        *("Versions of purposes to approve", "Revoke callbacks that were given up"),
        *("Back-channel logouts that were given up", "Profile requests that are stuck"),
        *("Former secrets of partners that end soon", "The ledger is not known to be sound"),
        *("Decisions without their text", "Partner applications to review or to approve"),
    },
    PRIVACY: {
        *("Erasures that wait for a second person", "Erasures that are late or were given up"),
        *("Versions of purposes to approve", "Profile requests that are stuck"),
        *("Failed sign-ins from one network address", "Failed sign-ins at one account"),
        *("New devices after failed sign-ins", "Former secrets of partners that end soon"),
        *("The ledger is not known to be sound", "Decisions without their text"),
    },
    SECURITY: {
        *("Codes that did not arrive", "Notices that were given up"),
        *("Failed sign-ins from one network address", "Failed sign-ins at one account"),
        *("New devices after failed sign-ins", "Former secrets of partners that end soon"),
        *("Signing keys that were not replaced in time", "Audit entries without a checkpoint"),
        "Partner applications to review or to approve",
    },
    AUDITOR: {str(line.label) for line in LINES},
    ADMINISTRATOR: {str(line.label) for line in LINES},
}
FIGURES = {
    SUPPORT: ["sign-ins", "profiles", "codes", "errors"],
    PARTNERS: ["consents", "profiles", "errors"],
    PRIVACY: ["sign-ins", "consents", "profiles"],
    SECURITY: ["sign-ins", "codes"],
    AUDITOR: ["sign-ins", "consents", "profiles", "codes", "errors"],
    ADMINISTRATOR: ["sign-ins", "consents", "profiles", "codes", "errors"],
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_own(role: str) -> None:
    user = member(role)
    assert {str(line.label) for line in LINES if user.has_perm(line.permission)} == SEEN_BY[role]
    assert re.findall(r'<h3 id="figure-([a-z-]+)"', home(role)) == FIGURES[role]


def test_staff_without_a_role_sees_neither_lines_nor_figures(clock: Clock) -> None:
    ledger_old(clock)
    page = browser_of(Account.objects.create_account(is_staff=True)).get("/admin/").content.decode()
    assert lines_of(page) == []
    assert "figure-card" not in page


def rows_of(page: str, figure: str) -> list[list[str]]:
    """The cells of the figure's table."""
    part = page.partition(f'<h3 id="figure-{figure}"')[2].partition("</section>")[0]
    body = part.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]


def test_the_figures_say_what_happened(clock: Clock) -> None:
    shop, secret = partner()
    Backend(shop.client_id, secret).link(grants=["no.such"])
    account = person()
    FreedomWalk(Client()).sign_in("/me/", phone_of(account))
    page = home()
    assert rows_of(page, "sign-ins") == [["March 10, 2026", "1"]]
    assert rows_of(page, "errors") == [["Aral Market", "Freedom ID", "fields", "1"]]
    assert rows_of(page, "consents") == []
    clock.shift(timedelta(days=7))
    assert rows_of(home(query="?period=7"), "sign-ins") == []
    assert rows_of(home(query="?period=30"), "sign-ins") == [["March 10, 2026", "1"]]


def test_consents_given_and_withdrawn_count(clock: Clock) -> None:
    publish("news")
    first, second = subject_for_account(person()), subject_for_account(person())
    allow(first, "news")
    withdraw(first, "news")
    refuse(second, "news")
    clock.move_to(IMPORTED_AT + DAY)  # the ledger goes by the clock of the database
    assert [row[1:] for row in rows_of(home(), "consents")] == [["1", "1"]]


@pytest.mark.parametrize(
    "query",
    ["?period=0", "?period=%00&partner=%27", "?language=xx", "?period=7&period=x", "?partner=" + "x" * 5000],
    ids=["no such period", "odd", "no such language", "twice", "long"],
)
def test_a_filter_that_says_nothing_sensible_is_told_of_and_counts_as_not_said(query: str) -> None:
    page = home(query=query)
    assert ("errorlist" in page) or query == "?period=7&period=x"
    assert "Counted live from" in page


def test_a_figure_is_at_most_a_minute_old(clock: Clock) -> None:
    browser = browser_of(member(ADMINISTRATOR))
    assert rows_of(browser.get("/admin/").content.decode(), "sign-ins") == []
    FreedomWalk(Client()).sign_in("/me/", phone_of(person()))
    assert rows_of(browser.get("/admin/").content.decode(), "sign-ins") == []
    cache.clear()  # the cache's own clock is not ours
    assert rows_of(browser.get("/admin/").content.decode(), "sign-ins") != []


STATEMENTS = 32


def statements() -> int:
    browser = browser_of(member(ADMINISTRATOR))
    browser.get("/admin/")
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as found:
        browser.get("/admin/")
    return len(found)


def test_the_home_takes_as_many_statements_for_three_as_for_one(clock: Clock) -> None:
    end(connect())
    client, secret = partner()

    def happen(number: int) -> None:
        failures_of_an_account(clock)
        request_code(parse_identifier(f"+99890111223{number}"), ip=f"10.0.0.{number}", locale="en")
        Backend(client.client_id, secret).link(grants=["no.such"])

    happen(1)
    one = statements()
    happen(2)
    happen(3)
    assert statements() == one == STATEMENTS


def test_the_home_purges_and_changes_nothing(clock: Clock) -> None:
    connect()
    browser = browser_of(member(ADMINISTRATOR))
    with CaptureQueriesContext(connection) as found:
        browser.get("/admin/")
    written = [one["sql"] for one in found if re.match(r"(INSERT|UPDATE|DELETE)", one["sql"])]
    assert [sql for sql in written if "session" not in sql and "account" not in sql] == []
