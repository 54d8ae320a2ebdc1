"""Method 2: the login page, the decision, and the way back to the partner."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from consents.models import ConsentTransaction
from freedom_id.domain.client_status import suspend_client
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, AuthorizationRequest, Grant, PartnerClient
from tests.factories.people import REDIRECT_URI, partner
from tests.freedom_id.api.backend import Backend, query_of
from tests.freedom_id.api.conftest import NOON
from tests.journeys.walk import FreedomWalk, Page

pytestmark = pytest.mark.django_db
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def visit(url: str) -> Page:
    return FreedomWalk(Client()).get(url)


def assert_dead_link(page: Page) -> None:
    """A page with the code for support, and no way back: there is no address to trust."""
    assert (page.status, page.location) == (410, "")
    assert "100103" in page.text
    assert "partner.example" not in page.text + page.headers["content-security-policy"]


def test_login_page_names_the_partner_and_is_neither_framed_nor_kept(backend: Backend) -> None:
    page = visit(backend.login_url())
    assert page.status == 200
    assert "Aral Market" in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "same-origin"
    assert "no-store" in page.headers["cache-control"]


def test_login_page_speaks_the_locale_of_the_link(backend: Backend) -> None:
    assert '<html lang="ru"' in visit(backend.login_url(locale="ru")).text
    assert '<html lang="en"' in visit(backend.login_url(locale="xx")).text


def test_allow_returns_the_code_beside_the_partners_own_query(backend: Backend, account: Account) -> None:
    walk, page = backend.ask(account, state="s-1")
    back = walk.consent(page)
    assert back.status == 302
    assert back.location.startswith(f"{REDIRECT_URI}&authorization_code=")
    assert list(back.returned) == ["from", "authorization_code", "state", "iss"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", back.returned["authorization_code"])
    assert (back.returned["from"], back.returned["iss"]) == ("freedom", "http://localhost:8000")
    assert "no-store" in back.headers["cache-control"]


def test_deny_returns_both_names_of_the_error_and_no_code(backend: Backend, account: Account) -> None:
    walk, page = backend.ask(account, state="s-1")
    back = walk.consent(page, "deny")
    assert back.returned == {
        "from": "freedom",
        "error_code": "100102",
        "error": "access_denied",
        "state": "s-1",
        "iss": "http://localhost:8000",
    }
    assert not Grant.objects.exists()


def test_state_comes_back_byte_for_byte(backend: Backend, account: Account) -> None:
    states = ["a b+c%20&=?#/;~\"'<>\\", "%00%FF", "s" * 512, "{}", " "]
    for state, decision in zip([*states, states[0]], ["allow"] * 5 + ["deny"], strict=True):
        walk, page = backend.ask(account, state=state)
        assert query_of(walk.consent(page, decision).location)["state"] == [state]


def test_no_state_no_parameter(backend: Backend, account: Account) -> None:
    walk, page = backend.ask(account)
    assert "state" not in walk.consent(page).returned


def test_existing_query_is_kept_as_it_was_registered(account: Account) -> None:
    """RFC 6749 §3.1.2: the query component "MUST be retained when adding additional query parameters"."""
    queries = ["?a=b%20c+d&e=", "?flag", "?n=%FF", "?list[]=1&list[]=2", "?a=1;b=2", "?q=caf%c3%a9"]
    uris = [f"https://partner.example/cb{query}" for query in queries]
    client, secret = partner(redirect_uris=uris)
    for uri in uris:
        walk, page = Backend(client.client_id, secret).ask(account, redirect_uri=uri)
        assert walk.consent(page).location.startswith(f"{uri}&authorization_code=")


def test_a_registered_query_cannot_speak_for_us(account: Account) -> None:
    """Only one `authorization_code`, `state` and `iss` arrive, and they are ours."""
    uri = "https://partner.example/cb?authorization_code=x&state=y&%69ss=z&keep=1"
    client, secret = partner(redirect_uris=[uri])
    walk, page = Backend(client.client_id, secret).ask(account, redirect_uri=uri, state="ours")
    back = query_of(walk.consent(page).location)
    assert (back["keep"], back["state"], back["iss"]) == (["1"], ["ours"], ["http://localhost:8000"])
    assert [len(code) for code in back["authorization_code"]] == [64]


@pytest.mark.parametrize("uri", ["com.aral.app:/cb", "http://127.0.0.1:49152/cb?a=1", "http://[::1]:49152/cb"])
def test_native_apps_are_returned_to(account: Account, uri: str) -> None:
    registered = ["com.aral.app:/cb", "http://127.0.0.1/cb?a=1", "http://[::1]/cb"]
    client, secret = partner(native=True, redirect_uris=registered)
    walk, page = Backend(client.client_id, secret).ask(account, redirect_uri=uri, code_challenge=CHALLENGE)
    back = walk.consent(page)
    assert back.location.startswith(uri + ("&" if "?" in uri else "?") + "authorization_code=")


@pytest.mark.parametrize(
    "track",
    ["x", "%00", "%FF", "1" * 5000, "6f8c0f2c-0c1f-4b8e-9f58-4a5c6d7e8f90", "../../admin", "{" + "0" * 36 + "}"],
)
def test_unknown_link_is_a_page_and_no_redirect(db: None, track: str) -> None:
    for path in ("/login", "/login/password", "/login/code"):
        assert_dead_link(visit(f"{path}?track_id={track}&expire_at=9999999999"))


def test_link_lives_600_seconds_whatever_its_address_says(backend: Backend, noon: Any) -> None:
    url = re.sub(r"expire_at=\d+", "expire_at=9999999999", backend.login_url())
    past = re.sub(r"expire_at=\d+", "expire_at=1", url)
    noon.shift(599)
    assert (visit(url).status, visit(past).status) == (200, 200)
    noon.shift(1)
    assert_dead_link(visit(url))


def test_a_decision_after_600_seconds_is_too_late(backend: Backend, account: Account, noon: Any) -> None:
    walk, page = backend.ask(account)
    noon.move_to(NOON.replace(minute=10))
    assert_dead_link(walk.consent(page))
    assert not Grant.objects.exists()


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_one_decision_per_track(backend: Backend, account: Account, decision: str) -> None:
    walk, page = backend.ask(account)
    walk.consent(page, decision)
    written = ConsentTransaction.objects.count(), Grant.objects.count()
    for second in ("allow", "deny"):
        assert_dead_link(walk.consent(page, second))
    assert_dead_link(walk.get(page.url))
    assert (ConsentTransaction.objects.count(), Grant.objects.count()) == written


def test_partial_consent_gives_what_is_needed_and_what_was_ticked(backend: Backend, account: Account) -> None:
    asked = ["read.email", "read.firstname", "read.phone", "read.lastname"]
    tokens = backend.tokens(account, grants=asked, ticked=["read.phone"])
    assert tokens["grants"] == ["read.firstname", "read.phone"]
    assert set(backend.info(tokens["access_token"]).json()) == {"id", "firstname", "phone"}


def test_what_was_not_asked_cannot_be_ticked(backend: Backend, account: Account) -> None:
    tokens = backend.tokens(account, grants=["read.firstname"], ticked=["read.identifier", "read.profile", "x"])
    assert tokens["grants"] == ["read.firstname"]


def test_standing_consent_needs_one_press_and_a_new_grant_is_asked_alone(backend: Backend, account: Account) -> None:
    backend.tokens(account, grants=["read.firstname", "read.phone"])
    _, again = backend.ask(account, grants=["read.firstname", "read.phone"])
    assert "Continue as" in again.text
    _, wider = backend.ask(account, grants=["read.firstname", "read.phone", "read.email"])
    assert re.findall(r'name="grants" value="([^"]+)"', wider.text) == ["read.email"]


def block(account: Account, client: PartnerClient) -> None:
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)


def suspend(account: Account, client: PartnerClient) -> None:
    suspend_client(client)


@pytest.mark.parametrize("stop", [block, suspend])
def test_nothing_is_issued_once_a_party_is_stopped(
    backend: Backend, account: Account, client_row: PartnerClient, stop: Callable[[Account, PartnerClient], None]
) -> None:
    walk, page = backend.ask(account)
    stop(account, client_row)
    back = walk.consent(page)
    assert back.location == ""
    assert not Grant.objects.exists()
    assert not ConsentTransaction.objects.exists()


def test_link_of_a_suspended_client_is_dead(backend: Backend, client_row: PartnerClient) -> None:
    url = backend.login_url()
    suspend_client(client_row)
    assert_dead_link(visit(url))


def test_the_code_is_stored_as_a_digest_only(backend: Backend, account: Account) -> None:
    code = backend.code(account)
    row = Grant.objects.values().get()
    assert code not in str(row)
    assert AuthorizationRequest.objects.get().decided_at is not None
