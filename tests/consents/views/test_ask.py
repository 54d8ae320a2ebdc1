"""The page of questions: what it shows, what a press of its button writes, and when it writes nothing."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consents.domain.collection_points import close_collection_point
from consents.domain.evidence import read_sealed
from consents.domain.purposes import NoticeText, publish_purpose
from consents.domain.subjects import subject_for_account
from consents.models import CollectionPoint, ConsentTransaction, DailyCount, Evidence, Subject
from tests.consents.acts import allow, open_point, publish, publish_facts
from tests.consents.conftest import new_account
from tests.consents.views.conftest import browser_of
from tests.journeys.walk import FreedomWalk, Page

ASK = "/consents/ask/sign-in/"
RADIO = re.compile(r'<input type="radio" name="([^"]+)" value="(\w+)"[^>]*?( checked)?>')


def ledger() -> dict[str, str]:
    rows = ConsentTransaction.objects.order_by("recorded_at", "epoch")
    return {row.purpose.name: row.action for row in rows.select_related("purpose")}


def fields(page: Page) -> list[str]:
    """The names of the questions, in the order of the page: calls, letters."""
    return list(dict.fromkeys(name for name, _value, _checked in RADIO.findall(page.text)))


def chosen(page: Page) -> list[tuple[str, str]]:
    return [(name, value) for name, value, checked in RADIO.findall(page.text) if checked]


def answer(walk: FreedomWalk, page: Page, *values: str, **more: Any) -> Page:
    return walk.post(page, "notice", **dict(zip(fields(page), values, strict=False)), **more)


def test_nothing_is_chosen_and_every_purpose_has_one_control(home: FreedomWalk, point: CollectionPoint) -> None:
    page = home.get(ASK)
    assert [value for _name, value, _checked in RADIO.findall(page.text)] == ["yes", "no", "yes", "no"]
    assert (len(fields(page)), chosen(page)) == (2, [])
    assert "checkbox" not in page.text


def test_the_page_says_all_that_a_person_must_know(home: FreedomWalk, settings: Any) -> None:
    settings.CONSENTS = {"CONTROLLERS": [{"party_id": "client-a", "party_name": "The Bookshop"}]}
    publish("calls")
    publish_facts(
        "calls",
        data_items=["phone"],
        optional_data_items=["age"],
        recipients=["Reading Lab"],
        third_countries=["KZ"],
        retention="P2Y",
        lifespan=timedelta(days=365),
    )
    open_point("calls")
    text = home.get(ASK).text
    until = timezone.now() + timedelta(days=365)
    assert f'datetime="{until:%Y-%m-%d}' in text
    said = ["To call you.", "No calls.", "phone", "age", "optional", "Reading Lab", "KZ", "2 years", "The Bookshop"]
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize("yes", [(False, False), (True, False), (False, True), (True, True)], ids=str)
def test_any_choice_is_stored_exactly(home: FreedomWalk, point: CollectionPoint, yes: tuple[bool, bool]) -> None:
    saved = answer(home, home.get(ASK), *("yes" if agreed else "no" for agreed in yes))
    assert (saved.status, urlsplit(saved.url).path.split("/")[2]) == (200, "answered")
    assert list(ledger().values()) == ["allow" if agreed else "refuse" for agreed in yes]
    assert saved.text.count("Agreed") == sum(yes)
    assert saved.text.count("Did not agree") == 2 - sum(yes)


def test_the_ledger_holds_the_words_and_the_page(home: FreedomWalk, point: CollectionPoint) -> None:
    saved = answer(home, home.get(ASK), "yes", "no")
    token = urlsplit(saved.url).path.split("/")[3]
    for row in ConsentTransaction.objects.all():
        assert (str(row.notice_token_id), row.locale, row.collection_point) == (token, "en", point)
        assert (row.actor, row.collection_point_version) == ("self", point.version)


def test_the_signed_notice_is_kept_as_evidence(home: FreedomWalk, point: CollectionPoint) -> None:
    page = home.get(ASK)
    answer(home, page, "yes", "no")
    [evidence] = Evidence.objects.all()
    assert json.loads(read_sealed(evidence)) == {"path": ASK, "notice": page.form("notice").fields["notice"]}
    assert {row.evidence_id for row in ConsentTransaction.objects.all()} == {evidence.pk}


def test_looking_writes_no_decision_and_no_person(home: FreedomWalk, point: CollectionPoint) -> None:
    home.get(ASK)
    assert (ConsentTransaction.objects.count(), Subject.objects.count()) == (0, 0)


def test_asking_is_counted_but_not_a_page_shown_again(home: FreedomWalk, point: CollectionPoint) -> None:
    page = home.get(ASK)
    answer(home, page, "yes")
    home.browser.head(ASK)
    assert {count.number for count in DailyCount.objects.filter(counted="asked")} == {1}


@pytest.mark.parametrize("values", [(), ("yes",), ("yes", ""), ("yes", "maybe"), ("", "no")], ids=str)
def test_every_question_is_answered_and_what_was_chosen_stays(
    home: FreedomWalk, point: CollectionPoint, values: tuple[str, ...]
) -> None:
    page = home.get(ASK)
    again = answer(home, page, *values)
    known = [(name, value) for name, value in zip(fields(page), values, strict=False) if value in ("yes", "no")]
    assert (again.status, ledger(), chosen(again)) == (400, {}, known)
    assert again.text.count("Choose one of the two.") == 2 - len(known)
    assert "<title>Error: " in again.text
    assert answer(home, again, "no", "no").status == 200


def test_only_what_is_new_is_asked(home: FreedomWalk, point: CollectionPoint, account: Any) -> None:
    allow(subject_for_account(account), "calls")
    open_point("calls", "letters")
    page = home.get(ASK)
    assert len(fields(page)) == 1
    assert "You already agree" in page.text
    answer(home, page, "yes")
    done = home.get(ASK + "?next=/consents/mine/")
    assert "There is nothing to decide here now." in done.text
    assert 'href="/consents/mine/">Continue' in done.text


NOTICES = {
    "missing": lambda token: "",
    "altered": lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
    "nonsense": lambda token: "::",
}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_without_its_notice_nothing_is_decided(home: FreedomWalk, point: CollectionPoint, notice: Any) -> None:
    page = home.get(ASK)
    token = page.form("notice").fields["notice"]
    again = answer(home, page, "yes", "no", notice=notice(token))
    assert (again.status, ledger()) == (409, {})
    assert "The page was open for too long." in again.text
    assert [value for _name, value in chosen(again)] == ["yes", "no"]
    assert answer(home, again, "yes", "no").status == 200


def test_a_notice_of_another_person_session_or_point_decides_nothing(
    home: FreedomWalk, other: FreedomWalk, point: CollectionPoint, account: Any
) -> None:
    token = home.get(ASK).form("notice").fields["notice"]
    elsewhere = browser_of(account)
    open_point("calls", "letters", recipient="client-b")
    twin = CollectionPoint.objects.get(recipient="client-b")
    for walk, path in ((other, by_id(point)), (elsewhere, by_id(point)), (home, by_id(twin))):
        page = walk.get(path)
        assert answer(walk, page, "yes", "yes", notice=token).status == 409
    assert ledger() == {}


def by_id(point: CollectionPoint) -> str:
    return f"/consents/ask/{point.pk}/"


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 409)])
def test_a_notice_is_good_for_half_an_hour(
    home: FreedomWalk, point: CollectionPoint, settings: Any, minutes: int, status: int
) -> None:
    settings.SESSION_COOKIE_AGE = 7200
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = home.get(ASK)
        clock.shift(timedelta(minutes=minutes))
        assert answer(home, page, "yes", "no").status == status


def test_a_new_wording_is_read_before_it_is_agreed_to(home: FreedomWalk, point: CollectionPoint) -> None:
    page = home.get(ASK)
    publish("calls", words="To sell your number.")
    again = answer(home, page, "yes", "yes")
    assert (again.status, ledger()) == (409, {})
    assert "To sell your number." in again.text
    assert chosen(again) == [(fields(again)[1], "yes")]  # the answer to the words that did not change


def test_a_second_press_says_what_was_saved_and_saves_nothing(home: FreedomWalk, point: CollectionPoint) -> None:
    page = home.get(ASK)
    answer(home, page, "yes", "no")
    again = answer(home, page, "no", "yes")
    assert (again.status, ledger()) == (409, {"calls": "allow", "letters": "refuse"})
    assert "nothing was saved a second time" in again.text
    assert ConsentTransaction.objects.count() == 2


def test_two_tabs_record_each_its_own_language(home: FreedomWalk) -> None:
    texts = {"en": NoticeText("Phone", "To call you."), "ru": NoticeText("Телефон", "Чтобы звонить.")}
    publish_purpose("calls", scope="global", texts=texts)
    open_point("calls")
    english = home.get(ASK)
    home.browser.cookies["django_language"] = "ru"
    russian = in_russian(home)
    answer(home, russian, "yes")
    answer(home, english, "yes")
    assert list(ConsentTransaction.objects.order_by("epoch").values_list("locale", flat=True)) == ["ru", "en"]


def in_russian(walk: FreedomWalk) -> Page:
    answer = walk.browser.get(ASK, headers={"accept-language": "ru"})
    return Page(walk.base_url + ASK, answer.status_code, answer.content.decode(), answer.headers)


def test_what_changed_since_the_yes_is_on_the_page(home: FreedomWalk, point: CollectionPoint, account: Any) -> None:
    allow(subject_for_account(account), "calls")
    publish("calls", words="To call you at night.", data_items=["phone", "city"])
    open_point("calls", "letters")
    text = re.sub(r"\s+", " ", home.get(ASK).text)
    assert "This changed since you agreed" in text
    assert (
        '<ins><span class="consents-spoken">new: </span> at night<span class="consents-spoken"> (end)</span></ins>'
        in text
    )
    assert '<ins><span class="consents-spoken">new: </span>city</ins>' in text
    assert text.count("This changed since you agreed") == 1


WAYS = {
    "a path": ("/shop/?a=1", "/shop/?a=1"),
    "this site": ("http://testserver/shop", "http://testserver/shop"),
    "an origin of the point": ("https://shop.example/back?x=1", "https://shop.example/back?x=1"),
    "its port is part of it": ("https://shop.example:8443/", ""),
    "another site": ("https://evil.example/", ""),
    "no scheme": ("//evil.example/", ""),
    "a backslash": ("https://shop.example\\@evil.example/", ""),
    "a name before the host": ("https://shop.example@evil.example/", ""),
    "a subdomain": ("https://shop.example.evil.example/", ""),
    "plain http": ("http://shop.example/", ""),
    "a script": ("javascript:alert(1)", ""),
    "a script that looks like an origin": ("javascript://shop.example/%0aalert(1)", ""),
    "a line break": ("https://shop.example\n.evil.example/", ""),
    "no address": ("https://[", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("target", "kept"), WAYS.values(), ids=WAYS)
def test_the_way_on_leads_to_this_site_or_an_origin_of_the_point(
    home: FreedomWalk, point: CollectionPoint, target: str, kept: str
) -> None:
    point.allowed_origins = ["https://shop.example"]
    point.save()
    page = home.get(ASK)
    saved = answer(home, page, "yes", "no", next=target)
    links = [unescape(href) for href in re.findall(r'href="([^"]+)">Continue', saved.text)]
    assert links == ([kept] if kept else [])
    assert parse_qs(urlsplit(saved.url).query).get("next", [""]) == [kept]


def test_the_receipt_is_one_press_away_from_the_confirmation(
    home: FreedomWalk, other: FreedomWalk, point: CollectionPoint, signed: None
) -> None:
    saved = answer(home, home.get(ASK), "yes", "no")
    [path] = re.findall(r'href="(/consents/receipts/[^"]+\.json)" download', saved.text)
    file = home.get(path)
    assert (file.status, file.headers["content-type"]) == (200, "application/json")
    assert "attachment" in file.headers["content-disposition"]
    assert '"receipt":' in file.text
    assert other.get(path).status == home.get(path.replace(path[20:24], "0000")).status == 404


def test_without_a_signer_there_is_no_receipt_to_download(home: FreedomWalk, point: CollectionPoint) -> None:
    assert "receipts/" not in answer(home, home.get(ASK), "yes", "no").text


def test_a_confirmation_is_its_readers_own(home: FreedomWalk, other: FreedomWalk, point: CollectionPoint) -> None:
    saved = answer(home, home.get(ASK), "yes", "no")
    assert home.get(saved.url).text == saved.text
    assert other.get(saved.url).status == 404


@pytest.mark.parametrize("path", ["nothing", "00000000-0000-0000-0000-000000000000", "%00", "a" * 3000])
def test_an_unknown_point_is_not_found(home: FreedomWalk, point: CollectionPoint, path: str) -> None:
    assert home.get(f"/consents/ask/{path}/").status == 404


def test_a_closed_point_asks_and_takes_nothing(home: FreedomWalk, point: CollectionPoint) -> None:
    page = home.get(ASK)
    close_collection_point(point)
    assert home.get(ASK).status == answer(home, page, "yes", "yes").status == 404
    assert ledger() == {}


def test_a_forged_press_from_another_site_is_refused(home: FreedomWalk, point: CollectionPoint) -> None:
    page = home.get(ASK)
    assert answer(home, page, "yes", "yes", csrfmiddlewaretoken="x" * 64).status == 403
    assert ledger() == {}


@pytest.mark.parametrize("path", [ASK, "/consents/answered/00000000-0000-0000-0000-000000000000/"])
def test_strangers_sign_in_first(point: CollectionPoint, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["location"]) == (302, f"/login?next={path}")


def test_pages_are_kept_nowhere(home: FreedomWalk, point: CollectionPoint) -> None:
    assert "no-store" in home.get(ASK).headers["cache-control"]


@pytest.mark.parametrize("purposes", [1, 3])
def test_a_page_costs_the_same_for_any_number_of_questions(
    purposes: int, django_assert_num_queries: Any, db: None
) -> None:
    names = [f"p{number}" for number in range(purposes)]
    for name in names:
        publish(name)
    open_point(*names)
    walk = browser_of(new_account())
    walk.get(ASK)
    # session, account, point, person, purposes, pins, notices, standing, words, count
    with django_assert_num_queries(10):
        walk.get(ASK)
