"""Sign-in pages: the session changes, nobody is led astray, nobody learns who has an account."""

import re
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from freedom_id.models import Allowance, OneTimeCode, RevokeCallback, TokenFamily
from tests.compliance.standard_door import ISSUER, basic_header
from tests.factories.people import partner, person, phone_of
from tests.journeys.walk import FreedomWalk

SESSION = "session-8000"
UNKNOWN = "+998909999999"


def title(page):
    return re.search(r"<title>(.+?)</title>", page.text)[1]


def test_every_step_has_its_title(walk, account):
    page = walk.get("/login")
    titles = [title(page)]
    page = walk.post(page, "identifier", identifier=phone_of(account))
    titles.append(title(page))
    page = walk.post(page, "password", password="wrong")
    titles.append(title(page))
    page = walk.fetch("POST", "/login/code/send")
    titles.append(title(page))

    assert titles == [
        "Sign in – Freedom ID",
        "Enter your password – Freedom ID",
        "Error: Enter your password – Freedom ID",
        "Enter the code – Freedom ID",
    ]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/login", {"GET", "POST"}),
        ("/login/password", {"GET", "POST"}),
        ("/login/code", {"GET", "POST"}),
        ("/login/code/send", {"POST"}),
        ("/logout", {"POST"}),
    ],
)
def test_other_methods_are_405(db, path, allowed):
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - allowed:
        answer = getattr(Client(), method.lower())(path)
        assert answer.status_code == 405, method
        assert set(answer["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path", ["/login", "/login/password", "/login/code", "/login/code/send", "/logout", "/language/setlang/"]
)
def test_a_post_without_our_token_is_refused(stranger, path):
    answer = stranger.post(path, {"identifier": UNKNOWN, "password": "x", "language": "ru"})

    assert answer.status_code == 403
    assert b"<title>" in answer.content


@pytest.mark.requirement("ASVS 7.2.4")
def test_the_session_id_changes_at_sign_in_and_an_old_one_is_worth_nothing(account):
    browser = Client()
    walk = FreedomWalk(browser)
    walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))
    planted = browser.cookies[SESSION].value
    walk.post(walk.get("/login/password"), "password", password="correct horse battery")

    assert browser.cookies[SESSION].value != planted
    thief = Client()
    thief.cookies[SESSION] = planted
    assert thief.get("/me/").status_code == 302


def test_the_session_id_changes_at_a_second_sign_in(home, account):
    before = home.browser.cookies[SESSION].value

    home.sign_in("/login?switch=1", phone_of(account))

    assert home.browser.cookies[SESSION].value != before


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "http://evil.example/me/",
        "\\\\evil.example",
        "/\\evil.example",
        "///evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "https:evil.example",
        "\x00//evil.example",
        "http://localhost:8000@evil.example/",
    ],
)
def test_next_leads_to_our_own_paths_only(walk, account, target):
    page = walk.sign_in(f"/login?next={quote(target)}", phone_of(account))

    assert (page.status, page.url, page.location) == (200, f"{ISSUER}/me/", "")


def test_next_leads_where_the_person_wanted_to_go(walk, account):
    assert walk.sign_in("/me/apps/", phone_of(account)).url == f"{ISSUER}/me/apps/"


def scrubbed(page):
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page.text)
    headers = {name: value for name, value in page.headers.items() if name != "content-length"}
    return page.status, page.url, re.sub(r"\+998 ?[\d•*· ]+", "PHONE", text), headers


def steps(identifier):
    walk = FreedomWalk(Client())
    page = walk.post(walk.get("/login"), "identifier", identifier=identifier)
    yield page
    yield walk.post(page, "password", password="wrong")
    page = walk.fetch("POST", "/login/code/send")
    yield page
    yield walk.post(page, "code", code="000000x")
    yield walk.fetch("POST", "/login/code/send")


def test_known_and_unknown_identifiers_get_the_same_pages_byte_for_byte(account):
    known = phone_of(account)
    other = f"{known[:-2]}{(int(known[-2:]) + 50) % 100:02d}"
    with time_machine.travel(timezone.now(), tick=False):
        for mine, theirs in zip(steps(known), steps(other), strict=True):
            assert scrubbed(mine) == scrubbed(theirs)


def test_a_right_password_of_a_blocked_account_is_a_wrong_one(walk, account):
    type(account).objects.update(status="blocked")

    page = walk.sign_in("/login", phone_of(account))

    assert "This password does not match." in page.text


def test_the_sixth_guess_waits(walk, account):
    page = walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))
    for _guess in range(6):
        page = walk.post(page, "password", password="wrong")

    assert page.status == 429
    assert re.search(r"Too many tries\. Wait \d+ minutes, then try again\.", page.text)


@pytest.mark.parametrize("step", ["/login/password", "/login/code"])
def test_a_step_out_of_order_leads_to_the_first(walk, step):
    assert walk.get(step).url == f"{ISSUER}/login"


def test_a_half_sign_in_has_no_rights(walk, account):
    walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))

    for path in ("/me/", "/me/apps/", "/consent", "/admin/"):
        assert 'name="identifier"' in walk.get(path).text


def test_the_identifier_in_the_session_row_is_sealed(walk, account):
    walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))

    assert phone_of(account) not in str(Session.objects.get().get_decoded())


def test_a_code_is_asked_for_once_a_minute(walk, account):
    walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))
    for _press in range(3):
        page = walk.fetch("POST", "/login/code/send")

    assert "Too many tries." in page.text
    assert OneTimeCode.objects.count() == 1


def test_after_a_hundred_wrong_codes_the_page_asks_for_the_password(walk, account):
    walk.post(walk.get("/login"), "identifier", identifier=phone_of(account))
    page = walk.fetch("POST", "/login/code/send")
    end = timezone.now() + timedelta(days=1)
    Allowance.objects.create(key=f"code-streak:account-{account.pk}", spent=100, window_ends_at=end)
    page = walk.post(page, "code", code="123456")

    assert "Sign in with your password." in page.text


def test_sign_out_ends_the_families_of_this_browser_and_tells_the_partner(home, account):
    callback = "https://partner.example/revoked"
    client, secret = partner(revoke_uris=[callback])
    first = tokens_of(home, client, secret)
    elsewhere = FreedomWalk(Client())
    elsewhere.sign_in("/me/", phone_of(account))
    second = tokens_of(elsewhere, client, secret)

    page = home.fetch("POST", "/logout")

    assert "You are signed out." in page.text
    assert info(first).status_code == 401
    assert info(second).status_code == 200
    ended = TokenFamily.objects.get(ended_at__isnull=False)
    assert ended.end_reason == "signed_out"
    assert RevokeCallback.objects.get().family_id == ended.pk
    assert home.get("/me/").url.startswith(f"{ISSUER}/login")


def tokens_of(walk, client, secret):
    page = walk.consent(walk.get(walk.link(client.client_id, secret, grants=["read.firstname"])))
    answer = Client().post(
        "/api/v1/oauth/token",
        {"authorization_code": page.returned["authorization_code"]},
        content_type="application/json",
        headers={"Authorization": basic_header(client.client_id, secret)},
    )
    return answer.json()


def info(tokens):
    return Client().get("/api/v1/oauth/user", headers={"Authorization": f"Bearer {tokens['access_token']}"})


def test_a_link_to_sign_out_signs_nobody_out(home):
    assert home.get("/logout").status == 405
    assert home.get("/me/").status == 200


@pytest.mark.parametrize(
    ("method", "step"),
    [
        *(("GET", step) for step in ("", "/password", "/code", "/second", "/second/lost", "/new", "/new/name")),
        *(("GET", step) for step in ("/another-device", "/step-up")),
        *(("POST", step) for step in ("/code/send", "/choose", "/passkey", "/step-up/passkey")),
    ],
)
def test_no_step_goes_on_with_a_dead_link(home, method, step):
    page = home.fetch(method, f"/login{step}?track_id={UUID(int=7)}")

    assert page.status == 410
    assert "This link no longer works" in page.text


@pytest.mark.parametrize("kept", [{}, {"authenticated_at": 4102444800.0}, {"sign_in_id": str(UUID(int=7))}])
def test_a_session_that_our_sign_in_did_not_begin_is_led_to_it(account, kept):
    client = Client()
    client.force_login(account)
    session = client.session
    session.update(kept)
    session.save()

    page = client.get("/me/", follow=True)

    assert page.redirect_chain == [("/me/", 302), ("/login?next=/me/", 302)]
    assert not page.wsgi_request.user.is_authenticated


def keep_busy(walk, clock, total, step):
    for _ in range(int(total / step)):
        clock.shift(step)
        page = walk.get("/me/")
    return page


def test_a_session_ends_after_twelve_hours_however_busy(account):
    walk = FreedomWalk(Client())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        walk.sign_in("/me/", phone_of(account))

        assert keep_busy(walk, clock, timedelta(hours=12), timedelta(minutes=20)).url == f"{ISSUER}/me/"
        clock.shift(timedelta(seconds=1))
        assert walk.get("/me/").url.startswith(f"{ISSUER}/login")


def test_an_idle_session_ends_after_half_an_hour(account):
    walk = FreedomWalk(Client())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        walk.sign_in("/me/", phone_of(account))
        clock.shift(timedelta(minutes=30, seconds=1))

        assert walk.get("/me/").url.startswith(f"{ISSUER}/login")


def test_staff_idles_a_quarter_of_an_hour_and_works_eight_hours(db):
    walk, staff = FreedomWalk(Client()), person(is_staff=True)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        walk.sign_in("/me/", phone_of(staff))
        clock.shift(timedelta(minutes=14))
        assert walk.get("/me/").url == f"{ISSUER}/me/"
        clock.shift(timedelta(minutes=15, seconds=1))
        assert walk.get("/me/").url.startswith(f"{ISSUER}/login")

        walk.sign_in("/me/", phone_of(staff))
        assert keep_busy(walk, clock, timedelta(hours=8), timedelta(minutes=10)).url == f"{ISSUER}/me/"
        clock.shift(timedelta(seconds=1))
        assert walk.get("/me/").url.startswith(f"{ISSUER}/login")
