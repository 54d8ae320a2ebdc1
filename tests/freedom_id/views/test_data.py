"""The person's data: masked, shown, changed, and its numbers and addresses, each with fresh proof."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freedom_id.domain.messages.notices import notice_message
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.models import Account, AccountEvent, BrowserSignIn, Credential, Notice, OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.compliance.standard_door import ISSUER
from tests.factories.people import email_of, partner, person, phone_of
from tests.freedom_id.views.test_me import share
from tests.journeys.walk import FreedomWalk

DATA, CONFIRM = f"{ISSUER}/me/data/", f"{ISSUER}/me/security/confirm/"
NEW_PHONE = "+998935550101"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fresh(home, clock):
    """A browser in which the person signed in by two proofs just now."""
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())
    return home


def number_of(value):
    return next(row.number for row in Credential.objects.all() if row.value == value)


def sent_code():
    deliver_code(str(OneTimeCode.objects.get(sent_at=None).pk))
    message = InboxMessage.objects.latest("pk")
    return message.to, message.text.rpartition("#")[2]


def claimed(walk, value=NEW_PHONE):
    page = walk.get("/me/data/contacts/add/")
    return walk.post(page, "identifier", identifier=value)


def test_everything_is_masked_and_says_who_sees_it(home, registered, account):
    share(home, *registered, grants=("read.firstname", "read.phone"))

    text = home.get("/me/data/").text

    for value in (phone_of(account), email_of(account), "Karimova", "1994-05-17", account.identifier):
        assert value not in text
    seen = dict(re.findall(r'class="label">([^<]+)</span>.*?<p class="hint pieces">(.*?)</p>', text, re.DOTALL))
    assert [title for title, line in seen.items() if "Aral Market" in line] == [
        "First name",
        "Phone number · the main one",
    ]
    assert re.search(r'href="/me/apps/[0-9a-f-]+/">Aral Market<', text)


def test_whoever_has_the_full_profile_sees_every_datum(home, registered):
    share(home, *registered, grants=("read.firstname", "read.profile"))

    text = home.get("/me/data/").text

    assert "No app sees it" not in text


def test_in_full_it_is_shown_after_fresh_proof_only(home, account, clock):
    assert home.get("/me/data/full/").url.startswith(CONFIRM)
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())

    page = home.get("/me/data/full/")

    assert phone_of(account) in page.text
    assert "Karimova" in page.text
    assert "no-store" in page.headers["cache-control"]
    clock.shift(timedelta(minutes=6))
    assert home.get("/me/data/full/").url != page.url


def test_details_are_changed_journaled_and_told(fresh, account):
    page = fresh.get("/me/data/edit/")
    page = fresh.post(page, "firstname", lastname="Yusupova", country="kaz", date_of_birth="1995-01-02")

    assert page.url == DATA
    assert "Your data is changed." in page.text
    changed = Account.objects.get()
    assert (changed.firstname, changed.lastname, changed.country) == ("Dilnoza", "Yusupova", "KAZ")
    assert changed.date_of_birth == date(1995, 1, 2)
    assert AccountEvent.objects.filter(action="account:person:changed", client=None).count() == 1
    assert {notice.address for notice in Notice.objects.filter(kind="changed", about="")} == {
        phone_of(account),
        email_of(account),
    }
    assert (
        "Your personal data in Freedom ID was changed."
        in notice_message(Notice.objects.filter(kind="changed").first()).text
    )


def test_what_is_sent_as_it_was_changes_and_tells_nothing(fresh):
    assert fresh.post(fresh.get("/me/data/edit/"), "firstname", gender="F").url == DATA
    assert not Notice.objects.filter(kind="changed").exists()
    assert not AccountEvent.objects.filter(action="account:person:changed").exists()


def test_the_national_identifier_is_nobodys_to_change(fresh, account):
    page = fresh.get("/me/data/edit/")
    assert "identifier" not in page.form("firstname").names
    fresh.post(page, "firstname", identifier="1", is_staff="1", lastname="X")
    assert Account.objects.get().identifier == account.identifier
    assert not Account.objects.get().is_staff


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("country", "Uzbekistan", "at most 3 characters|three letters"),
        ("country", "U1Z", "three letters"),
        ("date_of_birth", "2999-01-01", "past date"),
        ("date_of_birth", "17.05.1994", "past date"),
        ("firstname", "A" * 101, "too long"),
        ("gender", "Q", "Select a valid choice"),
        ("nationality", "Uz\u202ebek", "letters, digits"),
    ],
    ids=["a name of a country", "a digit", "a day to come", "another order", "long", "gender", "a hidden sign"],
)
def test_a_mistake_stands_beside_its_field_and_keeps_what_was_typed(fresh, field, typed, said):
    page = fresh.post(fresh.get("/me/data/edit/"), "firstname", **{field: typed, "lastname": "Kept"})

    assert page.status == 422
    assert re.search(rf'id="id_{field}_error".*?({said})', page.text, re.DOTALL)
    assert 'value="Kept"' in page.text
    assert Account.objects.get().lastname == "Karimova"


def test_what_was_typed_too_late_is_there_after_the_proof(fresh, clock):
    page = fresh.get("/me/data/edit/")
    clock.shift(timedelta(minutes=6))
    BrowserSignIn.objects.update(stepped_up_at=None)
    assert fresh.post(page, "firstname", lastname="Yusupova").url.startswith(f"{ISSUER}/login")
    assert Account.objects.get().lastname == "Karimova"
    BrowserSignIn.objects.update(started_at=timezone.now(), stepped_up_at=timezone.now())

    page = fresh.get("/me/data/edit/")
    assert 'value="Yusupova"' in page.text
    fresh.post(page, "firstname")
    assert Account.objects.get().lastname == "Yusupova"


def test_a_number_is_added_by_the_code_to_it(fresh, account):
    page = claimed(fresh)
    to, code = sent_code()
    assert to == NEW_PHONE
    assert NEW_PHONE not in page.text
    assert "not proven yet" in fresh.get("/me/data/").text
    page = fresh.post(page, "code", code="000000" if code != "000000" else "111111")
    assert "This code does not match." in page.text

    page = fresh.post(page, "code", code=code)

    assert page.url == DATA
    assert "It is yours now" in page.text
    added = Credential.objects.get(number=number_of(NEW_PHONE))
    assert (added.account, added.is_primary, added.verified_at is not None) == (account, False, True)
    assert AccountEvent.objects.filter(action="account:credential:added").count() == 1
    assert NEW_PHONE in {notice.address for notice in Notice.objects.filter(kind="added")}


def test_without_fresh_proof_nothing_is_added_made_main_or_removed(home, account):
    number = Credential.objects.filter(is_primary=False).first().number
    paths = ["contacts/add/", f"contacts/{number}/main/", f"contacts/{number}/remove/", "edit/"]
    for path in paths:
        assert home.get(f"/me/data/{path}").url.startswith(CONFIRM)
        sent = {"identifier": NEW_PHONE, "firstname": "X"}
        assert home.fetch("POST", f"/me/data/{path}", sent).url.startswith(CONFIRM)
    assert Credential.objects.count() == 4
    assert Account.objects.get().firstname == "Dilnoza"


def test_a_number_that_is_somebody_elses_is_told_to_its_owner_alone(fresh):
    other = person()
    page = claimed(fresh, phone_of(other))
    assert page.url.endswith("/prove/"), "as for any other number"
    _to, code = sent_code()

    page = fresh.post(page, "code", code=code)

    assert "Somebody else uses this number" in page.text
    assert phone_of(other) in {row.value for row in other.credentials.verified()}


def test_a_number_of_her_own_is_in_the_list_already(fresh, account):
    page = claimed(fresh, phone_of(account))
    assert page.status == 422
    assert "in your list already" in page.text


def test_a_code_of_another_claim_proves_nothing(fresh):
    page = claimed(fresh)
    _to, code = sent_code()
    claimed(fresh, "new@mail.example")

    assert fresh.post(page, "code", code=code).url == page.url
    assert Credential.objects.verified().count() == 4


def test_codes_wait_and_the_page_says_how_long(fresh):
    page = claimed(fresh)
    page = fresh.press(page, "/send/")
    assert "Too many tries. Wait" in page.text


def test_another_number_becomes_the_main_one(fresh, account):
    former = phone_of(account)
    other = next(row for row in Credential.objects.filter(type="mobile", is_primary=False))
    page = fresh.get(f"/me/data/contacts/{other.number}/main/")
    assert other.value not in page.text

    page = fresh.post(page, "decision", decision="main")

    assert "It is the main one now." in page.text
    assert phone_of(account) == other.value
    assert Credential.objects.verified().count() == 4
    assert AccountEvent.objects.filter(action="account:credential:main").count() == 1
    told = Notice.objects.filter(kind="changed", about="mobile")
    assert {notice.address for notice in told} == {other.value, email_of(account)}
    assert "Now the main one of your Freedom ID" in notice_message(told.first()).text
    assert former in {row.value for row in Credential.objects.all()}


def test_what_is_not_proven_never_becomes_the_main_one(fresh):
    claimed(fresh)
    assert fresh.get(f"/me/data/contacts/{number_of(NEW_PHONE)}/main/").status == 404
    assert fresh.fetch("POST", f"/me/data/contacts/{number_of(NEW_PHONE)}/main/").status == 404


def test_a_number_is_removed_and_told_but_never_the_last(fresh, account):
    while (row := Credential.objects.order_by("is_primary").first()) and Credential.objects.count() > 1:
        page = fresh.get(f"/me/data/contacts/{row.number}/remove/")
        page = fresh.post(page, "decision", decision="remove")
        assert "Removed." in page.text
        assert row.value in {notice.address for notice in Notice.objects.filter(kind="removed")}
        BrowserSignIn.objects.update(stepped_up_at=timezone.now())
    page = fresh.fetch("POST", f"/me/data/contacts/{Credential.objects.get().number}/remove/")

    assert "only way to sign in" in page.text
    assert Credential.objects.count() == 1


@pytest.mark.parametrize("act", ["prove", "main", "remove", "send"])
def test_a_foreign_number_answers_as_an_unknown_one(fresh, act):
    foreign = person().credentials.first().number
    for number in (foreign, 1, 10**30):
        path = f"/me/data/contacts/{number}/{act}/"
        if act != "send":
            assert fresh.get(path).status == 404
        assert fresh.fetch("POST", path, {"code": "1"}).status == 404
    assert Credential.objects.count() == 8


def test_a_page_costs_the_same_with_one_app_and_three(home, registered):
    share(home, *registered)
    with CaptureQueriesContext(connection) as one:
        home.get("/me/data/")
    for name in ("Silk Road Air", "Rice"):
        share(home, *partner(name=name))
    with CaptureQueriesContext(connection) as three:
        home.get("/me/data/")
    assert len(one) == len(three) <= 12


def test_strangers_sign_in_first():
    for path in ("", "full/", "edit/", "contacts/add/", "contacts/1/prove/"):
        assert "/login" in FreedomWalk(Client()).get(f"/me/data/{path}").url
