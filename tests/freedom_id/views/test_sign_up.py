"""Somebody without an account opens one on the sign-in pages, and nobody learns who has one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.accounts import account_for, register_account
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.notices import deliver_notice
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.models import Account, AccountEvent, BrowserSignIn, Notice, OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.compliance.standard_door import ISSUER
from tests.factories.people import email_of, phone_of
from tests.freedom_id.views.test_sign_in import scrubbed
from tests.journeys.walk import FreedomWalk, Page

NUMBER, MAILBOX = "+998907654321", "guli@mail.example"
NAME_PAGE = f"{ISSUER}/login/new/name"


def digits_for(address: str) -> str:
    """The worker sends the newest code; what came."""
    deliver_code(str(OneTimeCode.objects.latest("created_at").pk))
    return InboxMessage.objects.filter(to=address).latest("pk").text.rpartition("#")[2]


def begun(walk: FreedomWalk, identifier: str = NUMBER, url: str = "/login/new") -> Page:
    return walk.post(walk.get(url), "identifier", identifier=identifier)


def proven(walk: FreedomWalk, identifier: str = NUMBER, url: str = "/login/new") -> Page:
    return walk.post(begun(walk, identifier, url), "code", code=digits_for(identifier))


def by_sign_in(walk: FreedomWalk, identifier: str = NUMBER) -> Page:
    """As somebody who does not know that she has no account."""
    page = walk.press(walk.post(walk.get("/login"), "identifier", identifier=identifier), "/login/code/send")
    return walk.post(page, "code", code=digits_for(identifier))


def actions() -> list[str]:
    return list(AccountEvent.objects.order_by("happened_at").values_list("action", flat=True))


@pytest.mark.parametrize("identifier", [NUMBER, MAILBOX])
def test_number_or_address_code_and_name_open_an_account(walk, identifier):
    page = proven(walk, identifier)
    assert page.url == NAME_PAGE
    assert not Account.objects.exists()

    page = walk.post(page, "firstname", firstname=" Guli ", lastname="Saidova")

    assert page.url == f"{ISSUER}/me/"
    account = account_for(parse_identifier(identifier))
    assert (account.firstname, account.lastname, account.locale) == ("Guli", "Saidova", "en")
    assert not account.has_usable_password()
    assert actions() == ["account:status:opened", "account:session:started"]
    assert BrowserSignIn.objects.get().amr == (["otp", "sms"] if identifier == NUMBER else ["otp"])


def test_she_is_told_at_once_where_to_see_what_she_shares(walk):
    walk.post(proven(walk), "firstname", firstname="Guli")
    deliver_notice(str(Notice.objects.get().pk))

    text = InboxMessage.objects.latest("pk").text
    assert f"Your Freedom ID is open. See at any time what you share, and with whom: {ISSUER}/me/" in text


def test_from_a_partner_back_to_the_partner(walk, registered):
    client, secret = registered
    link = walk.link(client.client_id, secret, grants=["read.firstname", "read.email"])
    page = walk.get(link)
    assert f"/login/new?track_id={link.split('track_id=')[1][:36]}" in page.text
    page = walk.post(proven(walk, url=link.replace("/login?", "/login/new?")), "firstname", firstname="Guli")

    assert "Aral Market wants to see your data" in page.text
    assert page.text.count("Not given yet</span>") == 1
    assert "authorization_code" in walk.consent(page).returned
    assert AccountEvent.objects.get(action="account:status:opened").client == client


def test_somebody_who_signs_in_without_an_account_is_asked_whether_she_wants_one(walk):
    page = by_sign_in(walk)
    assert page.url == NAME_PAGE
    assert "No Freedom ID has this number yet" in page.text

    assert walk.post(page, "firstname", firstname="Guli").url == f"{ISSUER}/me/"


def test_whoever_has_an_account_is_signed_in_and_told_in_the_message(walk, account):
    page = proven(walk, phone_of(account))

    assert page.url == f"{ISSUER}/me/"
    assert "You have a Freedom ID already: sign in with it." in InboxMessage.objects.get().text
    assert Account.objects.count() == 1


def test_a_blocked_account_gets_no_second_one(walk, account):
    type(account).objects.update(status="blocked")

    page = proven(walk, phone_of(account))

    assert "This code does not match." in page.text
    assert walk.get("/login/new/name").url == f"{ISSUER}/login/new"


@pytest.mark.parametrize("firstname", ["", " ", "x" * 101, "Gu\u200bli", "Gu\u202eli"])
def test_a_name_is_asked_for_and_can_be_seen(walk, firstname):
    page = walk.post(proven(walk), "firstname", firstname=firstname)

    assert "Error: Your name" in page.text
    assert not Account.objects.exists()
    assert walk.post(page, "firstname", firstname="Гуля").url == f"{ISSUER}/me/"


def test_the_name_page_opens_after_the_proof_alone(walk):
    assert walk.get("/login/new/name").url == f"{ISSUER}/login/new"
    begun(walk)
    assert walk.get("/login/new/name").url == f"{ISSUER}/login/new"
    digits_for(NUMBER)
    assert walk.fetch("POST", "/login/new/name", {"firstname": "Eve"}).url == f"{ISSUER}/login/new"
    assert not Account.objects.exists()


def test_another_browser_has_not_proven_it(walk):
    proven(walk)
    other = FreedomWalk(Client())
    other.post(other.get("/login"), "identifier", identifier=NUMBER)

    assert other.get("/login/new/name").url == f"{ISSUER}/login/new"


def test_the_session_id_changes_at_the_proof(walk):
    page, planted = begun(walk), walk.browser.cookies["session-8000"].value
    walk.post(page, "code", code=digits_for(NUMBER))
    thief = Client()
    thief.cookies["session-8000"] = planted

    assert FreedomWalk(thief).get("/login/new/name").url == f"{ISSUER}/login/new"


def test_a_proof_opens_one_account_within_ten_minutes(walk):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = proven(walk)
        clock.shift(timedelta(minutes=10, seconds=1))
        assert walk.post(page, "firstname", firstname="Guli").url == f"{ISSUER}/login/new"
        assert not Account.objects.exists()


def test_who_opened_it_meanwhile_keeps_it(walk):
    page = proven(walk)
    register_account(parse_identifier(NUMBER), firstname="Guli")

    page = walk.post(page, "firstname", firstname="Eve")

    assert page.url == f"{ISSUER}/login"
    assert "was opened meanwhile. Sign in with it." in page.text
    assert account_for(parse_identifier(NUMBER)).firstname == "Guli"


def registration(identifier: str) -> Iterator[Page]:
    walk = FreedomWalk(Client())
    page = begun(walk, identifier)
    yield page
    yield walk.post(page, "code", code="000000x")
    yield walk.press(page, "/login/code/send")
    yield walk.get("/login/new/name")


def test_known_and_unknown_identifiers_get_the_same_pages_byte_for_byte(account):
    known = phone_of(account)
    other = f"{known[:-2]}{(int(known[-2:]) + 50) % 100:02d}"
    with time_machine.travel(timezone.now(), tick=False):
        for mine, theirs in zip(registration(known), registration(other), strict=True):
            assert scrubbed(mine) == scrubbed(theirs)


def test_who_asks_too_often_is_told_how_long_to_wait(walk):
    begun(walk)

    page = begun(walk)

    assert page.status == 429
    assert "Too many tries. Wait" in page.text
    assert OneTimeCode.objects.count() == 1


def test_another_code_of_a_registration_says_the_same(walk, account):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = begun(walk, email_of(account))
        clock.shift(timedelta(minutes=1))
        walk.press(page, "/login/code/send")
        digits_for(email_of(account))

    assert "You have a Freedom ID already" in InboxMessage.objects.get().text


def test_another_number_leads_back_to_the_beginning(walk):
    page = begun(walk)

    assert 'href="/login/new"' in page.text
    assert "Use another number or address" in page.text


def test_somebody_who_is_signed_in_may_open_another(home):
    page = home.get("/login/new")
    assert "Create your Freedom ID" in page.text

    page = home.post(proven(home), "firstname", firstname="Guli")

    assert page.url == f"{ISSUER}/me/"
    assert "Guli" in page.text


@pytest.mark.parametrize("path", ["/login/new", "/login/new/name"])
def test_other_methods_are_405_and_a_post_needs_our_token(db, stranger, path):
    assert Client().put(path).status_code == 405
    assert stranger.post(path, {"identifier": NUMBER, "firstname": "x"}).status_code == 403
