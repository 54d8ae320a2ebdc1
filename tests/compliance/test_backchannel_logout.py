"""OpenID Connect Back-Channel Logout 1.0."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.accounts import block_account
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.client_registration import NewClient, register_client
from freedom_id.domain.signing_keys import (
    PUBLISHED_BEFORE_USE,
    activate_published_keys,
    ensure_signing_key,
    publish_next_key,
)
from freedom_id.enums import CallbackState
from freedom_id.errors import InvalidFields
from freedom_id.models import Account, Authorization, BackchannelLogout, Device
from tests.compliance.relying_party import RelyingParty, deliver_all, relying_party
from tests.compliance.standard_door import ISSUER, basic_header, claims_of, post_form, refresh, request_url, userinfo
from tests.factories.people import REDIRECT_URI, partner, person, phone_of
from tests.freedom_id.identity_v4.parties import call, first_party, verified
from tests.journeys.walk import FreedomWalk

GOOD = "a long enough passphrase"


@pytest.fixture
def rp(db: None) -> Iterator[RelyingParty]:
    with relying_party() as found:
        yield found


@pytest.fixture
def tokens(rp: RelyingParty, walk: FreedomWalk, account: Account) -> dict[str, Any]:
    return rp.sign_in(walk, account)


def leave(walk: FreedomWalk) -> None:
    walk.fetch("POST", "/logout")


def logged_out(rp: RelyingParty) -> list[str]:
    """The sign-ins that the client was told of by now."""
    deliver_all()
    return [claims["sid"] for claims in rp.accepted()]


@pytest.mark.requirement("OIDC Back-Channel Logout §2.1")
def test_it_is_in_the_metadata_with_sessions(db: None) -> None:
    found = Client().get("/.well-known/openid-configuration").json()
    assert (found["backchannel_logout_supported"], found["backchannel_logout_session_supported"]) == (True, True)


@pytest.mark.requirement("OIDC Back-Channel Logout §2.2")
@pytest.mark.parametrize(
    "uri",
    [
        "http://partner.example/logout",
        "https://partner.example/logout#now",
        "https://user@partner.example/logout",
        "https://partner.example/a https://partner.example/b",
        "https://*.example/logout",
        "com.partner.app:/logout",
        "/logout",
    ],
)
def test_the_address_is_plain_https_without_a_fragment(db: None, uri: str) -> None:
    for native in (False, True):
        new = NewClient("Aral Market", [REDIRECT_URI], native=native, backchannel_logout_uri=uri)
        with pytest.raises(InvalidFields) as refused:
            register_client(new)
        assert list(refused.value.errors) == ["backchannel_logout_uri"]


@pytest.mark.requirement("OIDC Back-Channel Logout §2.3")
def test_every_client_of_the_sign_in_is_told_and_no_other(rp, walk, account, tokens) -> None:
    sid = claims_of(tokens["id_token"])["sid"]
    with relying_party(name="Oasis Bank") as bank, relying_party(name="Elsewhere") as elsewhere:
        assert claims_of(bank.sign_in(walk, account)["id_token"])["sid"] == sid
        elsewhere.sign_in(FreedomWalk(Client()), account)

        leave(walk)

        assert (logged_out(rp), logged_out(bank), logged_out(elsewhere)) == ([sid], [sid], [])


@pytest.mark.requirement("OIDC Back-Channel Logout §2.3")
def test_tokens_that_came_without_an_id_token_are_no_sign_in(rp, walk, account, tokens) -> None:
    with relying_party(name="Freedom ID API") as plain, relying_party(name="Profile only") as scoped:
        page = walk.get(walk.link(plain.client.client_id, plain.secret, grants=["read.firstname"]))
        code = walk.consent(page).returned["authorization_code"]
        basic = {"Authorization": basic_header(plain.client.client_id, plain.secret)}
        body = {"authorization_code": code}
        answer = Client().post("/api/v1/oauth/token", body, content_type="application/json", headers=basic)
        assert answer.status_code == 200
        assert "id_token" not in scoped.sign_in(walk, account, scope="profile")

        leave(walk)

        assert (len(logged_out(rp)), logged_out(plain), logged_out(scoped)) == (1, [], [])


@pytest.mark.requirement("OIDC Back-Channel Logout §2.3")
def test_two_sign_ins_of_one_session_at_a_client_are_one_logout(rp, walk, account, tokens) -> None:
    rp.sign_in(walk, account)
    leave(walk)
    assert logged_out(rp) == [claims_of(tokens["id_token"])["sid"]]


@pytest.mark.requirement("OIDC Back-Channel Logout §2.4")
def test_a_logout_token_says_who_and_which_sign_in_and_nothing_else(rp, walk, tokens) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        now = int(timezone.now().timestamp())
        leave(walk)
        deliver_all()
        [claims] = rp.accepted()
    known = claims_of(tokens["id_token"])
    assert {name: claims[name] for name in ("iss", "sub", "aud", "sid")} == {
        "iss": ISSUER,
        "sub": known["sub"],
        "aud": rp.client.client_id,
        "sid": known["sid"],
    }
    assert claims["iat"] == now
    assert 0 < claims["exp"] - now <= 120, "at most two minutes"
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"}


@pytest.mark.requirement("OIDC Back-Channel Logout §2.5")
def test_it_is_posted_as_a_form_with_one_field(rp, walk, tokens) -> None:
    leave(walk)
    deliver_all()
    [got] = rp.hook.requests
    assert (got.path, got.headers["Content-Type"]) == ("/hook", "application/x-www-form-urlencoded")
    assert got.body.decode() == urlencode({"logout_token": rp.logout_tokens[0]})


@pytest.mark.requirement("OIDC Back-Channel Logout §2.6")
def test_logout_tokens_verify_after_a_rotation_of_keys_those_of_the_former_key_too(rp, walk, account, tokens) -> None:
    kids = [ensure_signing_key().kid]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        leave(walk)
        deliver_all()
        kids.append(publish_next_key().kid)
        clock.shift(PUBLISHED_BEFORE_USE)
        activate_published_keys()
        rp.sign_in(walk, account)
        leave(walk)
        deliver_all()
        assert [token.header["kid"] for token in rp.read()] == kids


@pytest.mark.requirement("OIDC Back-Channel Logout §4.1")
def test_a_logout_token_is_neither_a_hint_nor_a_bearer_nor_known_to_introspection(rp, walk, tokens) -> None:
    leave(walk)
    deliver_all()
    [token] = rp.logout_tokens
    assert walk.get(f"/oauth2/logout?{urlencode({'id_token_hint': token})}").status == 400
    assert userinfo(token).status_code == 401
    found = post_form("/oauth2/introspect", {"token": token}, basic=(rp.client.client_id, rp.secret))
    assert found.json() == {"active": False}


def test_refresh_tokens_with_offline_access_end_with_the_sign_in_too(rp, walk, tokens) -> None:
    """Against the SHOULD NOT of §2.7, and so among what docs/compliance.md says is not supported."""
    leave(walk)
    assert refresh(rp.client, rp.secret, tokens["refresh_token"]).status_code == 400
    assert userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.requirement("OIDC Back-Channel Logout §2.8")
@pytest.mark.parametrize("status", [200, 204])
def test_the_two_statuses_of_success_end_it(rp, walk, tokens, status: int) -> None:
    rp.hook.status = status
    leave(walk)
    deliver_all()
    assert BackchannelLogout.objects.get().state == CallbackState.DELIVERED


@pytest.mark.requirement("OIDC Back-Channel Logout §2.8")
@pytest.mark.parametrize("status", [201, 202, 302, 400, 404, 500, 501, 504])
def test_every_other_answer_is_none(rp, walk, tokens, status: int) -> None:
    rp.hook.status, rp.hook.location = status, "https://partner.example/elsewhere" if status == 302 else ""
    leave(walk)
    deliver_all()
    row = BackchannelLogout.objects.get()
    assert (row.state, row.last_result, len(rp.hook.requests)) == (CallbackState.QUEUED, str(status), 1)


@pytest.mark.requirement("OIDC RP-Initiated Logout §2")
def test_the_client_that_asks_is_told_as_the_others_are(rp, walk, account, tokens) -> None:
    with relying_party(name="Oasis Bank") as bank:
        bank.sign_in(walk, account)
        page = walk.get(f"/oauth2/logout?{urlencode({'id_token_hint': tokens['id_token']})}")
        assert (logged_out(rp), logged_out(bank)) == ([], []), "the person is asked first"
        walk.post(page, "decision", decision="sign_out")
        sid = claims_of(tokens["id_token"])["sid"]
        assert (logged_out(rp), logged_out(bank)) == ([sid], [sid])


def from_another_browser(walk: FreedomWalk, account: Account) -> None:
    other = FreedomWalk(Client())
    other.sign_in("/me/", phone_of(account))
    other.press(other.get("/me/devices/"), "/sign-out/")


def at_the_identity_door(tail: Callable[[], str]) -> Callable[[FreedomWalk, Account], None]:
    def act(_walk: FreedomWalk, account: Account) -> None:
        portal = first_party(account=account)
        assert call("DELETE", portal.path(tail()), portal.token("openid account")).status_code == 200

    return act


def by_another_password(_walk: FreedomWalk, account: Account) -> None:
    portal = first_party(account=account)
    token = portal.token("openid account")
    verified(portal, token)
    body = {"type": "password", "value": GOOD}
    assert call("POST", portal.path("credentials"), token, body).status_code == 201


def by_closing(_walk: FreedomWalk, account: Account) -> None:
    portal = first_party(account=account)
    token = portal.token("openid account")
    verified(portal, token)
    assert call("DELETE", f"/identity/v4/accounts/{account.pk}", token).status_code == 200


def by_somebody_else(walk: FreedomWalk, _account: Account) -> None:
    walk.sign_in(request_url(partner()[0], prompt="login"), phone_of(person()))


WAYS: dict[str, Callable[[FreedomWalk, Account], Any]] = {
    "she leaves": lambda walk, _account: leave(walk),
    "somebody else signs in": by_somebody_else,
    "from another browser": from_another_browser,
    "everywhere": lambda walk, _account: walk.fetch("POST", "/me/devices/sign-out/"),
    "one device, Identity door": at_the_identity_door(lambda: f"devices/{Device.objects.get().pk}"),
    "all devices, Identity door": at_the_identity_door(lambda: "devices"),
    "another password": by_another_password,
    "blocked by staff": lambda _walk, account: block_account(account),
    "closed": by_closing,
}


@pytest.mark.requirement("OIDC Back-Channel Logout §2.5")
@pytest.mark.parametrize("way", WAYS)
def test_each_way_in_which_a_sign_in_ends_tells_the_client_once(rp, walk, account, tokens, way: str) -> None:
    known = claims_of(tokens["id_token"])

    WAYS[way](walk, account)

    deliver_all()
    [claims] = rp.accepted()
    assert (claims["sid"], claims["sub"]) == (known["sid"], known["sub"])
    assert userinfo(tokens["access_token"]).status_code in (401, 403)


@pytest.mark.requirement("OIDC Back-Channel Logout §2.5")
def test_a_session_that_is_used_for_twelve_hours_ends_and_one_that_nobody_uses_runs_out_silently(
    rp, walk, account
) -> None:
    idle = FreedomWalk(Client())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sid = claims_of(rp.sign_in(walk, account)["id_token"])["sid"]
        rp.sign_in(idle, account)
        for _visit in range(25):
            clock.shift(timedelta(minutes=29))
            walk.get("/me/devices/sign-out/")
        assert logged_out(rp) == [sid]
        assert 'name="identifier"' in idle.get("/me/").text
        assert logged_out(rp) == [sid]


def withdraw(account: Account, client: Any) -> None:
    live = Authorization.objects.get(account=account, client=client, ended_at__isnull=True)
    stop_sharing(account, live, grants=None, ip=None)


def test_withdrawing_an_app_logs_nobody_out(rp, walk, account, tokens) -> None:
    with relying_party(name="Oasis Bank") as bank:
        bank.sign_in(walk, account)
        withdraw(account, bank.client)
        assert (logged_out(rp), logged_out(bank)) == ([], [])
        assert userinfo(tokens["access_token"]).status_code == 200


def test_a_client_that_gave_its_token_back_is_not_told(rp, walk, tokens) -> None:
    basic_of = (rp.client.client_id, rp.secret)
    assert post_form("/oauth2/revoke", {"token": tokens["refresh_token"]}, basic=basic_of).status_code == 200
    leave(walk)
    assert logged_out(rp) == []


def test_a_client_without_an_address_is_not_told(walk, account, client, secret) -> None:
    RelyingParty(client, secret, None).sign_in(walk, account)  # type: ignore[arg-type]
    leave(walk)
    assert not BackchannelLogout.objects.exists()


def test_signing_out_everywhere_ends_every_browser_and_tells_every_client_of_each(rp, walk, account, tokens) -> None:
    """ASVS 7.4.3, without a browser's help: the pages are walked by their forms."""
    there = FreedomWalk(Client())
    theirs = rp.sign_in(there, account)
    page = walk.get("/me/security/")
    assert '/me/devices/sign-out/"' in page.text
    assert logged_out(rp) == []

    walk.fetch("POST", walk.get("/me/devices/sign-out/").url)

    assert sorted(logged_out(rp)) == sorted(claims_of(held["id_token"])["sid"] for held in (tokens, theirs))
    assert [userinfo(held["access_token"]).status_code for held in (tokens, theirs)] == [401, 401]
    for browser in (walk, there):
        assert 'name="identifier"' in browser.get("/me/").text
