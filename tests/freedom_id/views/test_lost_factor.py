"""A lost app: removed 72 hours after it was asked for by a second channel, unless the person stops it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.accounts import block_account, unblock_account
from freedom_id.domain.authenticators import add_recovery_codes, add_totp, prove_authenticator
from freedom_id.domain.closing import close_account
from freedom_id.domain.credentials import PersonsAct, remove_credential
from freedom_id.domain.factor_recovery import due_recoveries
from freedom_id.domain.messages.notices import notice_message
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.domain.recovery_link import stop_token
from freedom_id.models import (
    Account,
    AccountEvent,
    Authenticator,
    BrowserSignIn,
    Credential,
    FactorRecovery,
    Notice,
    OneTimeCode,
    Passkey,
)
from freedom_id.tasks import task_carry_out_recovery
from identity_portal.demo.models import InboxMessage
from tests.compliance.standard_door import ISSUER
from tests.factories.people import email_of, partner, person, phone_of
from tests.factories.proofs import shown_by, with_app, wrong_for
from tests.journeys.walk import FreedomWalk

LOST = f"{ISSUER}/login/second/lost"
IP = "203.0.113.7"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def secret(account, clock):
    return with_app(account)


@pytest.fixture
def elsewhere(account, clock):
    """A browser in which she was signed in before she had an app."""
    walk = FreedomWalk(Client())
    walk.sign_in("/me/", phone_of(account))
    return walk


def half(account, by="password"):
    """A browser in which the first factor was proven."""
    walk = FreedomWalk(Client())
    if by == "password":
        return walk, walk.sign_in("/me/", phone_of(account))
    walk.post(walk.get("/login"), "identifier", identifier=phone_of(account) if by == "phone" else email_of(account))
    page = walk.fetch("POST", "/login/code/send")
    return walk, walk.post(page, "code", code=delivered())


def delivered():
    deliver_code(str(OneTimeCode.objects.get(sent_at=None, retired_at=None).pk))
    return InboxMessage.objects.latest("pk").text.rpartition("#")[2]


def asked(account):
    """The removal is asked for; returns the browser and its page."""
    walk, _page = half(account)
    page = walk.press(walk.get("/login/second/lost"), "/lost/send")
    return walk, walk.post(page, "code", code=delivered())


def in_time(clock, hours=72):
    clock.shift(timedelta(hours=hours))
    due = due_recoveries()
    for recovery_id in due * 2:  # a task may come twice
        task_carry_out_recovery(recovery_id=recovery_id)
    return len(due)


def journal(action):
    return AccountEvent.objects.filter(action=f"account:recovery:{action}").count()


def act(account):
    sign_in = BrowserSignIn.objects.latest("started_at")
    sign_in.started_at = sign_in.stepped_up_at = timezone.now()
    return PersonsAct(account, None, None, IP, sign_in)


def test_after_72_hours_the_app_is_no_longer_asked_for(account, elsewhere, secret, clock):
    walk, page = half(account)
    page = walk.get(re.search(r'href="([^"]+)">I cannot use my app<', page.text)[1])
    assert "72 hours later the app and the recovery codes are removed" in page.text
    page = walk.press(page, "/lost/send")
    page = walk.post(page, "code", code=delivered())
    assert page.url.startswith(LOST)
    assert "Your app and your recovery codes will be removed:" in page.text
    assert in_time(clock, hours=71.99) == 0
    assert half(account)[1].url == f"{ISSUER}/login/second?next=%2Fme%2F"
    assert in_time(clock, hours=0.01) == 1

    assert not Authenticator.objects.exists()
    assert BrowserSignIn.objects.get().ended_at is not None, "she is signed out elsewhere"
    assert (journal("opened"), journal("done")) == (1, 1)
    assert FactorRecovery.objects.get().state == "done"
    assert Notice.objects.filter(kind="removed", about="totp").count() == 4
    clock.shift(1)
    assert half(account)[1].url == f"{ISSUER}/me/"


def test_she_hears_of_it_everywhere(account, elsewhere, secret, clock):
    asked(account)
    told = Notice.objects.filter(kind="recovery")
    assert sorted(notice.address for notice in told) == sorted(row.value for row in Credential.objects.all())
    text = notice_message(told[0]).text
    assert f"{ISSUER}/login/stop/" in text
    for path in ("/me/", "/me/security/"):
        assert "Your app is going to be removed" in elsewhere.get(path).text


def test_one_press_stops_it(account, elsewhere, secret, clock):
    asked(account)
    page = elsewhere.press(elsewhere.get("/me/security/"), "/recovery/stop/")

    assert "Stopped. Your app stays as it is." in page.text
    assert "going to be removed" not in page.text
    assert in_time(clock) == 0
    assert Authenticator.objects.exists()
    assert journal("stopped") == 1
    assert Notice.objects.filter(kind="kept").count() == 4
    assert "its removal was stopped" in notice_message(Notice.objects.filter(kind="kept")[0]).text


def test_the_link_in_the_message_stops_it_by_a_press(account, secret, clock):
    asked(account)
    link = notice_message(Notice.objects.filter(kind="recovery")[0]).text.split()[-1]
    stranger = FreedomWalk(Client())
    assert "Stop the removal" in stranger.get(link).text
    assert FactorRecovery.objects.get().state == "open", "a program that opens links stops nothing"
    page = stranger.fetch("POST", link)

    assert "Stopped." in page.text
    assert FactorRecovery.objects.get().state == "stopped"
    assert "nothing to stop any more" in stranger.get(link).text


@pytest.mark.parametrize("token", ["x", "0" * 64, "€" * 32, "%00"])
def test_an_odd_link_stops_nothing(account, secret, clock, token):
    asked(account)
    assert "nothing to stop" in FreedomWalk(Client()).get(f"/login/stop/{token}").text
    forged = stop_token(FactorRecovery.objects.get().pk)[:22] + "0" * 22
    page = FreedomWalk(Client()).fetch("POST", f"/login/stop/{forged}")
    assert "nothing to stop" in page.text
    assert FactorRecovery.objects.get().state == "open"


@pytest.mark.parametrize(
    ("by", "kind"),
    [("password", "mobile"), ("phone", "email"), ("email", "mobile")],
    ids=["password", "phone", "email"],
)
def test_the_code_goes_to_the_other_channel(account, secret, clock, by, kind):
    walk, _page = half(account, by)
    walk.press(walk.get("/login/second/lost"), "/lost/send")
    code = OneTimeCode.objects.get(purpose="recovery")

    assert code.address == (phone_of(account) if kind == "mobile" else email_of(account))
    assert "remove a lost app" in (delivered() and InboxMessage.objects.latest("pk").text)


def test_who_has_one_channel_proves_it_again(account, secret, clock):
    Credential.objects.filter(type="email").delete()
    walk, _page = half(account, "phone")
    clock.shift(60)
    page = walk.press(walk.get("/login/second/lost"), "/lost/send")
    walk.post(page, "code", code=delivered())
    assert journal("opened") == 1


def test_a_wrong_code_opens_nothing(account, secret, clock):
    walk, _page = half(account)
    page = walk.press(walk.get("/login/second/lost"), "/lost/send")
    code = delivered()
    wrong = "000000" if code != "000000" else "111111"
    for said in (wrong, "abc"):
        page = walk.post(page, "code", code=said)
        assert "This code does not match" in page.text
    for _try in range(4):
        walk.post(page, "code", code=wrong)
    page = walk.post(page, "code", code=code)

    assert "This code does not match" in page.text
    assert not FactorRecovery.objects.exists()


@pytest.mark.requirement("security O9")
@pytest.mark.parametrize("purpose", ["sign_in", "step_up"])
def test_a_code_for_something_else_opens_nothing(account, secret, clock, purpose):
    walk, _page = half(account)
    page = walk.press(walk.get("/login/second/lost"), "/lost/send")
    code = delivered()
    OneTimeCode.objects.update(purpose=purpose)
    walk.post(page, "code", code=code)
    assert not FactorRecovery.objects.exists()


@pytest.mark.requirement("security O9")
def test_without_the_first_factor_there_is_no_page(account, secret, clock):
    stranger = FreedomWalk(Client())
    assert stranger.get("/login/second/lost").url == f"{ISSUER}/login"
    assert stranger.fetch("POST", "/login/second/lost", {"code": "123456"}).url == f"{ISSUER}/login"
    assert stranger.fetch("POST", "/login/second/lost/send").url == f"{ISSUER}/login"
    walk, _page = half(account)
    assert "Send a code" in walk.fetch("POST", "/login/second/lost", {"code": "123456"}).text
    assert not OneTimeCode.objects.exists()


def test_the_app_or_a_recovery_code_stops_it_and_she_is_told(account, secret, clock):
    code = add_recovery_codes(PersonsAct(account, None, None, IP, fresh()))[1][0]
    for proof in (shown_by(secret), code):
        asked(account)
        walk, page = half(account)
        page = walk.post(page, "code", code=proof)

        assert page.url == f"{ISSUER}/me/"
        assert "Your app stays: its removal was stopped." in page.text
        clock.shift(301)
    assert in_time(clock) == 0
    assert journal("stopped") == 2


def fresh():
    return BrowserSignIn(started_at=timezone.now(), stepped_up_at=timezone.now())


def test_a_wrong_code_of_the_app_stops_nothing(account, secret, clock):
    asked(account)
    walk, page = half(account)
    walk.post(page, "code", code=wrong_for(secret))
    assert FactorRecovery.objects.get().state == "open"


@pytest.mark.parametrize("end", ["blocked", "closed", "removed"])
def test_what_changes_the_account_stops_it(account, elsewhere, secret, clock, end):
    asked(account)
    if end == "blocked":
        block_account(account)
        unblock_account(account)
    elif end == "closed":
        close_account(act(account))
    else:
        remove_credential(act(account), Authenticator.objects.get().number)
        number, uri = add_totp(act(account))
        new = re.search(r"secret=(\w+)", uri)[1]
        prove_authenticator(act(account), number, code=shown_by(new))

    assert FactorRecovery.objects.get().state == "stopped"
    assert in_time(clock) == 0
    assert Authenticator.objects.exists()


def test_a_blocked_account_is_left_alone(account, secret, clock):
    asked(account)
    Account.objects.update(status="blocked")
    assert in_time(clock) == 1
    assert (FactorRecovery.objects.get().state, Authenticator.objects.count()) == ("open", 1)


def test_passkeys_stay(account, secret, clock):
    Passkey.objects.create(account=account, credential_id="x", public_key=b"")
    asked(account)
    in_time(clock)
    assert Passkey.objects.exists()


def test_one_stands_open_and_three_a_week_are_enough(account, elsewhere, secret, clock):
    walk, _page = asked(account)
    clock.shift(600)
    assert "will be removed:" in half(account)[0].get("/login/second/lost").text
    due = FactorRecovery.objects.get().due_at
    for _time in range(2):
        elsewhere.press(elsewhere.get("/me/security/"), "/recovery/stop/")
        clock.shift(1200)
        asked(account)
    assert FactorRecovery.objects.count() == 3
    assert FactorRecovery.objects.get(state="open").due_at > due
    elsewhere.press(elsewhere.get("/me/security/"), "/recovery/stop/")
    walk, _page = half(account)
    page = walk.press(walk.get("/login/second/lost"), "/lost/send")

    assert "Too many tries." in page.text
    assert FactorRecovery.objects.count() == 3


def test_nobody_elses_is_stopped(account, secret, clock):
    asked(account)
    walk = FreedomWalk(Client())
    walk.sign_in("/me/", phone_of(person()))
    walk.fetch("POST", "/me/security/recovery/stop/")
    assert "going to be removed" not in walk.get("/me/security/").text
    assert FactorRecovery.objects.get().state == "open"


def test_she_goes_on_to_the_partner_who_waits(account, secret, clock):
    client, client_secret = partner()
    walk = FreedomWalk(Client())
    page = walk.sign_in(walk.link(client.client_id, client_secret, grants=["read.firstname"]), phone_of(account))
    lost = walk.get(page.url.replace("/second", "/second/lost"))
    back = re.search(r'href="(/login/second\?[^"]+)"', lost.text)[1]
    assert walk.post(walk.get(back), "code", code=shown_by(secret)).url.startswith(f"{ISSUER}/consent?track_id=")


@pytest.mark.requirement("security O9")
def test_staff_asks_an_administrator(db, clock):
    staff = person(is_staff=True)
    with_app(staff)
    walk, _page = half(staff)
    page = walk.get("/login/second/lost")
    assert "ask an administrator" in page.text
    assert "/lost/send" not in page.text
    assert walk.fetch("POST", "/login/second/lost/send").url == LOST
    assert not OneTimeCode.objects.exists()
    assert not FactorRecovery.objects.exists()


def test_who_became_staff_before_the_code_was_entered_opens_nothing(account, secret, clock):
    walk, _page = half(account)
    page = walk.press(walk.get("/login/second/lost"), "/lost/send")
    Account.objects.update(is_staff=True)
    page = walk.post(page, "code", code=delivered())
    assert (page.status, "ask an administrator" in page.text) == (403, True)
    assert not FactorRecovery.objects.exists()


def test_of_who_became_staff_meanwhile_it_is_stopped(account, secret, clock):
    asked(account)
    Account.objects.update(is_staff=True)
    assert (in_time(clock), journal("stopped"), journal("done")) == (1, 1, 0)
    assert Authenticator.objects.filter(account=account).exists()
    assert in_time(clock) == 0
