"""Sign-in and security: the app, recovery codes and passkeys, each with fresh proof."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.models import (
    Account,
    Allowance,
    Authenticator,
    BrowserSignIn,
    Credential,
    Notice,
    OneTimeCode,
    Passkey,
    RecoveryCode,
)
from identity_portal.demo.models import InboxMessage
from tests.compliance.standard_door import ISSUER
from tests.factories.people import PASSWORD, email_of, person, phone_of
from tests.factories.proofs import shown_by, with_app, wrong_for
from tests.journeys.walk import FreedomWalk

SECURITY, CONFIRM = f"{ISSUER}/me/security/", f"{ISSUER}/me/security/confirm/"
ADDING = ["/me/security/app/", "/me/security/codes/", "/me/security/passkey/options/"]


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fresh(account, clock):
    """A browser in which the person signed in by password, and then by a code."""
    walk = signed_in(account)
    BrowserSignIn.objects.update(stepped_up_at=timezone.now())
    return walk


def signed_in(account):
    walk = FreedomWalk(Client())
    walk.sign_in("/me/security/", phone_of(account))
    return walk


def last_message():
    deliver_code(str(OneTimeCode.objects.get(sent_at=None).pk))
    message = InboxMessage.objects.latest("pk")
    return message.to, message.text.rpartition("#")[2]


def secret_on(page):
    return re.search(r'class="value secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")


def test_an_app_is_set_up_by_its_first_code(fresh, account, clock):
    page = fresh.fetch("POST", "/me/security/app/")
    assert page.url == f"{ISSUER}/me/security/app/"
    assert 'class="qr"' in page.text
    assert page.text.count("<script") == page.text.count("<script src=")
    assert " style=" not in page.text
    secret = secret_on(page)
    assert secret_on(fresh.get("/me/security/app/")) == secret, "the same until it is proven"
    page = fresh.post(page, "code", code=wrong_for(secret))
    assert "This code does not match." in page.text
    assert secret_on(page) == secret
    page = fresh.post(page, "code", code=shown_by(secret))

    assert page.url == SECURITY
    assert "The app is set up." in page.text
    assert secret not in page.text
    assert fresh.get("/me/security/app/").url == SECURITY, "never shown again"
    assert "is set up already" in fresh.fetch("POST", "/me/security/app/").text
    assert set(Notice.objects.values_list("about", flat=True)) == {"totp"}
    assert FreedomWalk(Client()).sign_in("/login", phone_of(account)).url == f"{ISSUER}/login/second"


def test_wrong_codes_of_a_new_app_are_counted(fresh, account, clock):
    page = fresh.fetch("POST", "/me/security/app/")
    secret = secret_on(page)
    end = timezone.now() + timedelta(minutes=5)
    Allowance.objects.create(key=f"code-failures:account-{account.pk}", spent=10, window_ends_at=end)

    assert fresh.post(page, "code", code=shown_by(secret)).status == 429


def test_recovery_codes_are_shown_once(fresh, account):
    page = fresh.fetch("POST", "/me/security/codes/")
    codes = re.findall(r"([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})", page.text)

    assert len(set(codes)) == RecoveryCode.objects.count() == 10
    page = fresh.get("/me/security/")
    assert "10 codes are left." in page.text
    assert codes[0] not in page.text
    assert "You have recovery codes already." in fresh.fetch("POST", "/me/security/codes/").text


@pytest.mark.parametrize("kind", ["totp", "recovery"])
def test_what_is_removed_is_gone_and_told(fresh, account, kind):
    row = Authenticator.objects.create(account=account, type=kind, secret="A" * 32, verified_at=timezone.now())
    address = f"/me/security/{row.pk}/remove/"
    assert "Keep it" in fresh.get(address).text
    assert Authenticator.objects.exists()
    page = fresh.fetch("POST", address)

    assert (page.url, "Removed." in page.text) == (SECURITY, True)
    assert not Authenticator.objects.exists()
    assert set(Notice.objects.values_list("about", flat=True)) == {kind}


def test_what_is_somebody_elses_or_not_for_this_page_is_not_there(fresh, account):
    other = person()
    hers = [
        Authenticator.objects.create(account=other, type="recovery", verified_at=timezone.now()).pk,
        Passkey.objects.create(account=other, credential_id="x", public_key=b"").pk,
    ]
    own = [Credential.objects.filter(account=account).first().number, 0]
    for number in [*hers, *own, 1, 2**70]:
        for method in ("GET", "POST"):
            assert fresh.fetch(method, f"/me/security/{number}/remove/").status == 404
    assert Credential.objects.filter(account=account).count() == 4
    assert Account.objects.get(pk=account.pk).has_usable_password()


@pytest.mark.requirement("ASVS 7.5.1")
def test_each_act_needs_a_second_proof(account, clock):
    row = Authenticator.objects.create(account=account, type="recovery", verified_at=timezone.now())
    walk = signed_in(account)
    for method, path in [("POST", path) for path in ADDING] + [
        ("GET", "/me/security/passkey/"),
        ("GET", "/me/security/app/"),
        ("GET", f"/me/security/{row.pk}/remove/"),
        ("POST", f"/me/security/{row.pk}/remove/"),
    ]:
        assert walk.fetch(method, path).url.startswith(CONFIRM), path
    assert Authenticator.objects.get() == row


def test_an_old_sign_in_is_repeated_as_a_whole(fresh, account, clock):
    clock.shift(301)
    page = fresh.fetch("POST", "/me/security/codes/")
    assert page.url.startswith(f"{ISSUER}/login?switch=1&next=%2Fme%2Fsecurity%2F")
    page = fresh.post(page, "identifier", identifier=phone_of(account))

    assert fresh.post(page, "password", password=PASSWORD).url == SECURITY
    assert not RecoveryCode.objects.exists()


def test_after_a_password_a_code_by_sms_confirms(account, clock):
    walk = signed_in(account)
    page = walk.get("/me/security/passkey/")
    page = walk.press(page, "send")
    to, digits = last_message()
    assert to == phone_of(account)
    assert phone_of(account) not in page.text
    assert "does not match" in walk.post(page, "code", code="12345x").text
    page = walk.post(page, "code", code=digits)

    assert page.url == f"{ISSUER}/me/security/passkey/"
    assert BrowserSignIn.objects.get().stepped_up_at == timezone.now()
    clock.shift(301)
    assert walk.get("/me/security/passkey/").url.startswith(f"{ISSUER}/login")


def test_a_code_of_another_browser_or_purpose_confirms_nothing(account, clock):
    walk, other = signed_in(account), signed_in(account)
    walk.press(walk.get("/me/security/passkey/"), "send")
    _to, digits = last_message()
    clock.shift(61)
    page = other.press(other.get("/me/security/passkey/"), "send")

    assert "does not match" in other.post(page, "code", code=digits).text
    assert not BrowserSignIn.objects.filter(stepped_up_at__isnull=False).exists()


def by_code(account, identifier):
    walk = FreedomWalk(Client())
    page = walk.post(walk.get("/login?next=/me/security/"), "identifier", identifier=identifier)
    page = walk.press(page, "send")
    walk.post(page, "code", code=last_message()[1])
    return walk


def test_after_a_code_the_password_confirms(account, clock):
    walk = by_code(account, phone_of(account))
    page = walk.get("/me/security/passkey/")
    assert "does not match" in walk.post(page, "password", password="wrong").text

    assert walk.post(page, "password", password=PASSWORD).url == f"{ISSUER}/me/security/passkey/"


def test_after_a_code_by_sms_and_without_a_password_one_by_mail_confirms(account, clock):
    Account.objects.filter(pk=account.pk).update(password="!")
    walk = by_code(account, phone_of(account))
    walk.press(walk.get("/me/security/passkey/"), "send")

    assert last_message()[0] == email_of(account)


def test_in_a_trusted_browser_the_app_confirms(account, clock):
    secret = with_app(account)
    walk = FreedomWalk(Client())
    page = walk.sign_in("/me/security/", phone_of(account))
    walk.post(page, "code", code=shown_by(secret), trust="on")
    clock.shift(30)
    walk.fetch("POST", "/logout")
    walk.sign_in("/me/security/", phone_of(account))
    page = walk.get("/me/security/passkey/")
    assert "authenticator app" in page.text
    for _guess in range(5):
        assert "does not match" in walk.post(page, "code", code=wrong_for(secret)).text
    assert walk.post(page, "code", code=shown_by(secret)).status == 429
    clock.shift(1801)
    walk.sign_in("/login?switch=1", phone_of(account))
    page = walk.post(walk.get("/me/security/passkey/"), "code", code=shown_by(secret))

    assert page.url == f"{ISSUER}/me/security/passkey/"


def test_who_has_one_kind_of_proof_confirms_nothing(account, clock):
    Credential.objects.filter(account=account).exclude(type="mobile").delete()
    Account.objects.filter(pk=account.pk).update(password="!")
    walk = by_code(account, phone_of(account))

    assert walk.get("/me/security/passkey/").url == f"{ISSUER}/me/security/passkey/"


def test_who_has_passkeys_alone_signs_in_anew(account, clock):
    walk = signed_in(account)
    Passkey.objects.create(account=account, credential_id="x", public_key=b"")
    Credential.objects.filter(account=account).delete()

    assert walk.get("/me/security/passkey/").url.startswith(f"{ISSUER}/login?switch=1")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/me/"])
def test_confirming_leads_to_our_own_pages_only(account, clock, target):
    walk = by_code(account, phone_of(account))
    page = walk.get(f"/me/security/confirm/?next={target}")

    assert walk.post(page, "password", password=PASSWORD, next=target).url == SECURITY


def test_a_session_from_before_is_signed_in_anew(fresh):
    BrowserSignIn.objects.all().delete()

    assert fresh.get("/me/security/passkey/").url.startswith(f"{ISSUER}/login?switch=1")
    assert fresh.get("/me/security/").status == 200


@pytest.mark.parametrize("path", [*ADDING, "/me/security/", "/me/security/confirm/", "/me/security/1/remove/"])
def test_nobody_gets_there_without_a_sign_in(walk, path):
    for method in ("GET", "POST"):
        page = walk.fetch(method, path)
        assert page.status == 405 or page.url.startswith(f"{ISSUER}/login")


@pytest.mark.parametrize("path", [*ADDING, "/me/security/passkey/", "/login/second", "/login/passkey"])
def test_a_post_without_our_token_is_refused(stranger, path):
    assert stranger.post(path, {"code": "123456"}).status_code == 403
