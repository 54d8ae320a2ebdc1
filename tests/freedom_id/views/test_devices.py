"""The browser as a device: known again by its cookie, signed out from elsewhere, trusted, asked for approval."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone, translation

from freedom_id.domain.notices import deliver_notice, due_notices
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.two_step import Asked, ask_second_factor
from freedom_id.enums import TwoStepMethod
from freedom_id.models import AccountEvent, BrowserSignIn, Device, Grant, TokenFamily, TwoStepChallenge
from identity_portal.demo.models import InboxMessage
from tests.factories.people import email_of, partner, person, phone_of
from tests.freedom_id.views.test_me import info, share
from tests.journeys.walk import FreedomWalk

COOKIE = "device-8000"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def browser(account, agent=FIREFOX, cookie=None):
    """A browser of its own in which the person signed in."""
    walk = FreedomWalk(Client(headers={"User-Agent": agent}))
    if cookie:
        walk.browser.cookies[COOKIE] = cookie
    walk.sign_in("/me/", phone_of(account))
    return walk


def cookie_of(walk):
    return walk.browser.cookies[COOKIE].value


def is_signed_in(walk):
    return walk.browser.get("/me/").status_code == 200


def device_ids(account):
    return list(Device.objects.filter(account=account).order_by("first_seen").values_list("pk", flat=True))


def ask(account, device=None, **more):
    client, _secret = partner(name="Oasis Bank")
    known = {"account": account, "asking_client": client, "client": client, "family": None, "device": device}
    shown = {"device_model": "SM-S921", "device_model_name": "Galaxy S24", "act": "Pay 500", "ip": "203.0.113.9"}
    return ask_second_factor(Asked(**(known | shown | {"locale": "en"} | more)), TwoStepMethod.NOTIFICATION)


@pytest.mark.requirement("ASVS 3.3.1")
def test_the_cookie_is_for_the_server_alone_and_outlives_the_session(home):
    cookie = home.browser.cookies[COOKIE]

    assert cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    assert int(cookie["max-age"]) >= 30 * 24 * 3600


def test_over_https_the_cookie_is_bound_to_the_host(settings, account):
    settings.SESSION_COOKIE_SECURE = True
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"DEVICE_COOKIE": "__Host-device"}
    walk = FreedomWalk(Client())
    walk.sign_in("/me/", phone_of(account))

    cookie = walk.browser.cookies["__Host-device"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_a_browser_is_known_again(account):
    first = browser(account)
    again = browser(account, cookie=cookie_of(first))

    assert len(device_ids(account)) == 1
    assert Device.objects.get().model_name == "Firefox, Linux"
    assert BrowserSignIn.objects.count() == 2
    assert is_signed_in(again)


def test_what_lies_in_the_database_is_no_cookie(home, account):
    value = cookie_of(home).partition(":")[0]

    assert value not in str(Device.objects.values().get())


@pytest.mark.parametrize("forged", ["unsigned", "signed with another key", "torn", "of another person"])
def test_a_forged_cookie_or_another_persons_gives_no_trust(account, forged):
    mine = browser(account)
    Device.objects.update(trusted_at=timezone.now())
    value = cookie_of(mine)
    other = browser(person())
    cookie = {
        "unsigned": value.partition(":")[0],
        "signed with another key": TimestampSigner(key="x", salt=COOKIE + "freedom_id.device").sign("x"),
        "torn": value[:-3],
        "of another person": cookie_of(other),
    }[forged]
    walk = browser(account, cookie=cookie)

    assert len(device_ids(account)) == 2
    assert Device.objects.filter(account=account, trusted_at__isnull=True).count() == 1
    assert "Only a trusted device can approve" in walk.get("/me/approvals/").text


def test_the_same_cookie_is_another_device_to_another_person(account):
    mine = browser(account)
    Device.objects.update(trusted_at=timezone.now())
    stranger = person()
    browser(stranger, cookie=cookie_of(mine))

    assert Device.objects.get(account=stranger).trusted_at is None
    assert len(set(Device.objects.values_list("key", flat=True))) == 2


def test_the_page_lists_browsers_with_this_one_first(account):
    here, there = browser(account), browser(account, agent=IPHONE)

    page = here.get("/me/devices/")
    assert page.text.index("Firefox, Linux") < page.text.index("Safari, iPhone")
    assert page.text.count("This device") == 1
    assert "Safari, iPhone" in there.get("/me/devices/").text
    assert re.search(r"<title>(.+?)</title>", page.text)[1] == "Devices – Freedom ID"


def test_another_browser_is_signed_out_with_all_that_came_from_it(account, registered):
    """Security plan O13: its session, tokens and codes, at once."""
    here, there = browser(account), browser(account, agent=IPHONE)
    token = share(there, *registered)
    client, secret = partner(name="Oasis Bank")
    there.consent(there.get(there.link(client.client_id, secret, grants=["read.firstname"])))
    assert Grant.objects.filter(spent_at__isnull=True).count() == 1
    assert info(token).status_code == 200

    page = here.press(here.get("/me/devices/"), "/sign-out/")

    assert "The device is signed out." in page.text
    assert "Safari, iPhone" not in page.text
    assert info(token).status_code == 401
    assert not Grant.objects.filter(spent_at__isnull=True).exists()
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)
    assert TokenFamily.objects.get().end_reason == "signed_out"


def test_tokens_of_an_earlier_session_of_the_browser_end_too(account, registered):
    here, there = browser(account), browser(account, agent=IPHONE)
    token = share(there, *registered)
    browser(account, agent=IPHONE, cookie=cookie_of(there))

    here.press(here.get("/me/devices/"), "/sign-out/")

    assert info(token).status_code == 401


def test_a_foreign_device_answers_as_an_unknown_one(home):
    other = person()
    browser(other)
    foreign = Device.objects.get(account=other)
    for device_id in (foreign.pk, uuid4()):
        assert home.browser.post(f"/me/devices/{device_id}/sign-out/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.signed_out_at is None


def test_everything_is_signed_out_at_once(account, registered):
    here, there = browser(account), browser(account, agent=IPHONE)
    token = share(there, *registered)
    page = here.get("/me/devices/sign-out/")
    assert is_signed_in(there), "a look at the page ends nothing"

    here.fetch("POST", page.url)

    assert info(token).status_code == 401
    assert (is_signed_in(here), is_signed_in(there)) == (False, False)
    assert not Device.objects.filter(signed_out_at__isnull=True).exists()


def test_leaving_signs_the_browser_out_and_keeps_it_known(home):
    home.fetch("POST", "/logout")

    assert Device.objects.get().signed_out_at is not None
    assert BrowserSignIn.objects.get().ended_at is not None


@pytest.mark.parametrize("path", ["/me/devices/", "/me/devices/sign-out/", "/me/approvals/"])
def test_the_pages_are_for_a_signed_in_person(stranger, path):
    assert stranger.get(path).headers["Location"].startswith("/login")


@pytest.mark.parametrize("path", ["trust/", "sign-out/", "86582ccd-59d1-408f-81e8-13d665dc5244/sign-out/"])
def test_a_post_without_our_token_is_refused(stranger, path):
    assert stranger.post(f"/me/devices/{path}").status_code == 403


def test_a_new_browser_is_told_of_in_the_persons_language(account):
    with translation.override(None):
        first = browser(account)
    Device.objects.update(locale="ru")
    assert due_notices() == [], "the first one is nobody else's"
    browser(account, cookie=cookie_of(first))
    assert due_notices() == [], "nor is one that is known"
    Device.objects.update(locale="ru")

    browser(account, agent=IPHONE)
    [due] = due_notices()
    deliver_notice(due)
    deliver_notice(due)

    message = InboxMessage.objects.get()
    assert message.to == email_of(account)
    assert "Safari, iPhone" in message.text
    assert "/me/devices/" in message.text
    with translation.override("ru"):
        assert (
            message.subject == translation.gettext("New sign-in to your Freedom ID") != "New sign-in to your Freedom ID"
        )
    assert AccountEvent.objects.filter(account=account, action="account:device:new").count() == 1
    assert due_notices() == []


def test_an_alert_that_no_channel_takes_stays_due_for_a_day(account, settings, caplog):
    browser(account)
    browser(account, agent=IPHONE)
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CHANNELS": {"email": "tests.faults.doubles.BrokenChannel"}}
    [due] = due_notices()
    deliver_notice(due)

    assert "ConnectionError" in caplog.text
    assert email_of(account) not in caplog.text
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        assert due_notices() == [due]
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert due_notices() == []


def test_without_an_address_a_new_browser_is_told_to_the_phone(account):
    account.credentials.filter(type="email").delete()
    browser(account)
    browser(account, agent=IPHONE)
    [due] = due_notices()
    deliver_notice(due)
    assert [message.to for message in InboxMessage.objects.all()] == [phone_of(account)]


def test_the_first_browser_trusts_itself_while_its_sign_in_is_fresh(account):
    with time_machine.travel(timezone.now() - timedelta(minutes=6), tick=True):
        old = browser(account)
    assert "Trust this browser" not in old.get("/me/devices/").text
    refused = old.fetch("POST", "/me/devices/trust/")
    assert "Sign in again" in refused.text

    fresh = browser(account, cookie=cookie_of(old))
    page = fresh.press(fresh.get("/me/devices/"), "/trust/")
    assert "This browser is trusted now." in page.text

    second = browser(account, agent=IPHONE)
    assert "/me/devices/trust/" not in second.get("/me/devices/").text
    second.fetch("POST", "/me/devices/trust/")
    assert Device.objects.filter(trusted_at__isnull=False).count() == 1


@pytest.fixture
def trusted(home):
    Device.objects.update(trusted_at=timezone.now())
    return home


def test_a_trusted_browser_approves_with_the_number(trusted, account):
    challenge = ask(account)
    assert "1 request waits for your approval" in trusted.get("/me/devices/").text
    page = trusted.get("/me/approvals/")
    for text in ("Oasis Bank: Pay 500", "Galaxy S24", "203.0.113.9"):
        assert text in page.text
    assert f">{challenge.number}<" not in page.text

    page = trusted.post(page, "number", number=str(challenge.number), decision="approve")

    assert "Approved." in page.text
    challenge.refresh_from_db()
    assert (challenge.state, challenge.approving_device_id) == ("approved", Device.objects.get().pk)


def test_a_wrong_number_stays_on_the_page_and_the_third_refuses(trusted, account):
    challenge = ask(account)
    page = trusted.get("/me/approvals/")
    for number in ("", "7x", str(challenge.number - 1), str(challenge.number - 1)):
        page = trusted.post(page, "number", number=number, decision="approve")
        assert page.status == 422, number
        assert 'aria-invalid="true"' in page.text
    page = trusted.fetch(
        "POST", f"/me/approvals/{challenge.pk}/", {"number": str(challenge.number - 1), "decision": "approve"}
    )
    assert "Three wrong numbers" in page.text
    assert TwoStepChallenge.objects.get().state == "declined"


def test_a_no_needs_no_number_and_a_late_yes_says_so(trusted, account):
    challenge = ask(account)
    page = trusted.get("/me/approvals/")
    assert "Refused." in trusted.post(page, "number", decision="decline").text
    late = trusted.post(page, "number", number=str(challenge.number), decision="approve")
    assert "This was answered already" in late.text
    assert TwoStepChallenge.objects.get().state == "declined"


def test_an_untrusted_browser_and_the_one_that_asks_see_and_answer_nothing(trusted, account):
    untrusted = browser(account, agent=IPHONE)
    challenge = ask(account)
    assert "Oasis Bank" not in untrusted.get("/me/approvals/").text
    yes = {"number": str(challenge.number), "decision": "approve"}
    assert untrusted.browser.post(f"/me/approvals/{challenge.pk}/", yes).status_code == 404

    Device.objects.update(trusted_at=timezone.now())
    own = ask(account, device=Device.objects.get(model="Safari"))
    assert "203.0.113.9" in trusted.get("/me/approvals/").text
    assert str(own.pk) not in untrusted.get("/me/approvals/").text
    yes = {"number": str(own.number), "decision": "approve"}
    assert untrusted.browser.post(f"/me/approvals/{own.pk}/", yes).status_code == 404


def test_a_strangers_challenge_is_unknown(trusted, account):
    other = person()
    browser(other)
    Device.objects.update(trusted_at=timezone.now())
    challenge = ask(other)
    yes = {"number": str(challenge.number), "decision": "approve"}

    assert trusted.browser.post(f"/me/approvals/{challenge.pk}/", yes).status_code == 404
    assert str(challenge.pk) not in trusted.get("/me/approvals/").text


def test_what_is_over_is_purged_and_trust_is_kept(account):
    long_ago = timezone.now() - timedelta(days=95)
    browser(account)
    Device.objects.update(trusted_at=timezone.now())
    challenge = ask(account)
    Device.objects.update(signed_out_at=long_ago)
    forgotten = Device.objects.create(account=account, key="k", signed_out_at=long_ago)
    BrowserSignIn.objects.update(started_at=long_ago)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=3)):
        purge_expired()

    assert not TwoStepChallenge.objects.filter(pk=challenge.pk).exists()
    assert not BrowserSignIn.objects.exists()
    assert Device.objects.get().pk != forgotten.pk
