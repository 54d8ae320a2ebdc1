"""The admin opens to who is known by a passkey or an app, and its dangerous acts to who just proved it again."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.contrib.admin import site
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, resolve, reverse
from django.utils import timezone

from consents.models import Evidence
from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.enums import AccountStatus, AuditAction
from freedom_id.models import Account, Allowance, AuditEntry, Authenticator, BrowserSignIn
from identity_portal.staff.acts import ACTS, DANGEROUS
from tests.compliance.standard_door import ISSUER
from tests.factories.people import PASSWORD, person, phone_of
from tests.factories.proofs import shown_by, with_app, wrong_for
from tests.factories.staff import BY_PASSKEY, browser_of, session_of
from tests.identity_portal.staff.stage import Stage, member, stage
from tests.identity_portal.staff.test_every_act import DRIVEN, list_of, no_inlines, page
from tests.journeys.walk import FreedomWalk

pytestmark = pytest.mark.django_db
STEP_UP = "/login/step-up"
SECURITY = "/me/security/"
LIST = "/admin/freedom_id/account/"
SIX_MINUTES = timedelta(minutes=6)
NAMED_BEFORE_THEY_ARE_THERE = {"account.erase", "account.export", "account.remove_factor", "account.unmask"}
FORMS = {"account.change_view", "evidence.change_view"}  # Django's own views, beside the acts that DRIVEN tries
ODD = {"int": "1", "slug": "x", "str": "x", "uuid": str(uuid4()), "path": "1"}


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def scene() -> Stage:
    return stage()


@pytest.fixture
def clerk() -> Account:
    """An administrator with a password, a phone and an address."""
    return person(is_staff=True, is_superuser=True)


def below(account: Account) -> FreedomWalk:
    """A browser in which the member of staff signed in by her password alone."""
    walk = FreedomWalk(Client())
    walk.sign_in("/me/", phone_of(account))
    return walk


def led_to(answer: Any) -> str:
    return urlsplit(answer.headers.get("Location", "")).path


def addresses(patterns: list[Any], before: str = "/admin/") -> Iterator[str]:
    """One address of every pattern of the site, whatever is registered there."""
    for pattern in patterns:
        route = re.sub(r"<(?:(\w+):)?\w+>", lambda found: ODD[found[1] or "str"], str(pattern.pattern))
        route = re.sub(r"^\^|\(\?P<app_label>([a-z_]+)[^)]*\)|\(\?P<url>[^)]*\)|\$$", r"\1", route)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, before + route)
        elif isinstance(pattern, URLPattern) and pattern.name not in {"login", "logout"}:
            yield before + route


def answer_to(address: str, account: Account, session: Any) -> Any:
    """What the view says, without middleware; None where it refuses the member of staff who got as far as that."""
    request: Any = RequestFactory().get(address)
    match = resolve(address)
    request.user, request.resolver_match, request.session = account, match, session
    request._messages = CookieStorage(request)
    try:
        return match.func(request, *match.args, **match.kwargs)
    except PermissionDenied:
        return None


def test_every_door_is_shut_below_the_level(clerk: Account) -> None:
    with_app(clerk)
    session = session_of(clerk, amr=["pwd"])
    there = sorted(set(addresses(site.get_urls())))
    assert len(there) > 200
    assert [address for address in there if led_to(answer_to(address, clerk, session)) != STEP_UP] == []


@pytest.mark.parametrize(
    ("amr", "enters"),
    [
        ("pwd otp mfa", True),
        ("pop user mfa", True),
        ("otp pwd mfa", True),
        ("otp sms pop user mfa", True),
        ("pwd", False),
        ("otp", False),
        ("otp sms", False),
        ("otp sms pwd mfa", False),
        ("mca pwd", False),
        ("", False),
    ],
)
def test_a_passkey_or_an_app_opens_and_nothing_less(amr: str, enters: bool, clerk: Account) -> None:
    with_app(clerk)
    assert (browser_of(clerk, amr=amr.split()).get("/admin/").status_code == 200) == enters


@pytest.mark.parametrize(
    "address",
    [
        *("/admin/", LIST, "/admin/jsi18n/", "/admin/nothing-here/", "/admin/freedom_id/"),
        *("/admin/autocomplete/?app_label=freedom_id&model_name=x&field_name=y", "/admin/consents/reports/"),
    ],
)
def test_without_a_second_factor_nothing_is_shown_but_where_to_set_one_up(address: str, clerk: Account) -> None:
    text = (shown := below(clerk).get(address)).text
    assert urlsplit(shown.url).path == SECURITY
    assert "The staff pages need a second proof" in text
    assert "/admin/" not in text


def test_after_the_step_up_she_is_where_she_wanted_to_go(clerk: Account, clock: Any) -> None:
    walk = below(clerk)
    secret = with_app(clerk)
    wanted = f"{LIST}?status__exact=active"
    shown = walk.get(wanted)
    assert (urlsplit(shown.url).path, "before you go on" in shown.text) == (STEP_UP, True)
    shown = walk.post(shown, "code", code=wrong_for(secret))
    assert ("This does not match." in shown.text, urlsplit(walk.get(LIST).url).path) == (True, STEP_UP)
    shown = walk.post(shown, "code", code=shown_by(secret))
    assert (shown.url, shown.status) == (f"{ISSUER}{wanted}", 200)


def test_a_sign_in_by_app_needs_no_step_up(clerk: Account, clock: Any) -> None:
    secret, walk = with_app(clerk), FreedomWalk(Client())
    shown = walk.post(walk.sign_in(LIST, phone_of(clerk)), "code", code=shown_by(secret))
    assert (shown.url, shown.status) == (f"{ISSUER}{LIST}", 200)


def test_a_recovery_code_stands_in_for_the_app(clerk: Account, clock: Any) -> None:
    walk = below(clerk)
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())
    sheet = walk.fetch("POST", "/me/security/codes/").text
    with_app(clerk)
    code = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", sheet)[0]
    assert walk.post(walk.get("/admin/"), "code", code=code).url == f"{ISSUER}/admin/"


def test_who_came_by_a_text_signs_in_anew(clerk: Account) -> None:
    walk = below(clerk)
    with_app(clerk)
    BrowserSignIn.objects.update(amr=["otp", "sms"])
    shown = walk.get(LIST)
    assert (urlsplit(shown.url).path, parse_qs(urlsplit(shown.url).query)["next"]) == ("/login", [LIST])
    assert "Sign in again: by a passkey, or by your password and a code of your app." in shown.text


def test_who_came_by_a_mail_shows_password_and_app(clerk: Account, clock: Any) -> None:
    walk = below(clerk)
    secret = with_app(clerk)
    BrowserSignIn.objects.update(amr=["otp"])
    shown = walk.post(walk.get(LIST), "password", password=PASSWORD)
    assert urlsplit(shown.url).path == STEP_UP
    assert walk.post(shown, "code", code=shown_by(secret)).url == f"{ISSUER}{LIST}"


def test_who_has_neither_sets_one_up_and_comes_back(clerk: Account, clock: Any) -> None:
    walk = below(clerk)
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())
    shown = walk.press(walk.get(LIST), "/me/security/app/")
    secret = Authenticator.objects.get(account=clerk).secret
    shown = walk.post(shown, "code", code=shown_by(secret))
    assert f'href="{LIST}">Go on to the staff pages' in shown.text
    clock.shift(30)
    assert walk.post(walk.get(LIST), "code", code=shown_by(secret)).url == f"{ISSUER}{LIST}"
    assert "staff pages" not in walk.get(SECURITY).text


def test_the_page_that_raises_is_staffs_and_leads_nowhere_else(clerk: Account) -> None:
    someone = person()
    with_app(someone)
    assert browser_of(someone, amr=["pwd"]).get(f"{STEP_UP}?next=/me/apps/").headers["Location"] == "/me/apps/"
    assert browser_of(clerk).get(f"{STEP_UP}?next=//evil.example/").headers["Location"] == "/me/"
    assert browser_of(someone).get("/admin/", follow=True).status_code == 403


def test_a_press_below_the_level_changes_nothing_and_says_so(scene: Stage, clerk: Account, clock: Any) -> None:
    secret, browser = with_app(clerk), browser_of(clerk, amr=["pwd"])
    row = scene.connection.account
    posted = {"action": "block", "_selected_action": row.pk, "confirmed": "yes", "reason": "case 5"}
    pressed_on = f"http://testserver{LIST}{row.pk}/change/"
    answer = browser.post(LIST, posted, headers={"Referer": pressed_on})
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"next": [f"{LIST}{row.pk}/change/"], "again": ["1"]}
    asked = browser.get(answer.headers["Location"])
    assert "Nothing was changed yet. Confirm that it is you, then press the button again." in asked.content.decode()
    proven = browser.post(answer.headers["Location"], {"code": shown_by(secret)}, follow=True)
    assert "Thank you. Nothing was changed yet: press the button again." in proven.content.decode()
    assert Account.objects.get(pk=row.pk).status == AccountStatus.ACTIVE
    browser.post(LIST, posted)
    assert Account.objects.get(pk=row.pk).status == AccountStatus.BLOCKED


@pytest.mark.parametrize("pressed_on", ["", "https://evil.example/admin/x/", "http://testserver/me/", "http://[", "x"])
def test_an_odd_page_before_a_press_leads_to_the_first_page(pressed_on: str, clerk: Account) -> None:
    with_app(clerk)
    answer = browser_of(clerk, amr=["pwd"]).post(LIST, {}, headers={"Referer": pressed_on})
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["next"] == ["/admin/"]


def test_leaving_is_possible_at_any_level(clerk: Account) -> None:
    browser = browser_of(clerk, amr=["pwd"])
    assert browser.post("/admin/logout/").status_code == 302
    assert not BrowserSignIn.objects.filter(ended_at=None).exists()


def test_every_dangerous_act_is_there_or_is_going_to_be() -> None:
    assert DANGEROUS - set(DRIVEN) - FORMS <= NAMED_BEFORE_THEY_ARE_THERE
    assert FORMS <= DANGEROUS


def stale(account: Account) -> Client:
    """A browser of staff who proved herself too long ago for what is dangerous."""
    browser = browser_of(account)
    BrowserSignIn.objects.filter(device__account=account).update(started_at=timezone.now() - SIX_MINUTES)
    return browser


def test_fresh_proof_is_asked_for_dangerous_acts_and_no_other(scene: Stage, clerk: Account) -> None:
    with_app(clerk)
    wrong = []
    for name, drive in DRIVEN.items():
        with transaction.atomic():
            asked = led_to(drive(scene, stale(clerk))) == STEP_UP
            acted = AuditEntry.objects.filter(action=ACTS[name], actor=clerk).exists()
            wrong += [] if (asked, acted) == (name in DANGEROUS, name not in DANGEROUS) else [(name, asked, acted)]
            transaction.set_rollback(True)
    assert wrong == []


def test_reading_wants_no_fresh_proof_and_changing_rights_or_opening_evidence_does(
    scene: Stage, clerk: Account
) -> None:
    with_app(clerk)
    browser, other = stale(clerk), member(ADMINISTRATOR)
    evidence = page("change", Evidence.objects.get(subject=scene.subject))
    for address in ("/admin/", LIST, page("change", other), page("history", other), evidence, "/admin/jsi18n/"):
        assert browser.get(address).status_code == 200, address
    assert led_to(browser.post(page("change", other), no_inlines())) == STEP_UP
    assert led_to(browser.post(evidence, {"open": "yes", "reason": "complaint 17"})) == STEP_UP
    assert Account.objects.get(pk=other.pk).is_superuser
    assert not AuditEntry.objects.filter(action=AuditAction.EVIDENCE_OPENED).exists()
    row = Allowance.objects.all()[0]
    browser.post(list_of(Allowance), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert not Allowance.objects.filter(pk=row.pk).exists()


def test_one_proof_is_good_for_five_minutes_whatever_fails_meanwhile(scene: Stage, clerk: Account, clock: Any) -> None:
    secret, browser = with_app(clerk), stale(clerk)
    where = f"{STEP_UP}?next={LIST}"
    assert b"This does not match." in browser.post(where, {"code": wrong_for(secret)}).content
    assert led_to(DRIVEN["partnerclient.suspend"](scene, browser)) == STEP_UP
    assert browser.post(where, {"code": shown_by(secret)}).headers["Location"] == LIST
    browser.post(list_of(Account), {"action": "block", "_selected_action": clerk.pk})  # herself: refused
    for wait in (0, 299):
        clock.shift(wait)
        assert led_to(DRIVEN["account.block"](scene, browser)) == LIST
        assert led_to(DRIVEN["account.unblock"](scene, browser)) == LIST
    clock.shift(2)
    assert led_to(DRIVEN["account.block"](scene, browser)) == STEP_UP


def test_beside_a_passkey_the_password_is_fresh_proof_and_below_the_level_it_is_none(clerk: Account) -> None:
    browser = stale(clerk)
    BrowserSignIn.objects.update(amr=BY_PASSKEY)
    asked = browser.get(f"{STEP_UP}?next={LIST}").content
    assert b'name="password"' in asked
    browser.post(f"{STEP_UP}?next={LIST}", {"password": PASSWORD})
    sign_in = BrowserSignIn.objects.get()
    assert (sign_in.raised_at is not None, sign_in.raised_amr) == (True, [*BY_PASSKEY, "pwd"])
    assert "staffexport" in browser.post(reverse("admin:freedom_id_auditentry_export")).headers["Location"]
    lower = browser_of(clerk, amr=["pwd"])
    assert led_to(lower.post(reverse("admin:freedom_id_auditentry_export"))) == SECURITY


def test_a_code_by_mail_or_text_is_no_fresh_proof_of_staff(scene: Stage, clerk: Account) -> None:
    with_app(clerk)
    browser = stale(clerk)
    BrowserSignIn.objects.filter(device__account=clerk).update(stepped_up_at=timezone.now())
    assert led_to(DRIVEN["partnerclient.suspend"](scene, browser)) == STEP_UP
    assert led_to(browser.get("/me/security/confirm/?next=/me/data/edit/")) == STEP_UP


@pytest.mark.parametrize("address", ["/me/security/passkey/", "/me/security/password/", "/me/privacy/close/"])
def test_what_is_weaker_changes_no_way_into_the_account_of_staff(address: str, clerk: Account, clock: Any) -> None:
    walk = below(clerk)
    secret = with_app(clerk)
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())
    shown = walk.get(address)
    assert urlsplit(shown.url).path == STEP_UP
    assert walk.post(shown, "code", code=shown_by(secret)).url == f"{ISSUER}{address}"


def test_eight_hours_after_the_sign_in_it_is_over_however_busy_and_raised(clerk: Account, clock: Any) -> None:
    walk = below(clerk)
    secret = with_app(clerk)
    for _busy in range(33):
        clock.shift(timedelta(minutes=14))
        walk.browser.get("/admin/jsi18n/")
    clock.shift(timedelta(minutes=8))
    assert walk.post(walk.get("/admin/"), "code", code=shown_by(secret)).url == f"{ISSUER}/admin/"
    clock.shift(timedelta(minutes=10))
    assert walk.get("/admin/").url == f"{ISSUER}/admin/"
    clock.shift(1)
    assert urlsplit(walk.get("/admin/").url).path == "/login"


def test_fifteen_idle_minutes_close_the_admin(clerk: Account, clock: Any) -> None:
    browser = browser_of(clerk)
    browser.get("/admin/")
    clock.shift(timedelta(minutes=14, seconds=59))
    assert browser.get("/admin/").status_code == 200
    clock.shift(timedelta(minutes=15, seconds=1))
    assert led_to(browser.get("/admin/")) == "/admin/login/"
