"""What protects a sign-in, in Chromium: a passkey of its virtual authenticator, the app, recovery codes; judged by
axe."""

from collections.abc import Iterator
from itertools import chain

import pytest
from playwright.sync_api import Browser, Page, expect

from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.models import Account, BrowserSignIn, OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.chromium import faults, sign_in, watched
from tests.factories.people import PASSWORD, person, phone_of
from tests.factories.proofs import shown_by
from tests.servers.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


def with_virtual_authenticator(page: Page) -> None:
    """The platform's authenticator of this page: it verifies its user, and she agrees to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    abilities = dict.fromkeys(("hasResidentKey", "hasUserVerification", "isUserVerified"), True)
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options | abilities})


def confirm(page: Page) -> None:
    """The second proof: a code by SMS."""
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code", exact=True).wait_for()
    deliver_code(str(OneTimeCode.objects.get(purpose="step_up").pk))
    page.get_by_label("Code", exact=True).fill(InboxMessage.objects.latest("pk").text.rpartition("#")[2])
    page.get_by_role("button", name="Continue").click()


def set_up_app(page: Page) -> Iterator[str]:
    """Pause on the picture, and come back with the secret."""
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    yield secret
    page.get_by_label("Code", exact=True).fill(shown_by(secret))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_text("The app is set up.").wait_for()


def leave(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()


def protect(page: Page, portal: Portal, account: Account) -> Iterator[None]:
    """Sign in by password and set up a passkey, an app and recovery codes, pausing on each page."""
    page.goto(f"{portal.url}/me/security/")
    page.get_by_role("button", name="Use a passkey").wait_for()
    yield
    sign_in(page, account)
    page.get_by_role("heading", name="Sign-in and security").wait_for()
    yield
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("heading", name="Confirm that it is you").wait_for()
    yield
    confirm(page)
    page.get_by_role("heading", name="Add a passkey").wait_for()
    yield
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("The passkey is ready.").wait_for()
    for _secret in set_up_app(page):
        yield
    page.get_by_role("button", name="Make recovery codes").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    yield


def use(page: Page, portal: Portal, account: Account) -> Iterator[None]:
    """Sign in by the passkey, and by password and a recovery code."""
    code = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="My phone").wait_for()
    yield
    page.get_by_role("link", name="My phone").click()
    page.get_by_role("heading", name="Remove: My phone").wait_for()
    yield
    page.get_by_role("link", name="Keep it").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Hello, Dilnoza").wait_for()  # by the offer in the field, without a press
    assert BrowserSignIn.objects.latest("started_at").amr == ["pop", "user", "mfa"]
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    leave(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Hello, Dilnoza").wait_for()
    assert BrowserSignIn.objects.count() == 3
    leave(page)
    page.goto(f"{portal.url}/login?next=/me/security/")
    page.get_by_text("Use another account").click()
    sign_in(page, account)
    page.get_by_role("heading", name="Enter the code of your app").wait_for()
    yield
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("checkbox", name="Trust this browser").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("9 codes are left.").wait_for()


def test_from_one_password_to_two_factors(portal: Portal, chromium: Browser) -> None:
    found: list[str] = []
    options = {"viewport": {"width": 320, "height": 640}, "reduced_motion": "reduce"}  # a scheme changes at once
    with watched(chromium, portal.url, **options) as browser:
        page, account = browser.page, person()
        with_virtual_authenticator(page)
        for _pause in chain(protect(page, portal, account), use(page, portal, account)):
            assert page.title().endswith(" – Freedom ID")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found += faults(page)
    assert found == []


def test_without_javascript_the_app_works_and_no_passkey_is_offered(portal: Portal, chromium: Browser) -> None:
    account = person()
    options = {"java_script_enabled": False, "viewport": {"width": 360, "height": 740}}
    with watched(chromium, portal.url, **options) as browser:
        page = browser.page
        page.goto(f"{portal.url}/me/security/")
        expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
        page.get_by_label("Phone or e-mail").fill(phone_of(account))
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Set up an app").click()
        confirm(page)
        for _secret in set_up_app(page):
            assert page.locator("svg.qr").bounding_box()["width"] > 150
        page.goto(f"{portal.url}/me/security/passkey/")
        expect(page.get_by_text("This browser cannot make passkeys")).to_be_visible()
        expect(page.get_by_role("button", name="Continue")).to_be_hidden()
