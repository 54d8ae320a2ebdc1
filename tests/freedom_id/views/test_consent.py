"""The consent page: what it shows, what a press of its buttons writes, and when it writes nothing."""

import re
from datetime import timedelta
from html import unescape
from itertools import chain, combinations

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone

from consents.domain.collection_points import close_collection_point, collection_point_for
from consents.domain.notice_tokens import SALT
from consents.domain.purposes import NoticeText, notices_for, publish_purpose
from consents.domain.queries.history import history_for_subject
from consents.domain.reports.opt_in import opt_in_rate
from consents.domain.reports.part import Part
from consents.domain.subjects import subject_for_account
from consents.enums import PurposeScope
from consents.models import CollectionPoint, DailyCount
from freedom_id.domain.asked_data import SIGN_IN_PAGE
from freedom_id.grants import IDENTITY_PROVIDER
from freedom_id.models import Authorization, Grant
from tests.factories.people import REDIRECT_URI, person, phone_of
from tests.journeys.walk import FreedomWalk

REQUIRED = "read.firstname"
OPTIONAL = ("read.phone", "read.email", "read.date_of_birth")
SUBSETS = list(chain.from_iterable(combinations(OPTIONAL, size) for size in range(len(OPTIONAL) + 1)))


def everything(account):
    """(action, purpose) of every row, the oldest first."""
    rows = history_for_subject(subject_for_account(account))
    return [(row.action, row.purpose.name) for row in sorted(rows, key=lambda row: row.epoch)]


def ledger(account):
    """(action, grant) of every row about data, the oldest first."""
    return [row for row in everything(account) if row[1] != IDENTITY_PROVIDER]


def actions(account):
    return {grant: action for action, grant in ledger(account)}


def test_nothing_is_ticked_and_needed_data_has_no_control(ask):
    page = ask(REQUIRED, *OPTIONAL)

    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", page.text)
    assert [re.search(r'value="([^"]+)"', box)[1] for box in boxes] == list(OPTIONAL)
    assert "checked" not in "".join(boxes)
    assert page.text.count(f'data-grant="{REQUIRED}"') == 1


def test_who_asks_for_what_and_how_to_stop_is_on_the_page(ask, account):
    text = ask(REQUIRED, *OPTIONAL).text

    assert "Aral Market LLC" in text
    assert "To reach you by call or message about what you ordered." in text
    assert "Until I stop it" in text
    assert "Any time in Freedom ID → Apps" in text
    assert phone_of(account) not in text


def test_both_answers_are_buttons_of_one_kind(ask):
    buttons = re.findall(r'<button class="([^"]+)" name="decision" value="(\w+)"', ask(REQUIRED).text)

    assert buttons == [("button equal", "allow"), ("button equal", "deny")]


@pytest.mark.parametrize("ticked", SUBSETS, ids=str)
def test_any_choice_is_stored_exactly(home, ask, account, ticked):
    returned = home.consent(ask(REQUIRED, *OPTIONAL), grants=ticked).returned

    assert set(returned) == {"from", "authorization_code", "state", "iss"}
    assert actions(account) == {
        REQUIRED: "allow",
        **{grant: "allow" if grant in ticked else "refuse" for grant in OPTIONAL},
    }
    assert set(Authorization.objects.get().grants) == {REQUIRED, *ticked}


def test_the_ledger_holds_the_words_and_the_language_of_the_page(home, ask, account):
    home.consent(ask(REQUIRED, locale="ru"))

    rows = history_for_subject(subject_for_account(account))
    assert {(row.locale, len(row.text_sha256)) for row in rows} == {("ru", 64)}


def test_the_ledger_names_the_page_that_showed_the_words(home, ask, account):
    for _time in range(2):
        home.consent(ask(REQUIRED, "read.phone"), "deny")

    tokens = [row.notice_token_id for row in history_for_subject(subject_for_account(account))]
    assert None not in tokens
    assert [tokens.count(token) for token in dict.fromkeys(tokens)] == [3, 3]


def test_a_page_of_another_sign_in_decides_nothing(home, ask, account):
    page = ask(REQUIRED)
    elsewhere = FreedomWalk(Client())
    own = elsewhere.sign_in(page.url, phone_of(account))

    assert (
        elsewhere.post(own, "decision", decision="allow", notice=page.form("decision").fields["notice"]).status == 409
    )
    assert ledger(account) == []


def test_what_changed_since_the_person_agreed_is_on_the_page(home, ask, account):
    home.consent(ask(REQUIRED, "read.phone"), grants=["read.phone"])
    texts = {"en": NoticeText(title="Phone number", text="To reach you by call or message at any hour.")}
    publish_purpose("read.phone", scope=PurposeScope.PER_CLIENT, texts=texts, data_items=["phone", "voice"])

    page = ask(REQUIRED, "read.phone", "read.email")

    words = re.sub(r'<span class="consents-spoken">[^<]*</span>', "", re.sub(r"\s+", " ", page.text))
    assert "To reach you by call or message <del>about what you ordered</del><ins>at any hour</ins>." in words
    assert "<ins>voice</ins>" in words
    assert page.text.count("This changed since you agreed") == 1
    home.consent(page, grants=["read.phone"])
    assert actions(account)["read.phone"] == "allow"


def test_a_collection_point_that_staff_closed_asks_nothing(home, ask, account, registered):
    page = ask(REQUIRED)
    close_collection_point(collection_point_for(registered[0].client_id, name=SIGN_IN_PAGE))

    assert (home.get(page.url).status, home.consent(page).status) == (410, 410)
    assert ledger(account) == []


def test_a_grant_that_was_not_asked_is_ignored(home, ask, account):
    home.consent(ask(REQUIRED), grants=["read.identifier", "nonsense", "read.phone"])

    assert ledger(account) == [("allow", REQUIRED)]


def test_a_refusal_is_written_and_leads_back(home, ask, account):
    page = home.consent(ask(REQUIRED, *OPTIONAL), "deny", grants=OPTIONAL)

    assert page.location.startswith(REDIRECT_URI)
    assert page.returned["error_code"] == "100102"
    assert actions(account) == dict.fromkeys((REQUIRED, *OPTIONAL), "refuse")
    assert not Authorization.objects.exists()
    assert not Grant.objects.exists()


def test_being_known_to_the_partner_is_on_the_page_and_in_the_ledger(home, ask, account):
    page = ask(REQUIRED)
    words = notices_for([IDENTITY_PROVIDER], locale="en")[IDENTITY_PROVIDER]

    assert f"<dt>{words.title}</dt><dd>{words.text}</dd>" in page.text
    home.consent(page)

    assert everything(account) == [("allow", IDENTITY_PROVIDER), ("allow", REQUIRED)]
    assert set(Authorization.objects.get().grants) == {REQUIRED}
    assert words.text not in ask(REQUIRED, "read.phone").text


def test_a_refusal_of_the_first_visit_refuses_to_be_known(home, ask, account):
    home.consent(ask(REQUIRED), "deny")

    assert everything(account) == [("refuse", IDENTITY_PROVIDER), ("refuse", REQUIRED)]


def test_a_connection_older_than_its_purpose_is_asked_about_at_the_next_visit(home, ask, account, registered):
    older = Authorization.objects.create(account=account, client=registered[0])
    page = ask(REQUIRED)

    assert "<dt>Your Freedom ID</dt>" in page.text
    home.consent(page)
    assert Authorization.objects.get() == older
    assert everything(account) == [("allow", IDENTITY_PROVIDER), ("allow", REQUIRED)]


def test_what_stands_is_not_asked_again(home, ask, account):
    home.consent(ask(REQUIRED, "read.phone"), grants=["read.phone"])
    page = ask(REQUIRED, "read.phone")

    assert "Continue as Dilnoza" in page.text
    assert 'type="checkbox"' not in page.text
    assert home.consent(page).returned["authorization_code"]
    assert len(ledger(account)) == 2


def test_only_what_is_new_is_asked(home, ask, account):
    home.consent(ask(REQUIRED, "read.phone"), grants=["read.phone"])

    page = ask(REQUIRED, "read.phone", "read.email")

    assert re.findall(r'type="checkbox" name="grants" value="([^"]+)"', page.text) == ["read.email"]
    home.consent(page, grants=["read.email"])
    assert ledger(account)[2:] == [("allow", "read.email")]
    assert set(Authorization.objects.get().grants) == {REQUIRED, "read.phone", "read.email"}


def test_a_refusal_of_more_keeps_what_stood(home, ask):
    home.consent(ask(REQUIRED, "read.phone"), grants=["read.phone"])

    home.consent(ask(REQUIRED, "read.phone", "read.email"), "deny")

    assert set(Authorization.objects.get().grants) == {REQUIRED, "read.phone"}


def test_a_second_press_writes_nothing_and_leads_nowhere(home, ask, account):
    page = ask(REQUIRED, *OPTIONAL)
    home.consent(page, grants=["read.phone"])
    before = ledger(account)

    for decision in ("allow", "deny"):
        again = home.consent(page, decision)
        assert (again.status, again.location) == (410, "")

    assert ledger(account) == before
    assert Grant.objects.count() == 1


def test_the_page_counts_what_it_asks_and_nothing_again_beside_an_error(home, ask):
    page = ask(REQUIRED, *OPTIONAL)
    part = Part(timezone.now().date() - timedelta(days=1), timezone.now().date() + timedelta(days=1))

    assert {cell.asked for cell in opt_in_rate(part).rows.values()} == {1}
    assert set(opt_in_rate(part).rows) == {IDENTITY_PROVIDER, REQUIRED, *OPTIONAL}

    assert home.post(page, "decision", decision="allow", notice="altered").status == 409
    assert {cell.asked for cell in opt_in_rate(part).rows.values()} == {1}


def test_a_page_of_a_closed_point_counts_nothing(ask, registered):
    CollectionPoint.objects.filter(recipient=registered[0].client_id).update(status="closed")

    assert ask(REQUIRED).status == 410
    assert not DailyCount.objects.exists()


def test_looking_writes_nothing(ask, account):
    ask(REQUIRED, *OPTIONAL)

    assert ledger(account) == []


def resigned(page, **changed):
    """The notice of `page` with other claims, signed as ours are."""
    claims = signing.loads(page.form("decision").fields["notice"], salt=SALT)
    point, account_id, binding = claims["for"]
    holder = {"point": point, "account_id": account_id, "binding": binding} | changed
    return signing.dumps(claims | {"for": list(holder.values())}, salt=SALT)


NOTICES = {
    "missing": lambda page: "",
    "altered": lambda page: page.form("decision").fields["notice"][:-1] + "~",
    "of another request": lambda page: resigned(page, binding="0" * 64),
    "of another person": lambda page: resigned(page, account_id="0"),
    "of another collection point": lambda page: resigned(page, point="00000000-0000-0000-0000-000000000000"),
    "under another salt": lambda page: signing.dumps([1, 2, []], salt="other"),
}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_a_notice_that_is_not_of_this_page_decides_nothing(home, ask, account, notice, decision):
    page = ask(REQUIRED, "read.phone")

    again = home.post(page, "decision", decision=decision, notice=notice(page), grants=["read.phone"])

    assert (again.status, again.location) == (409, "")
    assert "The page was open for too long. Please choose again." in again.text
    assert ledger(account) == []
    assert home.consent(again).returned["authorization_code"]


@pytest.mark.parametrize(("minutes", "status"), [(29, 302), (31, 409)])
def test_a_notice_is_good_for_half_an_hour(home, ask, settings, minutes, status):
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"LINK_SECONDS": 7200}
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = ask(REQUIRED)
        clock.shift(timedelta(minutes=15))
        home.get("/me/")  # keeps the session
        clock.shift(timedelta(minutes=minutes - 15))

        assert home.consent(page).status == status


def test_a_link_that_ran_out_decides_nothing(home, ask, account):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = ask(REQUIRED)
        clock.shift(timedelta(minutes=10))

        assert home.consent(page).status == 410
        assert ledger(account) == []


@pytest.mark.parametrize("decision", ["", "ALLOW", "yes"])
def test_an_odd_decision_decides_nothing(home, ask, account, decision):
    assert home.consent(ask(REQUIRED), decision).status == 409
    assert ledger(account) == []


def test_a_new_wording_is_asked_before_it_is_agreed_to(home, ask, account):
    page = ask(REQUIRED)
    texts = {"en": NoticeText(title="First name", text="To sell it.")}
    publish_purpose(REQUIRED, scope=PurposeScope.PER_CLIENT, texts=texts, data_items=["firstname"])

    again = home.consent(page)

    assert again.status == 409
    assert "To sell it." in again.text
    assert "The text changed meanwhile." in again.text
    assert ledger(account) == []


def test_another_account_is_one_press_away_without_an_error(home, ask):
    page = ask(REQUIRED)
    href = unescape(re.search(r'href="([^"]+)">Use another account', page.text)[1])

    login = home.get(href)

    assert 'name="identifier"' in login.text
    assert "<title>Error" not in login.text
    assert "errorlist" not in login.text


def test_another_account_decides_for_itself(home, ask, account):
    other = person(firstname="Timur")
    url = ask(REQUIRED).url.replace("/consent", "/login") + "&switch=1"

    page = home.sign_in(url, phone_of(other))
    home.consent(page)

    assert "Timur" in page.text
    assert (ledger(account), ledger(other)) == ([], [("allow", REQUIRED)])


def test_a_page_of_one_person_is_not_decided_by_another(home, ask, account):
    page = ask(REQUIRED)
    other = person(firstname="Timur")
    home.sign_in(page.url.replace("/consent", "/login") + "&switch=1", phone_of(other))

    assert home.consent(page).status == 409
    assert (ledger(account), ledger(other)) == ([], [])


@pytest.mark.parametrize("track", ["", "x", "00000000-0000-0000-0000-000000000000", "%00", "a" * 5000])
def test_an_unknown_track_gets_a_page(home, track):
    page = home.get(f"/consent?track_id={track}")

    assert (page.status, page.location) == (410, "")
    assert "100103" in page.text


def test_a_forged_press_from_another_site_is_refused(account, registered):
    browser = Client(enforce_csrf_checks=True)
    walk = FreedomWalk(browser)
    page = walk.sign_in(FreedomWalk(Client()).link(*credentials(registered), grants=[REQUIRED]), phone_of(account))
    fields = page.form("decision").fields | {"decision": "allow"}

    for token in ("", "x" * 64):
        forged = walk.fetch("POST", page.url, fields | {"csrfmiddlewaretoken": token})
        assert forged.status == 403
    assert ledger(account) == []
    assert walk.consent(page).returned["authorization_code"]


def credentials(registered):
    client, secret = registered
    return client.client_id, secret


def test_a_blocked_account_is_not_asked(home, ask, account):
    page = ask(REQUIRED)
    type(account).objects.update(status="blocked")

    assert home.consent(page).location == ""
    assert not Grant.objects.exists()
