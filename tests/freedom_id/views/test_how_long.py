"""For how long a person shares: once, for thirty days, or until she stops it; and what comes when that is over."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from consents.domain.check import check_consents
from consents.domain.purposes import NoticeText, publish_purpose
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault
from consents.models import ConsentTransaction
from freedom_id.domain.sweep import sweep
from freedom_id.grants import IDENTITY_PROVIDER
from freedom_id.models import Authorization, TokenFamily
from tests.compliance.standard_door import authorize, redeem, refresh, userinfo
from tests.factories.people import phone_of
from tests.freedom_id.api.backend import Backend

NOW = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
GRANTS = ("read.firstname", "read.phone")
ONCE = timedelta(seconds=660)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def backend(registered):
    client, secret = registered
    return Backend(client.client_id, secret)


def share(home, page, duration, ticked=("read.phone",)):
    return home.post(page, "decision", decision="allow", duration=duration, grants=list(ticked)).returned


def sign_in_again(home, account):
    home.browser.cookies.clear()
    return home.sign_in("/me/", phone_of(account))


def ends(account):
    rows = ConsentTransaction.objects.filter(subject=subject_for_account(account))
    return {row.purpose.name: row.expires_at for row in rows.order_by("epoch")}


def test_three_ways_are_offered_and_until_stopped_is_chosen(ask):
    page = ask(*GRANTS)

    offered = re.findall(r'type="radio" name="duration" value="(\w+)"( checked)?', page.text)
    assert offered == [("once", ""), ("month", ""), ("until_stopped", " checked")]
    assert '<time datetime="2031-05-31T12:00:00+00:00">' in page.text


ENDS = {"once": NOW + ONCE, "month": NOW + timedelta(days=30), "until_stopped": None}


@pytest.mark.parametrize("duration", ENDS)
def test_the_ledger_and_the_connection_end_as_chosen(home, ask, account, duration):
    share(home, ask(*GRANTS), duration)

    assert ends(account) == dict.fromkeys((IDENTITY_PROVIDER, *GRANTS), ENDS[duration])
    assert Authorization.objects.get().ends_at == ENDS[duration]


def test_the_choice_never_prolongs_what_the_purpose_allows(home, ask, account):
    texts = {"en": NoticeText(title="Phone number", text="For a week.")}
    publish_purpose("read.phone", scope="per_client", texts=texts, data_items=["phone"], lifespan=timedelta(days=7))
    page = ask(*GRANTS)
    share(home, page, "month")

    assert "At the latest until:" in page.text
    assert ends(account)["read.phone"] == NOW + timedelta(days=7)


@pytest.mark.parametrize(("odd", "written"), [("", {None}), ("for ever", set()), ("ONCE", set())])
def test_an_odd_length_writes_nothing_and_none_is_until_stopped(home, ask, account, odd, written):
    share(home, ask(*GRANTS), odd)

    assert set(ends(account).values()) == written


def test_once_is_one_exchange_without_a_refresh_at_the_freedom_id_door(home, ask, backend, account, clock):
    tokens = backend.token(share(home, ask(*GRANTS), "once")["authorization_code"]).json()

    assert tokens["refresh_expire_at"] == "2031-05-01T12:00:00.000000Z"
    assert backend.refresh(tokens["refresh_token"]).refusal == (401, 100108)
    assert set(backend.info(tokens["access_token"]).json()) == {"id", "firstname", "phone"}
    clock.shift(timedelta(seconds=600))
    assert backend.info(tokens["access_token"]).status == 401


def test_once_is_asked_again_at_the_very_next_sign_in(home, ask):
    share(home, ask(*GRANTS), "once")

    page = ask(*GRANTS)
    assert 'type="checkbox"' in page.text
    assert "Continue as" not in page.text


def test_once_gives_no_refresh_token_at_the_standard_door_and_asks_next_time(walk, home, registered):
    client, secret = registered
    scope = "openid phone offline_access"
    page = authorize(walk, client, scope=scope)
    answer = redeem(client, secret, share(home, page, "once")["code"]).json()

    assert "refresh_token" not in answer
    assert userinfo(answer["access_token"]).json()["phone_number"]
    assert not authorize(walk, client, scope=scope).location


def test_thirty_days_refresh_until_then_and_no_longer(walk, home, registered, clock):
    client, secret = registered
    page = authorize(walk, client, scope="openid phone offline_access")
    token = redeem(client, secret, share(home, page, "month")["code"]).json()["refresh_token"]
    clock.shift(timedelta(days=20))
    token = refresh(client, secret, token).json()["refresh_token"]
    clock.shift(timedelta(days=10))

    assert refresh(client, secret, token).json()["error"] == "invalid_grant"


def test_an_end_that_came_ends_the_connection_and_everything_on_it(home, ask, backend, account, clock, registered):
    backend.token(share(home, ask(*GRANTS), "month")["authorization_code"])
    clock.shift(timedelta(days=30) - timedelta(seconds=1))
    sweep()
    assert Authorization.objects.get().ended_at is None
    clock.shift(timedelta(seconds=1))

    known = check_consents(subject_for_account(account), names=[IDENTITY_PROVIDER], scope_key=registered[0].client_id)
    assert known[IDENTITY_PROVIDER].reason == "expired"
    sweep()
    ended = Authorization.objects.get()
    assert (ended.end_reason, ended.grants, TokenFamily.objects.get().end_reason) == ("expired", {}, "expired")
    assert first_fault() is None


def test_more_that_is_shared_for_longer_prolongs_the_connection(home, ask, account, clock):
    share(home, ask(*GRANTS), "month")
    clock.shift(timedelta(days=10))
    sign_in_again(home, account)
    share(home, ask(*GRANTS, "read.gender"), "until_stopped", ["read.gender"])

    assert Authorization.objects.get().ends_at is None
    assert ends(account)["read.phone"] == NOW + timedelta(days=30)


def test_more_that_is_shared_once_does_not_shorten_the_connection(home, ask, account):
    share(home, ask(*GRANTS), "month")
    share(home, ask(*GRANTS, "read.gender"), "once", ["read.gender"])

    assert Authorization.objects.get().ends_at == NOW + timedelta(days=30)
    assert ends(account)["read.gender"] == NOW + ONCE


def test_a_refusal_of_more_does_not_end_a_connection_that_has_an_end(home, ask):
    share(home, ask(*GRANTS), "month")
    home.consent(ask(*GRANTS, "read.gender"), "deny")

    row = Authorization.objects.get()
    assert (row.ended_at, set(row.grants), row.ends_at) == (None, set(GRANTS), NOW + timedelta(days=30))


@pytest.mark.parametrize(("days", "said"), [(22, False), (24, True)])
def test_an_end_within_a_week_is_said_on_the_home_page(home, ask, account, clock, days, said):
    share(home, ask(*GRANTS), "month")
    clock.shift(timedelta(days=days))
    page = sign_in_again(home, account)

    assert "Recent activity" in page.text
    assert ("ends within a week" in page.text or "end within a week" in page.text) is said


def test_the_app_page_says_until_when(home, ask):
    share(home, ask(*GRANTS), "month")

    page = home.get(f"/me/apps/{Authorization.objects.get().pk}/")
    assert page.text.count('<time datetime="2031-05-31T12:00:00+00:00">') == len(GRANTS)
