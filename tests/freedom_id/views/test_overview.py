"""The overview, who used the data, requests in progress, messages, language and appearance."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freedom_id.domain.profile_requests import fulfil_profile_request
from freedom_id.models import Account, AccountEvent, Authorization, Device, Notice, ProfileRequest
from tests.compliance.standard_door import obtain_code, redeem, userinfo
from tests.factories.people import partner, person, phone_of
from tests.factories.proofs import with_app
from tests.freedom_id.views.test_me import info, share
from tests.freedom_id.views.test_own_consents import decide
from tests.journeys.walk import FreedomWalk

PROFILE = ("read.firstname", "read.profile")


def needs(page):
    part = page.text.partition('id="needs-title"')[2].partition("</section>")[0]
    return re.findall(r'class="row-title">([^<]+)<', part)


def ask_profile(token):
    body = {"request_id": str(uuid4())}
    headers = {"Authorization": f"Bearer {token}"}
    answer = Client().post("/api/v1/oauth/get-profile", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
    return body["request_id"], headers


def test_nothing_needs_a_person_who_is_safe_and_asked_nothing(home, account):
    assert needs(home.get("/me/")) == ["One proof alone opens your account"]
    with_app(account)
    assert "needs-title" not in home.get("/me/").text


def test_what_waits_stands_first(home, registered, account):
    ask_profile(share(home, *registered, grants=PROFILE))
    decide(account, "news", lifespan=timedelta(days=6))
    decide(account, "surveys", lifespan=timedelta(days=8))

    text = home.get("/me/").text

    assert needs(home.get("/me/")) == [
        "1 request for your full profile is open",
        "1 consent ends within a week",
        "One proof alone opens your account",
    ]
    assert text.index("needs-title") < text.index("apps-title") < text.index("devices-title")
    assert "This device" in text


def test_the_overview_costs_the_same_with_one_app_and_three(home, registered):
    share(home, *registered)
    with CaptureQueriesContext(connection) as one:
        home.get("/me/")
    for name in ("Silk Road Air", "Rice"):
        share(home, *partner(name=name))
    with CaptureQueriesContext(connection) as three:
        home.get("/me/")
    assert len(one) == len(three)


def test_an_app_says_when_it_was_used_last_and_what_it_did(home, registered):
    token = share(home, *registered)
    path = f"/me/apps/{Authorization.objects.get().pk}/"
    assert "Last used:" in home.get("/me/apps/").text
    assert "It read your data" not in home.get(path).text

    info(token)

    text = home.get(path).text
    assert "It read your data" in text
    assert "It could see: First name, Phone number, E-mail address" in re.sub(r"\s+", " ", text)


def test_who_used_the_data_names_every_app_also_one_that_was_stopped(home, registered):
    info(share(home, *registered))
    air = partner(name="Silk Road Air")
    share(home, *air)
    row = Authorization.objects.get(client=air[0])
    home.fetch("POST", f"/me/apps/{row.pk}/withdraw/")

    text = home.get("/me/activity/data/").text

    assert text.count("You signed in there") == 2
    assert text.count("It read your data") == 1
    assert len(re.findall("What you agreed to<", text)) == 2, "the connection that ended has no page"


def test_a_read_is_kept_to_the_hour(home, registered):
    token = share(home, *registered)
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        info(token)
        first = Authorization.objects.get().last_read_at
        clock.move_to(start + timedelta(minutes=9))
        info(token)
        assert Authorization.objects.get().last_read_at == first == start
        Authorization.objects.update(last_read_at=start - timedelta(minutes=52))
        info(token)
        assert Authorization.objects.get().last_read_at == start + timedelta(minutes=9)


def test_userinfo_is_a_read_and_a_refused_call_is_none(home, registered, account):
    token = share(home, *registered)
    assert userinfo(token).status_code == 403
    assert Authorization.objects.get().last_read_at is None
    code = obtain_code(FreedomWalk(Client()), registered[0], account)

    assert userinfo(redeem(*registered, code).json()["access_token"]).status_code == 200

    assert Authorization.objects.get().last_read_at is not None


def test_a_request_is_followed_and_called_off(home, registered, account):
    request_id, headers = ask_profile(share(home, *registered, grants=PROFILE))
    page = home.get("/me/requests/")
    assert "Waiting" in page.text
    assert "Aral Market" in page.text

    page = home.press(page, "/cancel/")

    assert "The app receives nothing for this request." in page.text
    assert "Not handed over" in page.text
    fulfil_profile_request(str(ProfileRequest.objects.get().pk))
    status = Client().get(f"/api/v1/oauth/get-profile/status?request_id={request_id}", headers=headers).json()
    assert status["status"] == "failed"
    assert "profile" not in status
    assert AccountEvent.objects.filter(action="account:profile:cancelled").count() == 1


def test_what_is_over_or_foreign_is_not_called_off(home, registered):
    ask_profile(share(home, *registered, grants=PROFILE))
    row = ProfileRequest.objects.get()
    stranger = FreedomWalk(Client())
    stranger.sign_in("/me/", phone_of(person()))
    assert "over already" in stranger.fetch("POST", f"/me/requests/{row.pk}/cancel/").text
    assert ProfileRequest.objects.get().state == "accepted"
    fulfil_profile_request(str(row.pk))

    assert "over already" in home.fetch("POST", f"/me/requests/{row.pk}/cancel/").text
    assert ProfileRequest.objects.get().state == "completed"
    assert "Handed over" in home.get("/me/requests/").text
    assert "It received your full profile" in home.get("/me/activity/data/").text


def test_messages_are_listed_masked_and_hers_alone(home, account):
    other = person()
    for owner in (account, other):
        Notice.objects.create(
            account=owner,
            kind="added",
            about="mobile",
            masked="+998 •• ••• 45 67",
            channel="sms",
            address=phone_of(owner),
        )
    text = home.get("/me/notices/").text
    assert text.count("A way to sign in was added: Phone number +998 •• ••• 45 67") == 1
    assert "Not sent yet" in text
    assert phone_of(account) not in text
    assert phone_of(account)[-2:] in text


def test_the_pages_speak_the_language_of_the_account_until_a_browser_chose(account):
    Account.objects.update(locale="ru")
    walk = FreedomWalk(Client(headers={"Accept-Language": "th"}))
    assert '<html lang="th"' in walk.get("/login").text
    assert '<html lang="ru"' in walk.sign_in("/me/", phone_of(account)).text
    walk.fetch("POST", "/language/setlang/", {"language": "kk", "next": "/me/"})
    assert '<html lang="kk"' in walk.get("/me/").text


def test_a_language_that_is_no_longer_spoken_is_passed_over(home, account):
    Account.objects.update(locale="fr")
    assert '<html lang="en"' in home.get("/me/").text


def test_language_and_appearance_are_chosen_and_kept(home, account):
    page = home.get("/me/preferences/")
    assert "data-theme" not in page.text
    page = home.post(page, "theme", theme="dark", language="uz")

    assert '<html lang="uz" dir="ltr" data-theme="dark">' in page.text
    assert '<meta name="color-scheme" content="dark">' in page.text
    assert Account.objects.get().locale == "uz"
    assert AccountEvent.objects.filter(action="account:person:changed").count() == 1
    home.post(page, "theme", theme="system")
    assert "data-theme" not in home.get("/me/").text
    assert AccountEvent.objects.filter(action="account:person:changed").count() == 1, "the language stayed"


@pytest.mark.parametrize(
    "chosen", ['x"><script>', "system", "", "DARK"], ids=["markup", "system", "nothing", "capitals"]
)
def test_a_theme_that_nobody_offers_is_none(home, chosen):
    home.browser.cookies["theme"] = chosen
    assert "data-theme" not in home.get("/me/").text


@pytest.mark.parametrize(
    "sent",
    [{"theme": "pink", "language": "en"}, {"theme": "dark", "language": "fr"}, {"theme": ""}],
    ids=["pink", "French", "nothing"],
)
def test_a_choice_that_is_none_is_refused_with_a_word(home, sent):
    page = home.fetch("POST", "/me/preferences/", sent)
    assert page.status == 400
    assert 'class="errorlist"' in page.text


@pytest.mark.parametrize("path", ["activity/data/", "requests/", "notices/", "consents/", "data/"])
def test_pages_without_anything_say_what_will_be_there(home, path):
    Notice.objects.all().delete()
    Device.objects.all().delete()
    page = home.get(f"/me/{path}")
    assert page.status == 200
    assert 'class="card empty"' in page.text or path == "data/"


def test_strangers_sign_in_first():
    for path in ("activity/data/", "requests/", "notices/", "consents/", "consents/history.json", "preferences/"):
        assert "/login" in FreedomWalk(Client()).get(f"/me/{path}").url
