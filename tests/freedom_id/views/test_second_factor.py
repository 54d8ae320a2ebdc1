"""Sign-in where the person has an app: its code or a recovery code after the first proof, unless she trusts the
browser."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from freedom_id.domain.accounts import sign_out_everywhere
from freedom_id.domain.authenticators import add_recovery_codes
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.domain.sign_in import prove_second_factor
from freedom_id.enums import EndReason
from freedom_id.models import Account, AccountEvent, Allowance, Authenticator, BrowserSignIn, Device, OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.compliance.standard_door import ISSUER
from tests.factories.people import email_of, partner, person, phone_of
from tests.factories.proofs import shown_by, with_app, wrong_for
from tests.freedom_id.domain.at_once import at_once
from tests.journeys.walk import FreedomWalk

SESSION, DEVICE = "session-8000", "device-8000"
SECOND = f"{ISSUER}/login/second?next=%2Fme%2F"
IP = "203.0.113.7"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def secret(account):
    return with_app(account)


def half(account, cookie="", start="/me/"):
    """A browser in which the password was right."""
    walk = FreedomWalk(Client())
    if cookie:
        walk.browser.cookies[DEVICE] = cookie
    return walk, walk.sign_in(start, phone_of(account))


def recovery_codes(account):
    sign_in = BrowserSignIn(started_at=timezone.now(), stepped_up_at=timezone.now())
    return add_recovery_codes(PersonsAct(account, None, None, IP, sign_in))[1]


@pytest.mark.requirement("security O9")
def test_the_password_alone_opens_nothing(account, secret, clock):
    walk, page = half(account)

    assert page.url == SECOND
    for path in ("/me/", "/me/security/", "/consent", "/admin/", "/me/devices/"):
        assert 'name="identifier"' in walk.get(path).text
    assert not BrowserSignIn.objects.exists()


def test_the_code_of_the_app_lets_her_in(account, secret, clock):
    walk, page = half(account)
    before = walk.browser.cookies[SESSION].value
    page = walk.post(page, "code", code=shown_by(secret))

    assert page.url == f"{ISSUER}/me/"
    assert walk.browser.cookies[SESSION].value != before
    sign_in = BrowserSignIn.objects.get()
    assert (sign_in.amr, sign_in.stepped_up_at) == (["pwd", "otp", "mfa"], timezone.now())
    assert Device.objects.get().trusted_at is None


def test_people_type_codes_with_spaces(account, secret, clock):
    walk, page = half(account)
    code = shown_by(secret)

    assert walk.post(page, "code", code=f" {code[:3]} {code[3:]} ").url == f"{ISSUER}/me/"


def test_without_an_app_nothing_more_is_asked(account):
    recovery_codes(account)
    Authenticator.objects.create(account=account, type="totp", secret="A" * 32)  # begun, never proven

    assert half(account)[1].url == f"{ISSUER}/me/"
    assert BrowserSignIn.objects.get().amr == ["pwd"]


@pytest.mark.parametrize(("to", "amr"), [("mobile", ["otp", "sms"]), ("email", ["otp"])])
def test_a_one_time_code_is_a_first_proof_too(walk, account, secret, clock, to, amr):
    walk.post(walk.get("/login"), "identifier", identifier=phone_of(account) if to == "mobile" else email_of(account))
    page = walk.fetch("POST", "/login/code/send")
    deliver_code(str(OneTimeCode.objects.get().pk))
    page = walk.post(page, "code", code=InboxMessage.objects.get().text.rpartition("#")[2])
    assert page.url == f"{ISSUER}/login/second"
    walk.post(page, "code", code=shown_by(secret))

    assert BrowserSignIn.objects.get().amr == amr, "two things that she has are no two factors"
    assert BrowserSignIn.objects.get().stepped_up_at is not None


@pytest.mark.requirement("RFC 6238 §5.2")
def test_each_step_signs_in_once(account, secret, clock):
    code = shown_by(secret)
    for expected in (f"{ISSUER}/me/", SECOND):
        walk, page = half(account)
        assert walk.post(page, "code", code=code).url == expected
    clock.shift(30)
    assert walk.post(page, "code", code=shown_by(secret)).url == f"{ISSUER}/me/"


def test_a_recovery_code_lets_her_in_once(account, secret, clock):
    code = recovery_codes(account)[4].lower()
    for expected in (f"{ISSUER}/me/", SECOND):
        walk, page = half(account)
        assert walk.post(page, "code", code=code).url == expected
    assert "does not match" in walk.post(page, "code", code=code).text


def test_she_goes_on_to_where_she_wanted(account, secret, clock):
    walk, page = half(account, start="/me/apps/")
    assert walk.post(page, "code", code=shown_by(secret)).url == f"{ISSUER}/me/apps/"
    client, client_secret = partner()
    clock.shift(30)
    walk = FreedomWalk(Client())
    page = walk.sign_in(walk.link(client.client_id, client_secret, grants=["read.firstname"]), phone_of(account))

    assert walk.post(page, "code", code=shown_by(secret)).url.startswith(f"{ISSUER}/consent?track_id=")


def test_the_first_proof_is_good_for_ten_minutes(account, secret, clock):
    walk, page = half(account)
    clock.shift(600)
    assert "does not match" in walk.post(page, "code", code=wrong_for(secret)).text
    clock.shift(1)

    assert walk.post(page, "code", code=shown_by(secret)).url.startswith(f"{ISSUER}/login")
    assert not BrowserSignIn.objects.exists()


@pytest.mark.parametrize("end", ["blocked", "signed out"])
def test_the_first_proof_ends_with_the_account_and_its_sessions(account, secret, clock, end):
    walk, page = half(account)
    if end == "blocked":
        Account.objects.filter(pk=account.pk).update(status="blocked")
    else:
        sign_out_everywhere(account, reason=EndReason.SIGNED_OUT)

    assert walk.post(page, "code", code=shown_by(secret)).url == f"{ISSUER}/login?next=%2Fme%2F"


def test_what_waits_for_the_second_factor_is_sealed(account, secret):
    half(account)

    assert str(account.pk) not in str(Session.objects.get().get_decoded())


def test_the_step_out_of_order_leads_to_the_first(walk, account, secret):
    assert walk.get("/login/second").url == f"{ISSUER}/login"


def test_the_sixth_guess_waits_and_a_new_first_proof_changes_nothing(account, secret, clock):
    for _guess in range(5):
        walk, page = half(account)
        page = walk.post(page, "code", code=wrong_for(secret))
        assert page.status == 200
    walk, page = half(account)
    page = walk.post(page, "code", code=shown_by(secret))

    assert page.status == 429
    assert "Too many tries." in page.text
    refused = AccountEvent.objects.filter(account=account, action="account:session:refused").order_by("reason")
    assert list(refused.values_list("reason", flat=True)) == ["limited", *["second"] * 5]
    clock.shift(1801)
    walk, page = half(account)
    assert walk.post(page, "code", code=shown_by(secret)).url == f"{ISSUER}/me/"


@pytest.mark.requirement("NIST SP 800-63B §5.2.2")
def test_after_a_hundred_wrong_codes_in_a_row_only_a_recovery_code_helps(account, secret, clock):
    codes, later = recovery_codes(account), timezone.now() + timedelta(days=900)
    key = f"second-factor-streak:account-{account.pk}"
    Allowance.objects.create(key=key, spent=100, window_ends_at=later)
    walk, page = half(account)

    assert "does not match" in walk.post(page, "code", code=shown_by(secret)).text
    assert walk.post(page, "code", code=codes[0]).url == f"{ISSUER}/me/"
    assert not Allowance.objects.filter(key=key).exists()
    walk, page = half(account)
    assert walk.post(page, "code", code=shown_by(secret)).url == f"{ISSUER}/me/"


def test_an_address_that_failed_too_often_guesses_no_more(account, secret, clock):
    walk, page = half(account)
    Allowance.objects.create(key="sign-in-ip:127.0.0.1", spent=50, window_ends_at=timezone.now() + timedelta(minutes=5))

    assert walk.post(page, "code", code=shown_by(secret)).status == 429


class TestTrust:
    def test_off_at_first_then_thirty_days_without_a_code(self, account, secret, clock):
        walk, page = half(account)
        assert page.form("trust").fields.get("trust") is None
        walk.post(page, "code", code=shown_by(secret), trust="on")
        cookie = walk.browser.cookies[DEVICE].value
        clock.shift(timedelta(days=30) - timedelta(seconds=1))
        assert half(account, cookie)[1].url == f"{ISSUER}/me/"
        assert BrowserSignIn.objects.latest("started_at").amr == ["pwd"]
        clock.shift(1)

        walk, page = half(account, cookie)
        assert page.url == SECOND
        walk.post(page, "code", code=shown_by(secret), trust="on")
        clock.shift(timedelta(days=29))
        assert half(account, cookie)[1].url == f"{ISSUER}/me/"

    def test_another_browser_of_hers_is_asked(self, account, secret, clock):
        walk, page = half(account)
        walk.post(page, "code", code=shown_by(secret), trust="on")

        assert half(account)[1].url == SECOND
        assert half(account, "forged:cookie")[1].url == SECOND

    def test_beside_a_trusted_device_a_code_makes_none(self, account, secret, clock):
        Device.objects.create(account=account, key="k", trusted_at=timezone.now())
        walk, page = half(account)
        assert 'name="trust"' not in page.text
        walk.post(page, "code", code=shown_by(secret), trust="on")

        assert Device.objects.exclude(key="k").get().trusted_at is None

    def test_trust_of_one_account_is_none_of_another(self, account, secret, clock, db):

        other = person()
        with_app(other)
        walk, page = half(account)
        walk.post(page, "code", code=shown_by(secret), trust="on")

        assert half(other, walk.browser.cookies[DEVICE].value)[1].url == SECOND


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("security O1")
def test_of_forty_guesses_at_once_five_are_judged_and_a_code_works_once():

    someone = person()
    secret = with_app(someone)
    wrong, right = wrong_for(secret), shown_by(secret)
    answers = at_once([lambda: prove_second_factor(someone, wrong, ip=IP)] * 40)
    assert sum(answer is False for answer in answers) == 5
    Allowance.objects.all().delete()
    answers = at_once([lambda: prove_second_factor(someone, right, ip=IP)] * 5)
    assert sum(answer is True for answer in answers) == 1
