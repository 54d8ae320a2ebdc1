"""Row 12, and RFC 8693 at the standard door: a client's token becomes one for another client, if staff paired the two
and the person agreed to be known there. The new token is narrower, ends earlier, says who acts and dies with both."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from freedom_id.domain.authorizations import end_sign_in, record_authorization, stop_sharing
from freedom_id.domain.client_secrets import rotate_secret
from freedom_id.domain.client_status import close_client, suspend_client
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.signing_keys import sign
from freedom_id.domain.token_exchange import Exchange, SubjectTokenRefused, exchange_token
from freedom_id.domain.tokens import live_access, presented_digest, revoke_token
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, AccountEvent, BridgePolicy, PartnerClient, RefreshToken, TokenFamily
from tests.compliance.standard_door import FORM, ISSUER, claims_of, userinfo
from tests.factories.people import partner
from tests.factories.staff import browser_of
from tests.freedom_id.api.backend import Backend, basic
from tests.freedom_id.domain.acts import IP, is_alive
from tests.freedom_id.domain.at_once import until_it_waits
from tests.freedom_id.identity_v4.parties import Party, party

pytestmark = pytest.mark.django_db
BRIDGE, STANDARD = "/identity/v4/oauth2/token", "/oauth2/token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT, ACCESS_TOKEN, ID_TOKEN = (
    f"urn:ietf:params:oauth:token-type:{kind}" for kind in ("jwt", "access_token", "id_token")
)


@dataclass
class Bridged:
    """A person known to both clients; `subject` is her token at the one that asks."""

    caller: Party
    audience: Party
    subject: str

    @property
    def exchange(self) -> Exchange:
        return Exchange(self.subject, str(self.audience.client.pk))

    def body(self, **changes: Any) -> dict[str, Any]:
        usual = {
            "grant_type": "token-exchange",
            "requested_token_type": JWT,
            "subject_token": self.subject,
            "audience": self.audience.client.pk,
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def ask(self, *, headers: dict[str, str] | None = None, **changes: Any) -> Any:
        """As published: JSON, the audience by its number."""
        sent = {"Authorization": self.caller.basic} if headers is None else headers
        return post(BRIDGE, json.dumps(self.body(**changes)).encode(), "application/json", sent)

    def ask_by_form(self, path: str, **changes: Any) -> Any:
        fields = self.body(**({"grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN} | changes))
        return post(path, urlencode(fields, doseq=True).encode(), FORM, {"Authorization": self.caller.basic})

    def token(self, **changes: Any) -> str:
        answer = self.ask(**changes)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["access_token"])


def post(path: str, body: bytes, kind: str, headers: dict[str, str]) -> Any:
    return Client().generic("POST", path, body, kind, headers=headers)


def bridged(
    scope: str = "openid email", *, known: str = "openid email", refused: Iterable[str] = (), **stated: Any
) -> Bridged:
    caller = party(name="Caller")
    audience = party(account=caller.account, **({"name": "Audience", "scopes": ["openid", "email"]} | stated))
    BridgePolicy.objects.create(caller=caller.client, audience=audience.client)
    if known:
        audience.token(known, refused=refused)
    return Bridged(caller, audience, caller.token(scope).removeprefix("Bearer "))


@pytest.fixture
def b(db: None) -> Bridged:
    return bridged()


def error(answer: Any, status: int = 400) -> str:
    body = answer.json()
    assert answer.status_code == status, answer.content
    assert answer["Cache-Control"] == "no-store"
    assert {"error", "error_description"} <= set(body) <= {"error", "error_description", "code"}
    return str(body["error"])


@pytest.mark.requirement("RFC 8693 §2.2.1")
def test_the_answer_is_the_published_one(b: Bridged) -> None:
    answer = b.ask()
    body = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer["Content-Type"] == "application/json"
    assert body == {
        "access_token": body["access_token"],
        "issued_token_type": JWT,
        "token_type": "Bearer",
        "expires_in": body["expires_in"],
        "scope": "openid email",
    }
    assert 590 <= body["expires_in"] <= 600


@pytest.mark.requirement("RFC 8693 §4.1")
def test_the_token_says_for_whom_it_is_and_who_acts(b: Bridged) -> None:
    claims, shown = claims_of(b.token()), claims_of(b.subject)
    assert claims == {
        "iss": ISSUER,
        "sub": str(b.caller.account.freedom_id),
        "aud": b.audience.client.client_id,
        "client_id": b.caller.client.client_id,
        "act": {"client_id": b.caller.client.client_id},
        "scope": "openid email",
        "auth_time": shown["auth_time"],
        **{name: claims[name] for name in ("jti", "iat", "exp")},
    }
    assert claims["exp"] <= shown["exp"]
    assert claims["jti"] != shown["jti"]


@pytest.mark.requirement("RFC 8693 §2.1")
def test_both_doors_take_a_form(b: Bridged) -> None:
    named = {"requested_token_type": None, "audience": b.audience.client.client_id}
    for path in (BRIDGE, STANDARD):
        for kind in (None, ACCESS_TOKEN, JWT):
            body = b.ask_by_form(path, subject_token_type=kind, **named).json()
            assert body["issued_token_type"] == ACCESS_TOKEN, body
            assert "refresh_token" not in body
            assert userinfo(body["access_token"]).json()["sub"] == str(b.caller.account.freedom_id)


def test_every_published_spelling_is_taken(b: Bridged) -> None:
    number, uuid = str(b.audience.client.pk), b.audience.client.client_id
    changes: list[dict[str, Any]] = [
        {"grant_type": EXCHANGE},
        {"audience": number},
        {"audience": uuid},
        {"requested_token_type": None},
        {"request_uri": ["partner.example"]},
        {"request_uri": ["https://PARTNER.example/anything", "partner.example:443"]},
        {"request_uri": []},
        {"request_uri": "partner.example"},
    ]
    assert [b.ask(**change).status_code for change in changes] == [200] * len(changes)


def test_discovery_says_it(client: Client) -> None:
    assert EXCHANGE in client.get("/.well-known/openid-configuration").json()["grant_types_supported"]


# What is refused


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"grant_type": None}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": ["token-exchange"]}, "unsupported_grant_type"),
    ({"subject_token": None}, "invalid_request"),
    ({"subject_token": ""}, "invalid_request"),
    ({"subject_token": 5}, "invalid_request"),
    ({"subject_token": "x.y.z"}, "invalid_request"),
    ({"subject_token": "a" * 5000}, "invalid_request"),
    ({"subject_token": "\0"}, "invalid_request"),
    ({"subject_token_type": ID_TOKEN}, "invalid_request"),
    ({"subject_token_type": ["x"]}, "invalid_request"),
    ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
    ({"actor_token": "x"}, "invalid_request"),
    ({"resource": "https://api.example/"}, "invalid_request"),
    ({"client_secret": "x"}, "invalid_request"),
    ({"audience": None}, "invalid_request"),
    ({"audience": True}, "invalid_request"),
    ({"audience": [615]}, "invalid_request"),
    ({"audience": -1}, "invalid_request"),
    ({"audience": 0}, "invalid_target"),
    ({"audience": 10**15}, "invalid_target"),
    ({"audience": "nobody"}, "invalid_target"),
    ({"audience": "\u00e9"}, "invalid_request"),
    ({"request_uri": ["evil.example"]}, "invalid_target"),
    ({"request_uri": ["partner.example", "sub.partner.example"]}, "invalid_target"),
    ({"request_uri": ["partner.example.evil.example"]}, "invalid_target"),
    ({"request_uri": ["https://partner.example@evil.example/"]}, "invalid_target"),
    ({"request_uri": [""]}, "invalid_request"),
    ({"request_uri": [5]}, "invalid_request"),
    ({"request_uri": {"a": 1}}, "invalid_request"),
    ({"request_uri": ["http://["]}, "invalid_request"),
    ({"request_uri": ["partner.example"] * 21}, "invalid_request"),
    ({"scope": "openid profile"}, "invalid_scope"),
    ({"scope": "account"}, "invalid_scope"),
    ({"scope": "offline_access"}, "invalid_scope"),
    ({"scope": 5}, "invalid_request"),
]


def test_what_is_wrong_has_its_error(b: Bridged) -> None:
    for changes, expected in WRONG:
        answer = b.ask(**changes)
        assert (changes, error(answer)) == (changes, expected)
        assert b.subject not in answer.content.decode()
    assert not TokenFamily.objects.filter(source__isnull=False).exists()


def test_a_body_that_is_no_object(b: Bridged) -> None:
    for body in [b"", b"[]", b"{", b"null", b"\xff", b'"x"']:
        answer = post(BRIDGE, body, "application/json", {"Authorization": b.caller.basic})
        assert error(answer) == "invalid_request"


def test_a_parameter_given_twice(b: Bridged) -> None:
    for path in (BRIDGE, STANDARD):
        assert error(b.ask_by_form(path, audience=["1", "2"])) == "invalid_request"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_methods(method: str) -> None:
    answer = Client().generic(method, BRIDGE)
    assert (error(answer, 405), answer["Allow"]) == ("invalid_request", "POST")


def test_a_body_that_is_too_large(b: Bridged) -> None:
    assert error(b.ask(padding="a" * 70_000), 413) == "invalid_request"


def test_nothing_is_allowed_that_staff_did_not_pair(b: Bridged) -> None:
    """Unknown, not paired, the other way round, suspended and itself are one answer."""
    unpaired = party(account=b.caller.account, name="Unpaired", scopes=["openid", "email"])
    unpaired.token("openid")
    suspended = party(account=b.caller.account, name="Suspended", scopes=["openid", "email"])
    BridgePolicy.objects.create(caller=b.caller.client, audience=suspended.client)
    suspend_client(suspended.client)
    audiences = [unpaired.client.pk, suspended.client.pk, b.caller.client.pk, 99999999]
    answers = [b.ask(audience=audience) for audience in audiences]
    back = Bridged(b.audience, b.caller, b.audience.token("openid").removeprefix("Bearer "))
    answers.append(back.ask())
    assert {error(answer) for answer in answers} == {"invalid_target"}
    assert len({answer.content for answer in answers}) == 1
    BridgePolicy.objects.all().delete()
    assert error(b.ask()) == "invalid_target"


def test_the_subject_token_is_live_and_the_callers_own(b: Bridged) -> None:
    foreign = b.audience.token("openid").removeprefix("Bearer ")
    ended = b.caller.token("openid").removeprefix("Bearer ")
    revoke_token(ended, client_id=b.caller.client.client_id)
    forged = b.subject[:-4] + "AAAA"
    id_token = sign({"iss": ISSUER, "jti": claims_of(b.subject)["jti"]}, typ="JWT")
    refresh = RefreshToken.objects.first()
    assert refresh is not None
    answers = [b.ask(subject_token=token) for token in (foreign, ended, forged, id_token, refresh.token_checksum)]
    assert {error(answer) for answer in answers} == {"invalid_request"}
    assert len({answer.content for answer in answers}) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        assert error(b.ask()) == "invalid_request"
    assert b.ask().status_code == 200


def test_a_person_who_is_blocked_is_not_passed_on(b: Bridged) -> None:
    Account.objects.filter(pk=b.caller.account.pk).update(status=AccountStatus.BLOCKED)
    assert error(b.ask()) == "invalid_request"


def test_an_exchanged_token_goes_no_further(b: Bridged) -> None:
    third = party(account=b.caller.account, name="Third", scopes=["openid", "email"])
    third.token("openid")
    BridgePolicy.objects.create(caller=b.audience.client, audience=third.client)
    onwards = Bridged(b.audience, third, b.token())
    assert error(onwards.ask()) == "invalid_request"


def test_without_the_persons_consent_to_be_known_there() -> None:
    stranger = bridged(known="")
    answer = stranger.ask()
    assert (error(answer, 403), answer.json()["code"]) == ("consent_required", 40301)
    assert error(stranger.ask_by_form(STANDARD), 403) == "consent_required"
    stranger.audience.token("openid")
    assert stranger.ask().status_code == 200
    live = stranger.audience.live
    assert live is not None
    stop_sharing(stranger.audience.account, live, grants=["identity-provider"], ip=IP)
    assert error(stranger.ask(), 403) == "consent_required"


def test_a_connection_without_the_consent_is_not_enough() -> None:
    """One from before the purpose was, or whose consent is to older words."""
    b = bridged(known="")
    record_authorization(b.caller.account, b.audience.client, grants={})
    assert b.audience.live is not None
    assert error(b.ask(), 403) == "consent_required"


# What the token allows


@pytest.mark.parametrize(
    ("given", "asked", "stated", "expected"),
    [
        ("openid profile email", None, {}, "openid email"),
        ("openid email", "email", {}, "email"),
        ("openid", None, {}, "openid"),
        ("openid email offline_access", None, {"scopes": ["openid", "email", "offline_access"]}, "openid email"),
        ("openid email", None, {"scopes": ["openid", "profile"], "known": "openid profile"}, "openid"),
        ("openid email", None, {"known": "openid"}, "openid"),
        ("openid email", None, {"refused": ["read.email"]}, "openid"),
    ],
    ids=[
        "audience's scopes",
        "asked",
        "shown token's",
        "no refresh",
        "one in common",
        "not asked there",
        "refused there",
    ],
)
def test_it_allows_what_all_three_allow(given: str, asked: str | None, stated: dict[str, Any], expected: str) -> None:
    b = bridged(given, **stated)
    answer = b.ask(scope=asked)
    assert (answer.json()["scope"], claims_of(answer.json()["access_token"])["scope"]) == (expected, expected)


def test_it_releases_nothing_that_either_side_may_not_see() -> None:
    names = {"read.firstname", "read.lastname", "read.patronymic", "read.gender", "read.date_of_birth"}
    profile = {"scopes": ["openid", "profile"], "known": "openid profile"}
    b = bridged("openid profile", **profile, refused=names - {"read.firstname", "read.lastname"})
    live = b.caller.live
    assert live is not None
    stop_sharing(b.caller.account, live, grants=["read.lastname"], ip=IP)
    assert set(userinfo(b.token()).json()) == {"sub", "given_name", "name"}


def test_nothing_in_common_is_no_token() -> None:
    b = bridged("openid email", scopes=["openid", "profile"], known="openid profile")
    caller = Bridged(b.caller, b.audience, b.caller.token("email").removeprefix("Bearer "))
    assert error(caller.ask()) == "invalid_scope"


def test_only_a_client_of_the_group_gets_the_scope_account() -> None:
    for first_party, expected in ((True, "openid account"), (False, "openid")):
        caller = party(name="Group", scopes=["openid", "account"], first_party=True)
        audience = party(account=caller.account, scopes=["openid", "account"], first_party=True)
        audience.token("openid")
        BridgePolicy.objects.create(caller=caller.client, audience=audience.client)
        PartnerClient.objects.filter(pk=audience.client.pk).update(first_party=first_party)
        b = Bridged(caller, audience, caller.token("openid account").removeprefix("Bearer "))
        assert b.ask().json()["scope"] == expected


def test_a_freedom_id_token_is_exchanged_by_its_grants() -> None:
    caller, audience = party(), party(name="Audience", grants=["read.email"], scopes=[])
    audience = Party(audience.client, audience.secret, caller.account)
    Backend(audience.client.client_id, audience.secret).tokens(caller.account, grants=["read.email"])
    shown = Backend(caller.client.client_id, caller.secret).tokens(caller.account)["access_token"]
    BridgePolicy.objects.create(caller=caller.client, audience=audience.client)
    assert Bridged(caller, audience, shown).ask().json()["scope"] == "read.email"


def test_it_ends_no_later_than_the_shown_one(b: Bridged) -> None:
    shown = claims_of(b.subject)["exp"]
    with time_machine.travel(shown - 30, tick=False):
        answer = b.ask().json()
        assert (answer["expires_in"], claims_of(answer["access_token"])["exp"]) == (30, shown)
        assert is_alive(answer["access_token"])
    with time_machine.travel(shown + 1, tick=False):
        assert not is_alive(answer["access_token"])


# What ends it


def withdraw(who: Party, *grants: str) -> None:
    assert who.live is not None
    stop_sharing(who.account, who.live, grants=grants or None, ip=IP)


ENDS = {
    "withdrawn at the audience": lambda b: withdraw(b.audience, "identity-provider"),
    "all withdrawn at the audience": lambda b: withdraw(b.audience),
    "withdrawn at the caller": lambda b: withdraw(b.caller, "identity-provider"),
    "signed out": lambda b: end_sign_in(str(source_of(b).sign_in_id)),
    "shown token revoked": lambda b: revoke_token(b.subject, client_id=b.caller.client.client_id),
    "caller closed": lambda b: close_client(b.caller.client),
    "audience closed": lambda b: close_client(b.audience.client),
    "audience suspended": lambda b: suspend_client(b.audience.client),
}


def source_of(b: Bridged) -> TokenFamily:
    return TokenFamily.objects.get(access_tokens__token_checksum=presented_digest(b.subject))


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_at_once_when_either_side_ends(b: Bridged, end: str) -> None:
    token = b.token()
    assert userinfo(token).status_code == 200
    ENDS[end](b)
    assert userinfo(token).status_code in {401, 403}


@pytest.mark.parametrize(("who", "ends"), [("caller", True), ("audience", True), ("other", False)])
def test_it_is_given_back_by_whoever_it_concerns(b: Bridged, who: str, ends: bool) -> None:
    token = b.token()
    owners = {"caller": b.caller.client, "audience": b.audience.client, "other": partner()[0]}
    revoke_token(token, client_id=owners[who].client_id)
    assert is_alive(token) is not ends
    assert is_alive(b.subject)


def test_what_is_withdrawn_at_the_audience_is_not_released(b: Bridged) -> None:
    token = b.token()
    assert "email" in userinfo(token).json()
    withdraw(b.audience, "read.email")
    assert "email" not in userinfo(token).json()


def test_it_is_purged_with_the_rest(b: Bridged) -> None:
    b.token()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        purge_expired()
    assert not TokenFamily.objects.filter(source__isnull=False).exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_exchange_during_the_end_of_the_shown_token_is_refused() -> None:
    b = bridged()
    with transaction.atomic():
        revoke_token(b.subject, client_id=b.caller.client.client_id)
        exchange = until_it_waits(lambda: exchange_token(b.exchange, caller=b.caller.client))
    assert isinstance(exchange.result(timeout=10), SubjectTokenRefused)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_end_of_the_shown_token_during_the_exchange_ends_what_it_bought() -> None:
    b = bridged()
    with transaction.atomic():
        token = exchange_token(b.exchange, caller=b.caller.client)
        end = until_it_waits(lambda: revoke_token(b.subject, client_id=b.caller.client.client_id))
    assert end.result(timeout=10) is None
    assert not is_alive(token.access_token)


# What is written down


def test_the_exchange_is_written_down_where_the_person_sees_it(b: Bridged) -> None:
    b.token()
    event = AccountEvent.objects.get(action="client:token:exchanged")
    assert (event.account, event.client, event.actor) == (b.caller.account, b.audience.client, b.caller.client)
    activity = browser_of(b.caller.account).get("/me/activity/").content.decode()
    assert "Your sign-in was passed on – Caller → Audience" in activity


def test_a_refused_exchange_leaves_no_trace_and_no_token(b: Bridged) -> None:
    b.ask(audience="nobody")
    b.ask(subject_token="x")
    assert not AccountEvent.objects.filter(action="client:token:exchanged").exists()


def test_no_token_and_no_secret_in_log_or_rows(b: Bridged, caplog: pytest.LogCaptureFixture) -> None:
    token = b.token()
    b.ask(audience="nobody")
    rows = str(list(TokenFamily.objects.values())) + str(list(AccountEvent.objects.values()))
    for text in (token, b.subject, b.caller.secret):
        assert text not in caplog.text + rows


# Who asks (RFC 6749 §2.3)


def headers_of(client: PartnerClient, secret: str, *, by: str = "pk") -> dict[str, str]:
    return {"client-id": str(getattr(client, by)), "client-secret": secret}


@pytest.mark.parametrize("by", ["pk", "client_id"])
def test_the_client_shows_headers_beside_the_persons_token(b: Bridged, by: str) -> None:
    headers = headers_of(b.caller.client, b.caller.secret, by=by)
    assert b.ask(headers=headers).status_code == 200
    assert b.ask(headers=headers | {"Authorization": f"Bearer {b.subject}"}).status_code == 200
    other = b.ask(headers=headers | {"Authorization": "Bearer x"})
    assert error(other) == "invalid_request"
    rotate_secret(b.caller.client)
    assert b.ask(headers=headers).status_code == 200


def test_basic_takes_the_number_too(b: Bridged) -> None:
    assert b.ask(headers={"Authorization": basic(str(b.caller.client.pk), b.caller.secret)}).status_code == 200


@pytest.mark.requirement("RFC 6749 §2.3")
def test_two_ways_at_once_are_refused(b: Bridged) -> None:
    both = headers_of(b.caller.client, b.caller.secret)
    for headers in (
        both | {"Authorization": b.caller.basic},
        {"client-id": both["client-id"], "Authorization": b.caller.basic},
        {"client-secret": "x", "Authorization": b.caller.basic},
        {"client-id": both["client-id"]},
        {"client-secret": both["client-secret"]},
        {**both, "client-id": f"{both['client-id']},{both['client-id']}"},
        {**both, "client-secret": f"{both['client-secret']}, {both['client-secret']}"},
    ):
        assert error(b.ask(headers=headers)) == "invalid_request"


def test_a_secret_in_the_address_is_refused(b: Bridged) -> None:
    answer = post(
        f"{BRIDGE}?client_secret=x",
        json.dumps(b.body()).encode(),
        "application/json",
        {"Authorization": b.caller.basic},
    )
    assert error(answer) == "invalid_request"


def test_wrong_credentials_are_401_and_at_last_429(b: Bridged) -> None:
    right = headers_of(b.caller.client, b.caller.secret)
    for headers in (
        {}, {"Authorization": f"Bearer {b.subject}"}, {"Authorization": basic(b.caller.client.client_id, "x")},
        right | {"client-secret": "x"}, right | {"client-id": "99999999"}, right | {"client-id": "\xe9"},
        right | {"client-id": "9" * 400}, right | {"client-id": ""}, right | {"client-secret": ""},
    ):  # fmt: skip
        answer = b.ask(headers=headers)
        assert error(answer, 401) == "invalid_client"
        assert answer["WWW-Authenticate"].startswith("Basic")
    answers = [b.ask(headers=right | {"client-secret": "x"}) for _time in range(12)]
    assert error(answers[-1], 429) == "temporarily_unavailable"
    assert int(answers[-1]["Retry-After"]) > 0
    assert b.ask(headers=right).status_code == 200


def test_a_suspended_client_exchanges_nothing(b: Bridged) -> None:
    suspend_client(b.caller.client)
    assert error(b.ask()) == "unauthorized_client"


def test_a_public_client_exchanges_nothing() -> None:
    b = bridged()
    app, _none = partner(client_type="public", scopes=["openid"])
    BridgePolicy.objects.create(caller=app, audience=b.audience.client)
    public = Party(app, "", b.caller.account)
    shown = public.token("openid").removeprefix("Bearer ")
    fields = b.body(grant_type=EXCHANGE, subject_token=shown, client_id=app.client_id)
    assert post(STANDARD, urlencode(fields).encode(), FORM, {}).json()["error"] == "unauthorized_client"
    assert error(Bridged(public, b.audience, shown).ask(), 401) == "invalid_client"


def test_the_standard_door_authenticates_as_for_every_grant(b: Bridged) -> None:
    wrong = Bridged(Party(b.caller.client, "x", b.caller.account), b.audience, b.subject)
    assert wrong.ask_by_form(STANDARD).json()["error"] == "invalid_client"
    assert error(b.ask_by_form(STANDARD, audience="nobody")) == "invalid_target"
    assert "subject_token" in b.ask_by_form(STANDARD, subject_token="").json()["error_description"]


values = st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.text(max_size=9), max_size=3)
names = st.sampled_from(["subject_token", "audience", "request_uri", "scope", "requested_token_type", "resource"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(names, values, max_size=4))
@example(changes={"subject_token": -(2**63) - 1})
def test_any_json_is_answered_in_oauths_form(b: Bridged, changes: dict[str, Any]) -> None:
    answer = b.ask(**changes)
    assert answer.status_code in {200, 400}
    assert {"error", "error_description"} <= set(answer.json()) or answer.status_code == 200


def test_at_our_own_doors_it_acts_for_the_audience(b: Bridged) -> None:
    """They judge the row."""
    row = live_access(b.token())
    assert (row.client_id, row.account_id) == (b.audience.client.client_id, b.caller.account.pk)
