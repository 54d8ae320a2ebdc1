"""The person's consents: what stands and what does not, the words, the history, and the way out."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consents.domain.evidence import read_sealed
from consents.domain.purposes import NoticeText, publish_purpose, retire_purpose
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor
from consents.models import CollectionPoint, ConsentTransaction, Evidence, Subject
from tests.consents.acts import allow, answers, check, decide, open_point, publish, refuse, withdraw
from tests.consents.conftest import new_account
from tests.consents.views.conftest import browser_of
from tests.journeys.walk import FreedomWalk

MINE = "/consents/mine/"


@pytest.fixture
def person(account: Any) -> Subject:
    return subject_for_account(account)


@pytest.fixture
def agreed(person: Subject, point: CollectionPoint) -> Subject:
    """Somebody who agreed to both purposes of the point."""
    allow(person, "calls", "letters")
    return person


def path_of(name: str) -> str:
    row = ConsentTransaction.objects.filter(purpose__name=name).first()
    assert row is not None
    return f"{MINE}{row.purpose_id}/" + (f"?recipient={row.scope_key}" if row.scope_key else "")


def withdraw_path(name: str) -> str:
    path, mark, query = path_of(name).partition("?")
    return f"{path}withdraw/{mark}{query}"


def sections(text: str) -> dict[str, str]:
    """The sections of a page by the id of their heading."""
    return dict(re.findall(r'<section aria-labelledby="(\w+)">(.*?)</section>', text, re.DOTALL))


def actions(subject: Subject) -> list[tuple[str, str]]:
    rows = ConsentTransaction.objects.filter(subject=subject).order_by("epoch").select_related("purpose")
    return [(row.action, row.purpose.name) for row in rows]


def test_what_stands_is_apart_from_what_does_not(home: FreedomWalk, agreed: Subject) -> None:
    for name, title in (("said-no", "No thanks"), ("ended", "Over"), ("changed", "Changed"), ("gone", "Gone")):
        publish_purpose(name, scope="global", texts={"en": NoticeText(title, "Why.")})
    refuse(agreed, "said-no")
    allow(agreed, "ended", "changed", "gone")
    withdraw(agreed, "ended")
    publish_purpose("changed", scope="global", texts={"en": NoticeText("Changed", "Another why.")})
    retire_purpose("gone")
    found = sections(home.get(MINE).text)
    assert (found["standing"].count("<li>"), found["past"].count("<li>")) == (2, 4)
    for status, title in (
        ("Refused", "No thanks"),
        ("Withdrawn", "Over"),
        ("A newer version needs consent", "Changed"),
        ("No longer asked", "Gone"),
    ):
        [row] = [row for row in found["past"].split("<li>") if title in row]
        assert status in row


def test_since_until_and_for_whom(home: FreedomWalk, person: Subject, settings: Any) -> None:
    settings.CONSENTS = {"CONTROLLERS": [{"party_id": "client-a", "party_name": "The Bookshop"}]}
    publish("calls", lifespan=timedelta(days=365))
    [row] = allow(person, "calls")
    standing = sections(home.get(MINE).text)["standing"]
    assert f'datetime="{row.occurred_at:%Y-%m-%d}' in standing
    assert f'datetime="{row.expires_at:%Y-%m-%d}' in standing
    assert "The Bookshop" in standing


def test_an_expired_consent_is_of_the_past(home: FreedomWalk, person: Subject) -> None:
    publish("calls", lifespan=timedelta(minutes=10))
    allow(person, "calls")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert "Expired" in sections(home.get(MINE).text)["past"]


def test_who_decided_nothing_is_told_what_will_be_here(home: FreedomWalk, point: CollectionPoint) -> None:
    text = home.get(MINE).text
    assert "You agree to nothing here." in text
    assert "past" not in sections(text)
    assert Subject.objects.count() == 0


@pytest.mark.parametrize("known", [False, True], ids=["who decided nothing", "who decided too"])
def test_nobody_sees_or_ends_anothers(agreed: Subject, known: bool) -> None:
    stranger = new_account()
    if known:
        publish("mine", scope="global")
        allow(subject_for_account(stranger), "mine")
    client = Client()
    client.force_login(stranger)
    assert "calls" not in client.get(MINE).content.decode()
    for path in (path_of("calls"), path_of("letters"), withdraw_path("calls"), withdraw_path("letters")):
        assert client.get(path).status_code == 404
        assert client.post(path, {"decision": "withdraw"}).status_code in (404, 405)
    client.post(f"{MINE}withdraw/", {"decision": "withdraw"})
    assert check(agreed, "calls").allowed
    assert check(agreed, "letters").allowed


def test_the_exact_words_that_were_agreed_to(home: FreedomWalk, person: Subject) -> None:
    texts = {"en": NoticeText("Phone", "To call you."), "ru": NoticeText("Телефон", "Чтобы звонить.", "Не позвоним.")}
    publish_purpose("calls", scope="global", texts=texts, data_items=["phone"])
    allow(person, "calls")
    publish_purpose("calls", scope="global", texts={"en": NoticeText("Phone", "To sell your number.")})
    text = home.get(path_of("calls")).text
    assert "To call you." in text
    assert "To sell your number." not in text
    assert "English" in text


def test_the_history_names_every_decision_its_maker_and_its_receipt(
    home: FreedomWalk, person: Subject, point: CollectionPoint, signed: None
) -> None:
    allow(person, "calls")
    allow(person, "calls")
    withdraw(person, "calls")
    decide(person, answers(Action.REFUSE, "calls"), actor=Actor.STAFF)
    history = sections(home.get(path_of("calls")).text)["history"]
    said = re.findall(r"<p>(Agreed again|Agreed|Withdrawn|Did not agree)</p>", history)
    assert said == ["Did not agree", "Withdrawn", "Agreed again", "Agreed"]
    assert history.count("<span>staff</span>") == 1
    receipts = re.findall(r'href="(/consents/receipts/[^"]+)"', history)
    assert len(receipts) == 4
    assert all(home.get(path).status == 200 for path in receipts)


def test_withdrawing_takes_no_more_steps_than_agreeing(home: FreedomWalk, point: CollectionPoint) -> None:
    """From the page to the end of it: choose and save; press and confirm."""
    page = home.get("/consents/ask/sign-in/")
    assert (
        home.post(page, "notice", **dict.fromkeys(re.findall(r'name="(answer-[^"]+)"', page.text), "yes")).status == 200
    )
    confirm = home.get(MINE)
    [first, *_others] = re.findall(r'href="([^"]+/withdraw/[^"]*)"', sections(confirm.text)["standing"])
    assert home.post(home.get(first), "decision", decision="withdraw").status == 200
    assert ConsentTransaction.objects.filter(action="withdraw").count() == 1


def test_the_effect_is_said_before_and_both_answers_weigh_the_same(home: FreedomWalk, agreed: Subject) -> None:
    text = home.get(withdraw_path("calls")).text
    assert "To call you." in text
    assert "It takes effect at once." in text
    buttons = re.findall(r'<button class="([^"]+)" name="decision" value="(\w+)"([^>]*)>', text)
    assert buttons == [
        ("consents-button consents-plain", "withdraw", ""),
        ("consents-button consents-plain", "keep", ""),
    ]


def test_one_is_withdrawn_and_the_other_stands(home: FreedomWalk, agreed: Subject) -> None:
    page = home.post(home.get(withdraw_path("calls")), "decision", decision="withdraw")
    assert "Withdrawn. It has taken effect." in page.text
    assert actions(agreed)[2:] == [("withdraw", "calls")]
    assert not check(agreed, "calls").allowed
    assert check(agreed, "letters").allowed
    assert page.url.endswith(path_of("calls"))


def test_a_withdrawal_keeps_its_evidence(home: FreedomWalk, agreed: Subject) -> None:
    for path in (withdraw_path("calls"), f"{MINE}withdraw/"):
        home.post(home.get(path), "decision", decision="withdraw")
    evidence = {row.pk: read_sealed(row) for row in Evidence.objects.all()}
    rows = ConsentTransaction.objects.filter(action="withdraw").order_by("epoch")
    assert [json.loads(evidence[row.evidence_id])["path"] for row in rows if row.evidence_id] == [
        withdraw_path("calls").partition("?")[0],
        f"{MINE}withdraw/",
    ]


@pytest.mark.parametrize("decision", ["keep", "", "yes"])
def test_keeping_writes_nothing(home: FreedomWalk, agreed: Subject, decision: str) -> None:
    for path in (withdraw_path("calls"), f"{MINE}withdraw/"):
        assert home.post(home.get(path), "decision", decision=decision).status == 200
    assert len(actions(agreed)) == 2


def test_all_is_withdrawn_at_once(home: FreedomWalk, agreed: Subject) -> None:
    assert f'href="{MINE}withdraw/"' in home.get(MINE).text
    page = home.get(f"{MINE}withdraw/")
    assert ("To call you." in page.text, "To write to you." in page.text) == (True, True)
    after = home.post(page, "decision", decision="withdraw")
    assert sorted(actions(agreed)[2:]) == [("withdraw", "calls"), ("withdraw", "letters")]
    assert "You agree to nothing here." in after.text


def test_a_second_press_withdraws_nothing_twice(home: FreedomWalk, agreed: Subject) -> None:
    page, everything = home.get(withdraw_path("calls")), home.get(f"{MINE}withdraw/")
    for _time in range(2):
        assert home.post(page, "decision", decision="withdraw").status == 200
    for _time in range(2):
        assert home.post(everything, "decision", decision="withdraw").status == 200
    assert actions(agreed)[2:] == [("withdraw", "calls"), ("withdraw", "letters")]


def test_what_does_not_stand_offers_a_new_question_and_no_withdrawal(home: FreedomWalk, agreed: Subject) -> None:
    withdraw(agreed, "calls")
    point = open_point("calls", "letters")
    text = home.get(path_of("calls")).text
    assert withdraw_path("calls") not in text
    assert f'href="/consents/ask/{point.pk}/"' in text
    assert home.get(withdraw_path("calls")).url.endswith(path_of("calls"))


@pytest.mark.parametrize("path", ["{mine}", "{mine}withdraw/", "{calls}", "{withdraw}"])
def test_strangers_sign_in_first(agreed: Subject, path: str) -> None:
    path = path.format(mine=MINE, calls=path_of("calls"), withdraw=withdraw_path("calls"))
    for method in ("get", "post"):
        answer = getattr(Client(), method)(path)
        assert (answer.status_code, answer["location"].partition("?")[0]) == (302, "/login")
    assert len(actions(agreed)) == 2


def test_a_forged_press_from_another_site_is_refused(home: FreedomWalk, agreed: Subject) -> None:
    for path in (withdraw_path("calls"), f"{MINE}withdraw/"):
        assert home.fetch("POST", path, {"decision": "withdraw"}).status == 403
    assert len(actions(agreed)) == 2


@pytest.mark.parametrize("recipient", ["client-b", "", "%00", "x" * 3000])
def test_an_odd_recipient_is_not_found(home: FreedomWalk, agreed: Subject, recipient: str) -> None:
    assert home.get(path_of("calls").partition("?")[0] + f"?recipient={recipient}").status == 404


@pytest.mark.parametrize("path", [MINE, "{calls}"])
def test_pages_that_only_show_refuse_other_methods(home: FreedomWalk, agreed: Subject, path: str) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        client = Client()
        client.force_login(agreed.account)
        assert getattr(client, method.lower())(path.format(calls=path_of("calls"))).status_code == 405


def test_every_page_has_its_own_title(home: FreedomWalk, agreed: Subject) -> None:
    paths = [MINE, path_of("calls"), withdraw_path("calls"), f"{MINE}withdraw/"]
    titles = [re.search(r"<title>(.+?)</title>", home.get(path).text) for path in paths]
    assert [title[1] for title in titles if title] == ["Your consents", "Phone", "Withdraw: Phone", "Withdraw all"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_for_any_number(
    account: Any, person: Subject, count: int, django_assert_num_queries: Any
) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    allow(person, *names)
    walk = browser_of(account)
    with django_assert_num_queries(6):  # session, account, person, units, words, points
        walk.get(MINE)


def test_a_message_is_no_condition(agreed: Subject, settings: Any) -> None:
    """A site without django.contrib.messages can withdraw too."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "messages" not in name]
    walk = browser_of(agreed.account)
    assert walk.post(walk.get(withdraw_path("calls")), "decision", decision="withdraw").status == 200
    assert not check(agreed, "calls").allowed
