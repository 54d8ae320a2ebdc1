"""Closing the account, and the journal."""

from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.events import record_event
from freedom_id.enums import EventAction
from freedom_id.models import Account, AccountEvent, BrowserSignIn, Notice
from tests.factories.people import person, phone_of
from tests.journeys.walk import FreedomWalk

CLOSE, ACTIVITY = "/me/privacy/close/", "/me/activity/"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fresh(home, clock):
    """The browser in which the person showed two proofs just now."""
    BrowserSignIn.objects.update(stepped_up_at=timezone.now(), started_at=timezone.now())
    return home


def test_closing_needs_fresh_proof_and_leads_back(fresh, account, clock):
    page = fresh.get(CLOSE)
    clock.shift(timedelta(minutes=6))

    for late in (fresh.get(CLOSE), fresh.post(page, "decision")):
        assert urlsplit(late.url).path != CLOSE
        assert CLOSE in unquote(late.url)
    assert Account.objects.get(pk=account.pk).status == "active"


def test_closing_says_the_effect_and_ends_everything(fresh, registered, account):
    client, secret = registered
    fresh.consent(fresh.get(fresh.link(client.client_id, secret, grants=["read.firstname"])), grants=[])
    other = FreedomWalk(Client())
    other.sign_in("/me/", phone_of(account))
    page = fresh.get(CLOSE)
    assert "After 30 days" in page.text

    after = fresh.post(page, "decision", decision="close")

    assert "closed" in after.text
    assert Account.objects.get(pk=account.pk).status == "closed"
    assert "/login" in fresh.get("/me/").url
    assert "/login" in other.get("/me/").url
    assert Notice.objects.filter(kind="closed").count() == 2


def test_a_press_from_another_site_closes_nothing(fresh, account):
    fresh.get(CLOSE)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = fresh.browser.cookies

    assert strict.post(CLOSE, {"decision": "close"}).status_code == 403
    assert Account.objects.get(pk=account.pk).status == "active"


def test_the_journal_is_read_in_pages(home, account):
    now = timezone.now()
    AccountEvent.objects.all().delete()
    for number in range(65):
        line = record_event(account, EventAction.SIGN_IN_FAILED, ip="192.0.2.7")
        AccountEvent.objects.filter(pk=line.pk).update(happened_at=now - timedelta(minutes=number))
    record_event(person(), EventAction.CLOSED)

    first = home.get(ACTIVITY)
    second = home.get(ACTIVITY + older(first.text))
    last = home.get(ACTIVITY + older(second.text))
    assert [page.text.count("Sign-in failed") for page in (first, second, last)] == [30, 30, 5]
    assert 'href="?before=' not in last.text
    assert "from 192.0.2.7" in last.text
    assert "Account closed" not in first.text


def older(html):
    return "?before=" + html.partition('href="?before=')[2].partition('"')[0].replace("&amp;", "&")


@pytest.mark.parametrize("odd", ["x", "2020-13-40T99:99", "2020-01-01T00:00", "%00", "9" * 500])
def test_an_odd_moment_shows_the_newest(home, odd):
    page = home.get(f"{ACTIVITY}?before={odd}")

    assert page.status == 200
    assert "Signed in" in page.text


@pytest.mark.parametrize("path", [ACTIVITY, "/me/privacy/", CLOSE])
def test_only_for_who_is_signed_in(db, path):
    assert FreedomWalk(Client()).get(path).url.endswith(f"next={path}")
