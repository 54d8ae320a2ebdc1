"""One sign-in for the group's apps on a device: OpenID Connect Native SSO for Mobile Apps 1.0, draft 07."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from freedom_id.authorization_server.authorize import read_authorization_request
from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.consent_requests import SignIn, allow, question_for
from freedom_id.domain.devices import (
    Asking,
    DeviceFacts,
    draw_device_key,
    record_sign_in,
    register_device,
    sign_out_device,
)
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.signing_keys import sign
from freedom_id.models import (
    Account,
    AccountEvent,
    Authorization,
    BrowserSignIn,
    DeviceSecret,
    PartnerClient,
    RevokeCallback,
    TokenFamily,
)
from tests.compliance.standard_door import ISSUER, VERIFIER, claims_of, obtain_code, post_form, request_url, userinfo
from tests.factories.people import REDIRECT_URI, partner, person, phone_of
from tests.journeys.walk import FreedomWalk

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
DEVICE_SECRET = "urn:openid:params:token-type:device-secret"
SCOPES = ("openid", "profile", "email", "offline_access", "device_sso")
SCOPE = " ".join(SCOPES)
IP = "203.0.113.7"


def app(name: str = "Bank", **stated: Any) -> PartnerClient:
    """A native app of the group, without a secret."""
    usual = {"client_type": "public", "first_party": True, "scopes": SCOPES, "grants": [], "required_grants": []}
    return partner(name=name, **(usual | stated))[0]


def redeem(client: PartnerClient, code: str, **more: str) -> Any:
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    return post_form("/oauth2/token", fields | {"redirect_uri": REDIRECT_URI, "client_id": client.client_id} | more)


def refresh(client: PartnerClient, token: str) -> Any:
    fields = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client.client_id}
    return post_form("/oauth2/token", fields)


def revoke(client: PartnerClient, token: str) -> Any:
    return post_form("/oauth2/revoke", {"token": token, "client_id": client.client_id})


def binding(device_secret: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(device_secret.encode()).digest()[:16]).rstrip(b"=").decode()


@dataclass
class Phone:
    """The group's apps on one device; the person uses both, and is signed in at the first."""

    account: Account
    first: PartnerClient
    second: PartnerClient
    shared: dict[str, str]

    def ask(self, client: PartnerClient | None = None, **changes: Any) -> Any:
        """The second app signs in by what the first left."""
        fields = {
            "grant_type": EXCHANGE,
            "client_id": (client or self.second).client_id,
            "audience": ISSUER,
            "subject_token": self.shared["id_token"],
            "subject_token_type": ID_TOKEN,
            "actor_token": self.shared["device_secret"],
            "actor_token_type": DEVICE_SECRET,
            "scope": "openid email offline_access",
        } | changes
        return post_form("/oauth2/token", {name: value for name, value in fields.items() if value is not None})

    def refused(self, **changes: Any) -> str:
        answer = self.ask(**changes)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store"), answer.content
        return str(answer.json()["error"])


def is_in(tokens: dict[str, Any]) -> bool:
    return bool(userinfo(tokens["access_token"]).status_code == 200)


@pytest.fixture
def account(db: None) -> Account:
    return person()


def at_browser(account: Account) -> SignIn:
    """A person signs in at a browser that nobody else uses."""
    sign_in = SignIn(account, uuid4(), timezone.now(), IP)
    facts = DeviceFacts("", "Chrome", IP, "en")
    record_sign_in(account, sign_in.sign_in_id, key=draw_device_key(), facts=facts, amr=["pwd"])
    return sign_in


def code_of(sign_in: SignIn, client: PartnerClient, scope: str = SCOPE) -> str:
    """She agrees to everything that is asked."""
    request = read_authorization_request(QueryDict(urlsplit(request_url(client, scope=scope)).query))
    request.save(force_insert=True)
    shown = question_for(request, sign_in.account, locale="en").shown
    return allow(str(request.pk), sign_in, ticked=[notice.name for notice in shown], shown=shown)


@pytest.fixture
def at(account: Account) -> SignIn:
    return at_browser(account)


@pytest.fixture
def phone(at: SignIn) -> Phone:
    """She agreed to both apps before, at the second without `device_sso`."""
    first, second = app(), app("Shop", revoke_uris=["https://shop.example/revoked"])
    redeem(second, code_of(at_browser(at.account), second, "openid profile email offline_access"))
    return Phone(at.account, first, second, redeem(first, code_of(at, first)).json())


@pytest.mark.requirement("OIDC Native SSO §2")
def test_the_whole_way_by_the_pages(walk, account):
    first, second = app(), app("Shop")
    elsewhere = FreedomWalk(Client())
    assert elsewhere.consent(elsewhere.sign_in(request_url(second, scope="openid"), phone_of(account))).returned["code"]
    shared = redeem(first, obtain_code(walk, first, account, scope="openid device_sso")).json()
    assert is_in(Phone(account, first, second, shared).ask(scope="openid").json())


@pytest.mark.requirement("OIDC Native SSO §3.4.1")
def test_a_code_of_device_sso_buys_a_device_secret_that_the_id_token_is_bound_to(phone, at):
    claims = claims_of(phone.shared["id_token"])
    assert claims["ds_hash"] == binding(phone.shared["device_secret"])
    assert claims["sid"] == str(at.sign_in_id)
    assert "device_sso" in phone.shared["scope"].split()


@pytest.mark.requirement("OIDC Native SSO §3.1")
def test_without_the_scope_there_is_no_device_secret(phone, at):
    tokens = redeem(phone.first, code_of(at, phone.first, "openid offline_access")).json()
    assert "device_secret" not in tokens
    assert "ds_hash" not in claims_of(tokens["id_token"])
    assert DeviceSecret.objects.count() == 1


@pytest.mark.requirement("OIDC Native SSO §4.4")
def test_a_second_app_signs_in_without_a_page(phone):
    answer = phone.ask()
    body = answer.json()
    assert answer.status_code == 200, body
    assert set(body) == {
        *("access_token", "issued_token_type", "token_type", "expires_in", "scope", "refresh_token", "id_token")
    }
    assert (body["issued_token_type"], body["token_type"]) == (ACCESS_TOKEN, "Bearer")
    assert body["expires_in"] in (599, 600)  # the second may pass between
    assert body["scope"] == "openid email offline_access"
    assert set(userinfo(body["access_token"]).json()) == {"sub", "email", "email_verified"}
    assert is_in(refresh(phone.second, body["refresh_token"]).json())
    shown = AccountEvent.objects.get(action="client:token:exchanged")
    assert (shown.client_id, shown.actor_id) == (phone.second.pk, phone.first.pk)


@pytest.mark.requirement("OIDC Native SSO §4.4")
def test_its_id_token_is_for_it_and_of_the_same_session(phone):
    first, second = claims_of(phone.shared["id_token"]), claims_of(phone.ask().json()["id_token"])
    assert (second["aud"], second["azp"]) == (phone.second.client_id, phone.second.client_id)
    for same in ("iss", "sub", "sid", "auth_time", "amr", "ds_hash"):
        assert second[same] == first[same], same
    assert "nonce" not in second


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_the_id_token_of_any_app_of_the_group_goes_on(phone):
    third = app("Insurance")
    Authorization.objects.create(account=phone.account, client=third)
    assert phone.ask(third, scope="openid").json()["error"] == "interaction_required"
    again = phone.ask(phone.first, subject_token=phone.ask().json()["id_token"])
    assert is_in(again.json())


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_an_expired_id_token_serves_as_long_as_the_secret_lives(phone):
    with time_machine.travel(timezone.now() + timedelta(days=80)):
        assert is_in(phone.ask().json())
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert phone.refused() == "invalid_grant"


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_the_second_apps_sign_in_ends_no_later_than_the_first(phone):
    with time_machine.travel(timezone.now() + timedelta(days=89, hours=23, minutes=55)):
        tokens = phone.ask().json()
        assert 0 < tokens["expires_in"] <= 300
        second, first = TokenFamily.objects.latest("created_at"), TokenFamily.objects.get(exchanged__isnull=False)
        assert second.expires_at == first.expires_at
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert purge_expired()
        assert not TokenFamily.objects.exists()
        assert not DeviceSecret.objects.exists()


@pytest.mark.requirement("OIDC Native SSO §3.4.3")
def test_a_refresh_keeps_the_binding(phone):
    for client, tokens in ((phone.first, phone.shared), (phone.second, phone.ask(scope=SCOPE).json())):
        anew = refresh(client, tokens["refresh_token"]).json()
        assert claims_of(anew["id_token"])["ds_hash"] == binding(phone.shared["device_secret"])
        assert "device_secret" not in anew
        assert is_in(phone.ask(subject_token=anew["id_token"]).json())


@pytest.mark.requirement("OIDC Native SSO §3.4.2")
def test_a_secret_that_is_shown_with_a_code_is_replaced(phone, at):
    former = phone.shared
    code = code_of(at, phone.first)
    tokens = redeem(phone.first, code, device_secret=former["device_secret"]).json()
    assert tokens["device_secret"] != former["device_secret"]
    assert phone.refused() == "invalid_grant"
    phone.shared = tokens
    assert is_in(phone.ask().json())
    assert is_in(former), "a new secret ends no sign-in"


@pytest.mark.requirement("OIDC Native SSO §3.4")
def test_a_secret_that_is_nobodys_or_anothers_is_as_good_as_none(phone):
    stranger = at_browser(person())
    for shown in ("nonsense", phone.shared["device_secret"]):
        code = code_of(stranger, phone.first)
        assert redeem(phone.first, code, device_secret=shown).json()["device_secret"] != shown
    assert is_in(phone.ask().json())


def foreign_id_token(phone: Phone) -> dict[str, Any]:
    """Another person's, of the same first app."""
    return {"subject_token": redeem(phone.first, code_of(at_browser(person()), phone.first)).json()["id_token"]}


def of_a_client_outside(phone: Phone) -> dict[str, Any]:
    outside = app("Outside", first_party=False, scopes=("openid", "email"))
    return {"subject_token": redeem(outside, code_of(at_browser(phone.account), outside, "openid")).json()["id_token"]}


def signed_anew(**changes: Any) -> Any:
    def forged(phone: Phone) -> dict[str, Any]:
        """What no door of ours would sign."""
        return {"subject_token": sign(claims_of(phone.shared["id_token"]) | changes, typ="JWT")}

    return forged


def bent_signature(phone: Phone) -> dict[str, Any]:
    head, body, signature = phone.shared["id_token"].split(".")
    return {"subject_token": f"{head}.{body}.{'A' * len(signature)}"}


LIES = {
    "another secret": lambda _phone: {"actor_token": "A" * 43},
    "half the secret": lambda phone: {"actor_token": phone.shared["device_secret"][:-1]},
    "another person's ID token": foreign_id_token,
    "an ID token of a client outside": of_a_client_outside,
    "an access token": lambda phone: {"subject_token": phone.shared["access_token"]},
    "no token at all": lambda _phone: {"subject_token": "a.b.c"},
    "a forged signature": bent_signature,
    "another session": signed_anew(sid="0d1a7a39-5f0e-4d8a-9d53-6f3c1d9e2b11"),
    "for a client outside": signed_anew(aud="outside"),
    "for several": signed_anew(aud=["outside"]),
    "of another issuer": signed_anew(iss="https://evil.example"),
    "without a hash": signed_anew(ds_hash=None),
}


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_what_does_not_belong_together_is_invalid_grant(phone):
    for name, lie in LIES.items():
        assert phone.refused(**lie(phone)) == "invalid_grant", name
    assert not TokenFamily.objects.filter(source__isnull=False).exists()
    assert is_in(phone.ask().json())


def sign_out_browser(phone: Phone) -> None:
    at = BrowserSignIn.objects.get(pk=DeviceSecret.objects.get().family.sign_in_id)
    sign_out_device(phone.account, at.device_id, by=Asking(ip=IP))


def sign_out_registered_phone(phone: Phone) -> None:
    family = DeviceSecret.objects.get().family
    facts = DeviceFacts("phone", "Her phone", IP, "en")
    device = register_device(family, facts=facts, sdk_id="sdk", device_key="", push_token="")[0]
    sign_out_device(phone.account, device.pk, by=Asking(ip=IP))


ENDS = {
    "signing the browser out": sign_out_browser,
    "signing the registered phone out": sign_out_registered_phone,
    "the end of the sign-in": lambda phone: end_sign_in(str(DeviceSecret.objects.get().family.sign_in_id)),
    "revoking the first app's token": lambda phone: revoke(phone.first, phone.shared["refresh_token"]),
    "withdrawing from the first app": lambda phone: stop_sharing(
        phone.account, Authorization.objects.get(client=phone.first), grants=None, ip=IP
    ),
}


@pytest.mark.requirement("OIDC Native SSO §4.3")
@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_what_ends_the_first_sign_in_ends_the_secret_and_both_apps(phone, end):
    second = phone.ask().json()
    assert is_in(second)
    end(phone)
    assert not is_in(phone.shared)
    assert not is_in(second)
    assert refresh(phone.second, second["refresh_token"]).json()["error"] == "invalid_grant"
    assert phone.refused() == "invalid_grant"
    assert RevokeCallback.objects.filter(family__authorization__client=phone.second).exists()


def test_a_code_used_twice_ends_the_secret_that_it_bought(phone, at):
    code = code_of(at, phone.first)
    phone.shared = redeem(phone.first, code).json()
    assert redeem(phone.first, code).json()["error"] == "invalid_grant"
    assert phone.refused() == "invalid_grant"


def test_signing_the_second_app_out_leaves_the_first(phone):
    second = phone.ask().json()
    revoke(phone.second, second["refresh_token"])
    assert not is_in(second)
    assert is_in(phone.shared)
    assert is_in(phone.ask().json())


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_a_suspended_app_shares_nothing(phone):
    of_the_second = phone.ask().json()["id_token"]
    suspend_client(phone.first)
    assert phone.refused() == "invalid_grant"
    assert phone.refused(subject_token=of_the_second) == "invalid_grant"


def test_a_blocked_person_is_not_signed_in(phone):
    Account.objects.filter(pk=phone.account.pk).update(status="blocked")
    assert phone.refused() == "invalid_grant"


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_what_she_did_not_agree_to_is_not_given(phone):
    assert phone.refused(scope="openid profile email device_sso phone") == "invalid_scope"
    stop_sharing(phone.account, Authorization.objects.get(client=phone.second), grants=["read.email"], ip=IP)
    assert phone.refused() == "interaction_required"
    assert is_in(phone.ask(scope="openid profile").json())
    Authorization.objects.filter(client=phone.second).update(grants={})
    assert phone.refused(scope="openid profile") == "interaction_required"
    stop_sharing(phone.account, Authorization.objects.get(client=phone.second), grants=None, ip=IP)
    assert phone.refused(scope="openid") == "interaction_required"


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_an_app_that_she_never_used_is_not_given_her_name(phone):
    families = TokenFamily.objects.count()
    answer = phone.ask(app("Insurance"), scope="openid")
    assert (answer.status_code, answer.json()["error"]) == (400, "interaction_required")
    assert TokenFamily.objects.count() == families


@pytest.mark.requirement("OIDC Native SSO §4.3")
def test_without_a_scope_she_is_named_and_no_more(phone):
    body = phone.ask(scope=None).json()
    assert (body["scope"], "refresh_token" in body) == ("openid", False)


@pytest.mark.requirement("OIDC Native SSO §4.2")
def test_the_request_is_that_of_the_draft(phone):
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"actor_token": None}, "invalid_request"),
        ({"actor_token": "é"}, "invalid_request"),
        ({"actor_token_type": None}, "unauthorized_client"),
        ({"requested_token_type": ID_TOKEN}, "invalid_request"),
        ({"resource": "https://api.example"}, "invalid_request"),
        ({"audience": None}, "invalid_request"),
        ({"audience": "https://other.example"}, "invalid_target"),
        ({"audience": f"{ISSUER}/"}, "invalid_target"),
    ]
    for changes, error in wrong:
        assert phone.refused(**changes) == error, changes
    assert is_in(phone.ask(requested_token_type=ACCESS_TOKEN).json())


def test_an_id_token_alone_gives_nothing(phone):
    """RFC 8693 would let a client leave the actor out."""
    client, secret = partner(name="Confidential")
    fields = {"grant_type": EXCHANGE, "audience": ISSUER, "subject_token": phone.shared["id_token"]}
    for kind in (ID_TOKEN, ""):
        answer = post_form("/oauth2/token", fields | {"subject_token_type": kind}, basic=(client.client_id, secret))
        assert answer.json()["error"] in ("invalid_request", "invalid_target")


@pytest.mark.requirement("OIDC Native SSO §4.3")
@pytest.mark.parametrize("stated", [{"first_party": False}, {}], ids=["of others", "of the group, without the scope"])
def test_only_the_groups_own_apps_share(phone, stated):
    outside = app("Outside", **({"scopes": ("openid", "email")} | stated))
    Authorization.objects.create(account=phone.account, client=outside)
    answer = phone.ask(outside, scope="openid")
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_a_client_with_a_secret_shows_it(phone):
    client, secret = partner(
        name="Desktop", native=True, first_party=True, scopes=SCOPES, grants=[], required_grants=[]
    )
    assert phone.ask(client).status_code == 401
    fields = {"client_secret": secret, "scope": "openid"}
    assert phone.ask(client, **fields).json()["error"] == "interaction_required"


@pytest.mark.requirement("OIDC Native SSO §3.2")
def test_the_secret_is_kept_as_a_digest(phone):
    row = DeviceSecret.objects.get()
    assert row.digest == hashlib.sha256(phone.shared["device_secret"].encode()).hexdigest()
    assert len(phone.shared["device_secret"]) == 43


@pytest.mark.requirement("OIDC Native SSO §5")
def test_it_is_advertised(db):
    metadata = Client().get("/.well-known/openid-configuration").json()
    assert metadata["native_sso_supported"] is True
    assert "device_sso" in metadata["scopes_supported"]


def test_the_places_of_a_client_count_it(phone):
    """At most one device at the second app: another browser there is signed out by this phone."""
    PartnerClient.objects.filter(pk=phone.second.pk).update(max_devices=1)
    elsewhere = redeem(phone.second, code_of(at_browser(phone.account), phone.second, "openid email")).json()
    assert is_in(elsewhere)
    assert is_in(phone.ask().json())
    assert not is_in(elsewhere)
