"""The person's consents at her own pages: of apps and of collection points that are no app's."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consents.domain.check import check_consents
from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, notices_for, publish_purpose
from consents.domain.recording import Decision, record_decisions
from consents.domain.subjects import subject_for_account
from consents.enums import Action
from freedom_id.models import AccountEvent, Authorization
from tests.factories.people import partner, person, phone_of
from tests.freedom_id.views.test_me import info, share
from tests.journeys.walk import FreedomWalk

PATH = "/me/consents/"
NEWS = NoticeText("News by e-mail", "To write to you about offers.", "No offers.", "No more letters from tomorrow on.")


def decide(account, *names, action=Action.ALLOW, recipient="shop", texts=NEWS, **purpose):
    """Answer at a collection point of `recipient`, which is no client."""
    for name in names:
        publish_purpose(name, scope="per_client", texts={"en": texts}, data_items=["email"], **purpose)
    point = open_collection_point(name=f"form {names[0]}", recipient=recipient, channel="web", purposes=names)
    notices = notices_for(names, locale="en")
    decisions = [Decision(n, action, notices[n].version_id, notices[n].locale, notices[n].sha256) for n in names]
    record_decisions(
        subject_for_account(account), collection_point=point, scope_key=recipient, decisions=decisions, actor="self"
    )


def links(page):
    return re.findall(r'class="row" href="(/me/consents/[^"]+)"', page.text.replace("&amp;", "&"))


def parts(page):
    """The titles under each heading."""
    sections = page.text.split('<section aria-labelledby="')[1:]
    title = r'class="row-title"[^>]*>([^<]+)<'
    return {section.partition('"')[0]: re.findall(title, section) for section in sections}


def standing(account, name, scope_key):
    return check_consents(subject_for_account(account), names=[name], scope_key=scope_key)[name].allowed


def test_what_stands_is_apart_from_what_does_not(home, registered, account):
    decide(account, "news")
    decide(account, "surveys", action=Action.REFUSE, texts=NoticeText("Surveys", "To ask you.", "No questions."))
    share(home, *registered, grants=("read.firstname",))

    shown = parts(home.get(PATH))

    assert sorted(shown["standing-title"]) == ["First name", "News by e-mail", "Your Freedom ID"]
    assert shown["past-title"] == ["Surveys"]


def test_a_person_who_decided_nothing_reads_what_will_be_here(home):
    text = home.get(PATH).text
    assert "You agree to nothing now." in text
    assert "past-title" not in text


def test_a_line_says_who_since_when_until_when_and_how_it_stands(home, account):
    decide(account, "news", lifespan=timedelta(days=365))
    line = home.get(PATH).text.partition('class="card rows"')[2].partition("</li>")[0]
    assert "shop" in line
    assert "In force" in line
    assert len(re.findall(r'<time datetime="\d{4}-', line)) == 2


def test_the_detail_has_the_exact_words_version_language_data_history_and_receipt(home, account):
    decide(account, "news")
    [link] = links(home.get(PATH))

    text = home.get(link).text

    for said in ("To write to you about offers.", "No offers.", "English", "You agreed", "shop", "email"):
        assert said in text
    assert re.search(r"Version of the text</dt><dd>1<", text)
    receipt = re.search(r'href="(/me/receipts/[^"]+)"', text)[1]
    assert home.get(receipt).status == 200
    assert "complain to the authority" in text


def test_a_consent_that_is_no_apps_is_withdrawn_by_one_press_that_said_its_effect(home, account):
    decide(account, "news")
    [link] = links(home.get(PATH))
    page = home.get(link)
    assert "No more letters from tomorrow on." in page.text
    assert standing(account, "news", "shop")

    page = home.press(page, "/withdraw/")

    assert "Withdrawn. It has taken effect." in page.text
    assert not standing(account, "news", "shop")
    assert AccountEvent.objects.filter(action="account:consent:withdrawn", client=None).count() == 1
    assert parts(home.get(PATH))["past-title"] == ["News by e-mail"]
    assert page.text.count("Withdrawn<") == 2, "as it stands, and in the history"


def test_one_datum_of_an_app_is_withdrawn_and_the_app_no_longer_gets_it(home, registered, account):
    token = share(home, *registered, grants=("read.firstname", "read.phone"))
    page = home.get(PATH)
    link = next(link for link in links(page) if "Phone number" in home.get(link).text.partition("</h1>")[0])

    home.press(home.get(link), "/withdraw/")

    assert "phone" not in info(token).json()
    assert list(Authorization.objects.get().grants) == ["read.firstname"]
    assert AccountEvent.objects.filter(action="account:authorization:ended").count() == 1


@pytest.mark.parametrize("title", ["First name", "Your Freedom ID"], ids=["needed data", "the connection"])
def test_what_an_app_cannot_do_without_says_so_and_ends_all(home, registered, account, title):
    token = share(home, *registered, grants=("read.firstname", "read.phone"))
    link = next(link for link in links(home.get(PATH)) if title in home.get(link).text.partition("</h1>")[0])
    page = home.get(link)
    assert "so all sharing with it ends" in page.text

    home.press(page, "/withdraw/")

    assert info(token).status_code == 401
    assert Authorization.objects.get().end_reason == "withdrawn"
    assert "standing-title" in home.get(PATH).text
    assert parts(home.get(PATH))["standing-title"] == []


def test_pressed_twice_it_is_recorded_once(home, account):
    decide(account, "news")
    page = home.get(links(home.get(PATH))[0])
    for _press in range(2):
        home.press(page, "/withdraw/")
    assert AccountEvent.objects.filter(action="account:consent:withdrawn").count() == 1
    assert len(json.loads(home.get(f"{PATH}history.json").text)["decisions"]) == 2


def test_agreeing_again_is_a_consent_screen_never_a_restoring_press(home, registered, account):
    share(home, *registered, grants=("read.firstname",))
    link = links(home.get(PATH))[0]
    page = home.press(home.get(link), "/withdraw/")
    assert "sign in there: you are asked anew" in page.text or "you decide anew" in page.text
    forms = re.findall(r'<form[^>]+action="([^"]*)"', page.text)
    assert not [action for action in forms if "/me/" in action]


def test_another_persons_consent_answers_as_an_unknown_one(home, account):
    other = person()
    decide(other, "news")
    walk = FreedomWalk(Client())
    walk.sign_in("/me/", phone_of(other))
    [link] = links(walk.get(PATH))
    for unknown in (link, f"{PATH}{uuid4()}/", link.replace("shop", "%00")):
        assert home.get(unknown).status == 404
    assert home.fetch("POST", link.replace("/?", "/withdraw/?")).status == 404
    assert standing(other, "news", "shop")


def test_the_history_as_a_file_holds_consents_refusals_and_withdrawals(home, account):
    decide(account, "news")
    decide(account, "surveys", action=Action.REFUSE)
    home.press(home.get(links(home.get(PATH))[0]), "/withdraw/")

    page = home.get(f"{PATH}history.json")

    decisions = json.loads(page.text)["decisions"]
    assert [(row["purpose"], row["action"]) for row in decisions] == [
        ("news", "withdraw"),
        ("surveys", "refuse"),
        ("news", "allow"),
    ]
    assert decisions[2]["text"] == NEWS.text
    assert decisions[2]["recipient"] == "shop"
    assert all(row["receipt"] and row["text_sha256"] for row in decisions)
    assert page.headers["content-disposition"].startswith("attachment;")
    assert page.headers["cache-control"] == "no-store"


def test_long_lists_have_pages(home, account):
    decide(account, *(f"purpose-{number:02}" for number in range(12)))
    assert len(links(home.get(PATH))) == 10
    assert "Page 1 of 2" in home.get(PATH).text
    assert len(links(home.get(f"{PATH}?page=2"))) == 2
    for nonsense in ("0", "99", "x", "-1"):
        assert home.get(f"{PATH}?page={nonsense}&past={nonsense}").status == 200


def test_a_list_costs_the_same_with_one_consent_and_three(home, registered, account):
    decide(account, "news")
    with CaptureQueriesContext(connection) as one:
        home.get(PATH)
    share(home, *registered)
    share(home, *partner(name="Silk Road Air"))
    with CaptureQueriesContext(connection) as many:
        home.get(PATH)
    assert len(one) == len(many) <= 14


def test_what_ended_by_itself_says_so(home, account):
    decide(account, "news", lifespan=timedelta(days=10))
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        walk = FreedomWalk(Client())
        walk.sign_in("/me/", phone_of(account))
        assert "Ran out" in walk.get(PATH).text
