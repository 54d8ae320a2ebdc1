"""Rows 14 to 17 for `google_id` and `facebook_id`: an account at another provider is bound by an ID token of that
provider which answers our nonce, and by nothing else. Clauses are those of OpenID Connect Core 1.0."""

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from freedom_id import outbound
from freedom_id.domain.provider_keys import forget_provider_keys
from freedom_id.domain.purge import purge_expired
from freedom_id.domain.step_up import proofs_of
from freedom_id.models import AccountEvent, Credential, FederatedId, Notice
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import email_of
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.identity_v4.parties import Party, call, first_party, operator, payload, refusal, verified
from tests.freedom_id.models.test_at_rest import whole_database
from tests.servers.openid_provider import CLIENT_ID, CURVE, RSA, SUBJECT, Provider, id_token, openid_provider

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 3, 4, 12, 0, 0, tzinfo=UTC)
GOOGLE = {"type": "google_id"}


@pytest.fixture(autouse=True)
def provider(settings: Any) -> Iterator[Provider]:
    """Both types lead to one server of ours, which signs for both."""
    forget_provider_keys()
    with openid_provider() as found:
        providers = {"google_id": found.setting, "facebook_id": found.setting | {"ISSUER": "https://other.example"}}
        settings.FREEDOM_ID = {**settings.FREEDOM_ID, "IDENTITY_PROVIDERS": providers}
        yield found
    forget_provider_keys()


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mine(clock: Any) -> Party:
    return first_party()


@pytest.fixture
def token(mine: Party) -> str:
    return fresh_token(mine)


def fresh_token(who: Party) -> str:
    """Signed in and stepped up just now."""
    found = who.token("openid account")
    verified(who, found)
    return found


def claim(who: Party, token: str, kind: str = "google_id", /, **more: Any) -> tuple[int, str]:
    answer = call("POST", who.path("credentials"), token, {"type": kind, **more})
    assert answer.status_code == 201, answer.content
    data = answer.json()["data"]
    assert set(data) == {"id", "nonce"}
    return data["id"], data["nonce"]


def prove(who: Party, token: str, number: int, shown: Any) -> Any:
    return call("PUT", who.path(f"credentials/{number}"), token, {"id_token": shown})


def federated(who: Party, token: str) -> list[dict[str, Any]]:
    items = payload(call("GET", who.path("credentials"), token), "data")
    return [item for item in items if item["type"].endswith("_id")]


def reason(answer: Any) -> str:
    assert refusal(answer) == (400, 40001), answer.content
    [[text]] = answer.json()["errors"].values()
    assert list(answer.json()["errors"]) == ["id_token"]
    return str(text)


@pytest.mark.parametrize(
    ("kind", "source", "issuer"),
    [("google_id", "google", {}), ("facebook_id", "facebook", {"iss": "https://other.example"})],
    ids=["google", "facebook"],
)
def test_what_the_provider_vouches_for_is_bound_masked_and_removed(
    mine: Party, token: str, kind: str, source: str, issuer: dict[str, str]
) -> None:
    number, nonce = claim(mine, token, kind, value="somebody", source="user", status="active", kind="inherent")
    seen = {"id": number, "type": kind, "kind": "possession", "source": source}
    time = "04-Mar-30 12:00:00"
    new = {"value": None, "status": "new", "last_verified": None, "created_at": time}
    assert federated(mine, token) == [seen | new]
    assert not Notice.objects.filter(kind="added").exists(), "a claim is no news"
    answer = prove(mine, token, number, id_token(nonce, email="x@mail.example", email_verified=True, **issuer))
    assert (answer.status_code, answer.json()["code"], answer.json()["platform_module"]) == (200, 10001, 1501)
    active = {"value": "•••6334", "status": "active", "last_verified": time, "created_at": time}
    assert federated(mine, token) == [seen | active]
    assert Notice.objects.filter(kind="added", about=kind).count() == 2
    assert "x@mail.example" not in {row.value for row in Credential.objects.all()}
    assert email_of(mine.account) != "x@mail.example"
    assert call("DELETE", mine.path(f"credentials/{number}"), token).status_code == 200
    assert federated(mine, token) == []
    actions = AccountEvent.objects.filter(account=mine.account, action__contains=":credential:")
    assert sorted(actions.values_list("action", flat=True)) == [
        "account:credential:added",
        "account:credential:removed",
    ]


def test_an_es256_key_signs_too_and_several_audiences_are_all_ours(mine: Party, token: str) -> None:
    number, nonce = claim(mine, token)
    shown = id_token(nonce, key=CURVE, aud=[CLIENT_ID, "ios.apps.provider.example"], azp="ios.apps.provider.example")
    assert prove(mine, token, number, shown).status_code == 200


THEN = int(NOW.timestamp())
WRONG_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "iss of another": ({"iss": "https://other.example"}, "iss"),
    "iss with a slash": ({"iss": "https://accounts.provider.example/"}, "iss"),
    "no iss": ({"iss": None}, "iss"),
    "aud of another": ({"aud": "another.apps.provider.example"}, "aud"),
    "aud a part of ours": ({"aud": CLIENT_ID[:6]}, "aud"),
    "aud ours and another": ({"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}, "aud"),
    "aud empty": ({"aud": []}, "aud"),
    "aud odd": ({"aud": [{"a": 1}]}, "aud"),
    "no aud": ({"aud": None}, "aud"),
    "azp of another": ({"azp": "another"}, "azp"),
    "azp odd": ({"azp": [CLIENT_ID]}, "azp"),
    "two aud without azp": ({"aud": [CLIENT_ID, "ios.apps.provider.example"]}, "azp"),
    "expired": ({"exp": THEN - 60}, "exp"),
    "no exp": ({"exp": None}, "exp"),
    "exp as text": ({"exp": str(THEN + 60)}, "exp"),
    "exp true": ({"exp": True}, "exp"),
    "iat of the future": ({"iat": THEN + 61}, "iat"),
    "no iat": ({"iat": None}, "iat"),
    "nbf of the future": ({"nbf": THEN + 61}, "nbf"),
    "no nonce": ({"nonce": None}, "nonce"),
    "nonce odd": ({"nonce": 5}, "nonce"),
    "no sub": ({"sub": None}, "sub"),
    "sub empty": ({"sub": ""}, "sub"),
    "sub a number": ({"sub": 110169484474386276334}, "sub"),
    "sub of 256": ({"sub": "1" * 256}, "sub"),
    "sub not ASCII": ({"sub": "Å"}, "sub"),
    "sub with NUL": ({"sub": "1\x00"}, "sub"),
}


def refused(who: Party, token: str, number: int, shown: dict[str, str]) -> dict[str, str]:
    """Case -> why it was refused; the claim is what it was."""
    found = {case: reason(prove(who, token, number, text)) for case, text in shown.items()}
    assert federated(who, token)[0]["status"] == "new"
    return found


def test_openid_core_3_1_3_7_a_wrong_claim_is_named_and_binds_nothing(mine: Party, token: str) -> None:
    """§3.1.3.7 (2 to 5, 9 to 11), §2 of `sub`; RFC 7519 §4.1.5 of `nbf`."""
    number, nonce = claim(mine, token)
    shown = {case: id_token(nonce, **told) for case, (told, _name) in WRONG_CLAIMS.items()}
    expected = {case: f"Its {name} is not accepted." for case, (_told, name) in WRONG_CLAIMS.items()}
    assert refused(mine, token, number, shown) == expected
    assert prove(mine, token, number, id_token(nonce)).status_code == 200, "what was wrong spent nothing"


def test_a_minute_of_skew_is_allowed(mine: Party, token: str) -> None:
    for told in ({"exp": THEN - 59}, {"iat": THEN + 60}, {"nbf": THEN + 60}):
        number, nonce = claim(mine, token)
        assert prove(mine, token, number, id_token(nonce, sub=str(told), **told)).status_code == 200


def part(document: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(document)).rstrip(b"=").decode()


def reheaded(token: str, *, signature: str | None = None, **header: Any) -> str:
    """With another header; the signature is kept, or stated."""
    head, body, signed = token.split(".")
    known = orjson.loads(urlsafe_b64decode(head + "=="))
    changed = {name: value for name, value in (known | header).items() if value is not None}
    return f"{part(changed)}.{body}.{signed if signature is None else signature}"


def altered(token: str) -> str:
    head, body, signed = token.split(".")
    claims = orjson.loads(urlsafe_b64decode(body + "=="))
    return f"{head}.{part(claims | {'sub': 'another'})}.{signed}"


def by_public_key(token: str) -> str:
    """HS256, with the provider's public key as the shared secret."""
    signed = reheaded(token, alg="HS256").rpartition(".")[0]
    mac = hmac.digest(RSA["first"].as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


STRANGER = RSAKey.generate_key(2048, {"kid": "first"})
NO_JWT = "It is no signed JWT."
NOT_TAKEN = "Its alg, typ or kid is not accepted."
WRONG, UNKNOWN = "Its signature is wrong.", "Its kid names no key of the provider."
WRONG_SIGNATURES: dict[str, tuple[Any, str]] = {
    "claims altered": (altered, WRONG),
    "signature cut": (lambda token: token[:-8], WRONG),
    "no signature": (lambda token: token.rpartition(".")[0] + ".", NO_JWT),
    "alg none": (lambda token: reheaded(token, signature="", alg="none"), NO_JWT),
    "alg none, signature kept": (lambda token: reheaded(token, alg="none"), NOT_TAKEN),
    "HS256 by the public key": (by_public_key, NOT_TAKEN),
    "RS512": (lambda token: reheaded(token, alg="RS512"), NOT_TAKEN),
    "ES256 by name": (lambda token: reheaded(token, alg="ES256"), WRONG),
    "kid of the curve": (lambda token: reheaded(token, kid="curve"), WRONG),
    "no kid": (lambda token: reheaded(token, kid=None), NOT_TAKEN),
    "kid a number": (lambda token: reheaded(token, kid=1), NO_JWT),
    "kid unknown": (lambda token: reheaded(token, kid="third"), UNKNOWN),
    "typ of an access token": (lambda token: reheaded(token, typ="at+jwt"), NOT_TAKEN),
    "crit": (lambda token: reheaded(token, crit=["b64"], b64=False), NO_JWT),
    "jwk of its own": (lambda token: reheaded(token, jwk=STRANGER.as_dict(private=False)), NO_JWT),
    "two parts": (lambda token: token.rpartition(".")[0], NO_JWT),
    "JSON serialization": (
        lambda token: json.dumps(dict(zip(("protected", "payload", "signature"), token.split("."), strict=True))),
        NO_JWT,
    ),
    "spaces": (lambda token: f" {token}", NO_JWT),
    "no JWT": (lambda token: "x", NO_JWT),
    "header no JSON": (lambda token: "e30e." + token.partition(".")[2], NO_JWT),
    "header an array": (lambda token: "W10." + token.partition(".")[2], NO_JWT),
}


def test_rfc8725_3_1_what_is_not_signed_by_the_provider_binds_nothing(
    mine: Party, token: str, provider: Provider
) -> None:
    """RFC 8725 §3.1, §3.2: the verifier chooses the algorithm; RFC 7515 §4.1.11: `crit`."""
    number, nonce = claim(mine, token)
    good = id_token(nonce)
    shown = {case: make(good) for case, (make, _reason) in WRONG_SIGNATURES.items()}
    assert refused(mine, token, number, shown) == {case: text for case, (_make, text) in WRONG_SIGNATURES.items()}
    assert provider.asked == 1


def test_a_token_of_a_strangers_key_under_a_known_name_binds_nothing(mine: Party, token: str) -> None:
    number, nonce = claim(mine, token)
    assert reason(prove(mine, token, number, id_token(nonce, key=STRANGER))) == "Its signature is wrong."
    assert reason(prove(mine, token, number, id_token(nonce, key=ECKey.generate_key("P-256", {"kid": "curve"}))))


def test_what_is_no_text_is_named(mine: Party, token: str) -> None:
    number, _nonce = claim(mine, token)
    for shown in (None, 5, "", "x" * 8193, ["a"]):
        assert reason(prove(mine, token, number, shown)) == "A text of 1 to 8192 characters is required."


def test_a_nonce_is_good_once_for_five_minutes_and_for_the_tokens_that_asked(
    mine: Party, token: str, clock: Any, provider: Provider
) -> None:
    other = first_party()
    hers = fresh_token(other)
    foreign_number, foreign_nonce = claim(other, hers)
    number, nonce = claim(mine, token)
    for wrong in ["x", nonce + "x", nonce.swapcase(), foreign_nonce]:
        assert refusal(prove(mine, token, number, id_token(wrong))) == (410, 41001)
    elsewhere = first_party(account=mine.account).token("openid account")
    assert refusal(prove(mine, elsewhere, number, id_token(nonce))) == (410, 41001)
    shown = id_token(nonce)
    assert prove(mine, token, number, shown).status_code == 200
    assert refusal(prove(mine, token, number, shown)) == (410, 41001), "a replay"
    call("DELETE", mine.path(f"credentials/{number}"), token)
    again, _nonce = claim(mine, token)
    assert refusal(prove(mine, token, again, shown)) == (410, 41001), "a replay on another claim"
    late, late_nonce = claim(mine, token)
    assert refusal(prove(mine, token, again, id_token(late_nonce))) == (404, 40400), "it gave way"
    clock.shift(300)
    asked = provider.asked
    forget_provider_keys()
    assert refusal(prove(mine, token, late, id_token(late_nonce))) == (410, 41001)
    assert provider.asked == asked, "nobody is asked about a claim that is over"
    assert refusal(prove(mine, token, foreign_number, id_token(foreign_nonce))) == (404, 40400)


def test_the_first_proof_of_two_accounts_wins_and_the_second_is_not_told_whose(mine: Party, token: str) -> None:
    other = first_party()
    hers = fresh_token(other)
    claims = [(other, hers, *claim(other, hers)), (mine, token, *claim(mine, token))]
    answers = [prove(who, shown, number, id_token(nonce)) for who, shown, number, nonce in claims]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert refusal(answers[1]) == (409, 40901)
    assert str(other.account.pk) not in answers[1].content.decode()
    assert [len(federated(other, hers)), len(federated(mine, token))] == [1, 0]
    [refused] = claims[1:]
    assert refusal(prove(*refused[:3], id_token(refused[3]))) == (404, 40400), "the claim ended"
    number, nonce = claim(mine, token)
    assert prove(mine, token, number, id_token(nonce, sub=SUBJECT[:-1])).status_code == 200


def test_ones_own_again_is_a_conflict_and_subjects_differ_by_case(mine: Party, token: str) -> None:
    """§2: `sub` is a case-sensitive string."""
    for sub, status in [("abcdefgh", 200), ("abcdefgh", 409), ("ABCDEFGH", 200), ("abcdefgh ", 200), ("short", 200)]:
        number, nonce = claim(mine, token)
        assert prove(mine, token, number, id_token(nonce, sub=sub)).status_code == status
    assert {item["value"] for item in federated(mine, token)} == {"•••efgh", "•••EFGH", "•••fgh ", "•••"}


def test_the_same_subject_of_two_issuers_are_two(mine: Party, token: str) -> None:
    for kind, told in (("google_id", {}), ("facebook_id", {"iss": "https://other.example"})):
        number, nonce = claim(mine, token, kind)
        assert prove(mine, token, number, id_token(nonce, **told)).status_code == 200


def test_a_claim_blocks_nobody_and_is_purged(mine: Party, token: str, clock: Any) -> None:
    other = first_party()
    claim(other, fresh_token(other))
    claim(mine, token, "facebook_id")
    number, nonce = claim(mine, token)
    assert prove(mine, token, number, id_token(nonce)).status_code == 200
    clock.shift(timedelta(days=1, minutes=6))
    purge_expired()
    assert list(FederatedId.objects.values_list("number", flat=True)) == [number]


def test_it_is_erased_with_the_account(mine: Party, token: str, clock: Any) -> None:
    number, nonce = claim(mine, token)
    assert prove(mine, token, number, id_token(nonce)).status_code == 200
    claim(mine, token, "facebook_id")
    assert call("DELETE", mine.path("").rstrip("/"), token).status_code == 200
    assert FederatedId.objects.count() == 2
    clock.shift(timedelta(days=30, seconds=1))
    assert erase_what_is_due() == 1
    assert not FederatedId.objects.exists()


def test_it_is_no_way_in_and_no_proof(mine: Party, token: str) -> None:
    """Nobody signs in by it yet: the last number stays, and no second proof is asked because of it."""
    Credential.objects.filter(account=mine.account).exclude(type="mobile", is_primary=True).delete()
    before = proofs_of(mine.account)
    number, nonce = claim(mine, token)
    assert prove(mine, token, number, id_token(nonce)).status_code == 200
    assert proofs_of(mine.account) == before
    last = Credential.objects.get(account=mine.account).number
    assert refusal(call("DELETE", mine.path(f"credentials/{last}"), token)) == (409, 40902)


def test_adding_and_removing_need_fresh_proof(mine: Party, token: str, clock: Any) -> None:
    number, nonce = claim(mine, token)
    assert prove(mine, token, number, id_token(nonce)).status_code == 200
    without = mine.token("openid account")
    clock.shift(301)
    for shown in (token, without):
        assert refusal(call("POST", mine.path("credentials"), shown, GOOGLE)) == (403, 40302)
        assert refusal(call("DELETE", mine.path(f"credentials/{number}"), shown)) == (403, 40302)
    no_second = mine.token("openid account")
    assert refusal(call("POST", mine.path("credentials"), no_second, GOOGLE)) == (403, 40302)
    assert len(federated(mine, no_second)) == 1


def test_a_foreign_one_is_one_that_there_is_not_and_an_operator_lists_alone(mine: Party, token: str) -> None:
    other = first_party()
    hers = fresh_token(other)
    number, nonce = claim(other, hers)
    for method in ("PUT", "DELETE"):
        body = {"id_token": id_token(nonce)}
        answers = [call(method, mine.path(f"credentials/{one}"), token, body) for one in (number, 1)]
        answers += [call(method, other.path(f"credentials/{number}"), token, body)]
        assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert refusal(call("POST", other.path("credentials"), token, GOOGLE)) == (404, 40400)
    assert prove(other, hers, number, id_token(nonce)).status_code == 200
    centre = operator("accounts.operate")
    who = Party(centre.client, centre.secret, other.account)
    assert [item["value"] for item in federated(who, who.basic)] == ["•••6334"]
    assert refusal(call("POST", who.path("credentials"), who.basic, GOOGLE)) == (403, 40300)
    assert refusal(call("PUT", who.path(f"credentials/{number}"), who.basic, {"id_token": "x"})) == (403, 40300)


def test_without_a_provider_the_type_is_refused(mine: Party, token: str, settings: Any) -> None:
    number, nonce = claim(mine, token)
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "IDENTITY_PROVIDERS": {}}
    for answer in (call("POST", mine.path("credentials"), token, GOOGLE), prove(mine, token, number, id_token(nonce))):
        assert refusal(answer) == (400, 40001)
        assert answer.json()["errors"] == {"type": ["No provider of google_id is configured."]}


def test_neither_subject_nor_nonce_lies_in_clear(mine: Party, token: str) -> None:
    _number, waiting = claim(mine, token, "facebook_id")
    number, nonce = claim(mine, token)
    shown = id_token(nonce)
    assert prove(mine, token, number, shown).status_code == 200
    found = whole_database()
    for text in (SUBJECT, nonce, waiting, shown):
        assert text.lower() not in found
    assert SUBJECT not in repr(FederatedId.objects.get(number=number))


class TestKeys:
    def test_keys_are_read_once_and_again_after_an_hour(
        self, mine: Party, token: str, clock: Any, provider: Provider
    ) -> None:
        for _time in range(2):
            number, nonce = claim(mine, token)
            assert reason(prove(mine, token, number, id_token(nonce, iss="x")))
        assert provider.asked == 1
        clock.shift(3600)
        token = fresh_token(mine)
        number, nonce = claim(mine, token)
        assert prove(mine, token, number, id_token(nonce)).status_code == 200
        assert provider.asked == 2

    def test_a_key_that_is_new_is_found_at_once_and_unknown_names_ask_seldom(
        self, mine: Party, token: str, clock: Any, provider: Provider
    ) -> None:
        number, nonce = claim(mine, token)
        unknown = id_token(nonce, header={"kid": "third"})
        asked = []
        for wait in (0, 0, 29, 1, 0):
            clock.shift(wait)
            assert reason(prove(mine, token, number, unknown)) == "Its kid names no key of the provider."
            asked.append(provider.asked)
        assert asked == [1, 1, 1, 2, 2]
        provider.publish(RSA["second"])
        assert prove(mine, token, number, id_token(nonce, key=RSA["second"])).status_code == 400, "it was just asked"
        clock.shift(30)
        assert prove(mine, token, number, id_token(nonce, key=RSA["second"])).status_code == 200
        number, nonce = claim(mine, token)
        assert reason(prove(mine, token, number, id_token(nonce))) == "Its kid names no key of the provider."

    def test_rubbish_is_no_key(self, mine: Party, token: str, provider: Provider) -> None:
        for published in (b"", b"[", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [5, {}]}', b"\xff", b"[" * 16_000):
            forget_provider_keys()
            provider.published = published
            self.refuses_for_now(mine, token)

    def test_more_than_16_kib_is_not_read(self, mine: Party, token: str, provider: Provider) -> None:
        keys = [RSA["first"].as_dict(private=False)]
        provider.published = orjson.dumps({"filling": "x" * 2**20, "keys": keys})
        self.refuses_for_now(mine, token)

    def test_a_provider_that_fails_is_asked_again_after_half_a_minute(
        self, mine: Party, token: str, clock: Any, provider: Provider
    ) -> None:
        for act in (500, 404, 301, "drop"):
            provider.behaviour, provider.asked = [act], 0
            number, nonce = self.refuses_for_now(mine, token)
            assert (prove(mine, token, number, id_token(nonce)).status_code, provider.asked) == (503, 1)
            clock.shift(30)
            assert prove(mine, token, number, id_token(nonce, sub=str(act))).status_code == 200
            forget_provider_keys()

    def test_old_keys_are_not_used_when_new_ones_cannot_be_read(
        self, mine: Party, token: str, clock: Any, provider: Provider
    ) -> None:
        number, nonce = claim(mine, token)
        assert prove(mine, token, number, id_token(nonce)).status_code == 200
        clock.shift(3600)
        provider.behaviour = [500]
        self.refuses_for_now(mine, fresh_token(mine))

    def test_keys_that_are_none_of_ours_are_left_out(self, mine: Party, token: str, provider: Provider) -> None:
        good = RSA["first"].as_dict(private=False)
        odd = [
            {**good, "kid": "enc", "use": "enc"},
            {**good, "kid": "broken", "n": "!"},
            {**good, "kid": "empty", "n": ""},
            {**good, "kid": 5},
            {"kty": "oct", "kid": "oct", "k": "AAAA"},
            {"kty": "RSA", "kid": "bare"},
            {**good, "kid": "odd", "n": 5},
        ]
        provider.published = {"keys": [*odd, good]}
        number, nonce = claim(mine, token)
        for kid in ("enc", "broken", "empty", "5", "oct", "bare", "odd"):
            assert reason(prove(mine, token, number, id_token(nonce, header={"kid": kid})))
        assert prove(mine, token, number, id_token(nonce)).status_code == 200

    def test_nobody_waits_longer_than_the_bound(
        self, mine: Party, token: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert outbound.TIMEOUT_SECONDS == 5
        monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.3)
        for act in ("hang", "headers", "trickle"):
            forget_provider_keys()
            provider.behaviour, provider.asked = [act], 0
            started = time.perf_counter()
            number, nonce = self.refuses_for_now(mine, token)
            assert time.perf_counter() - started < 3
            assert refusal(prove(mine, token, number, id_token(nonce))) == (503, 50300)
            assert provider.asked == 1, "the next are refused at once"

    def test_an_address_that_is_not_public_is_not_asked(
        self, mine: Party, token: str, provider: Provider, settings: Any
    ) -> None:
        settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CALLBACK_NETWORKS": []}
        self.refuses_for_now(mine, token)
        assert provider.asked == 0

    def refuses_for_now(self, mine: Party, token: str) -> tuple[int, str]:
        number, nonce = claim(mine, token)
        answer = prove(mine, token, number, id_token(nonce))
        assert refusal(answer) == (503, 50300)
        assert answer["Retry-After"] == "30"
        return number, nonce


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.text(max_size=5))
NAMES = ["iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "sub", "alg", "kid", "typ", "crit", "b64", "jwk", "x5c"]
documents = st.dictionaries(st.sampled_from(NAMES), values, max_size=5)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(header=documents, shown=documents | st.text(max_size=40))
def test_whatever_is_shown_is_refused_and_never_our_fault(mine: Party, token: str, header: Any, shown: Any) -> None:
    number, nonce = claim(mine, token)
    answers = []
    if isinstance(shown, dict):
        whole = id_token(nonce)
        text = urlsafe_b64encode(json.dumps(shown).encode()).rstrip(b"=").decode()
        head = json.dumps({"alg": "RS256", "kid": "first"} | header).encode()
        headed = urlsafe_b64encode(head).rstrip(b"=").decode()
        answers += [prove(mine, token, number, f"{headed}.{text}.{whole.rpartition('.')[2]}")]
        answers += [prove(mine, token, number, id_token(nonce, **(shown | {"iss": "x"})))]
    else:
        body = json.dumps({"id_token": shown}).encode()
        answers += [call("PUT", mine.path(f"credentials/{number}"), token, body)]
    assert {answer.status_code for answer in answers} <= {400}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_of_many_proofs_and_one_of_two_accounts_wins(self) -> None:
        acts = []
        people = [first_party(), first_party()]
        for who in people:
            token = fresh_token(who)
            number, nonce = claim(who, token)
            shown = id_token(nonce)
            acts.append(lambda w=who, t=token, n=number, s=shown: prove(w, t, n, s).status_code)
        answers = at_once([*acts, *acts])
        assert answers.count(200) == 1, answers
        assert set(answers) <= {200, 404, 409, 410}
        owner = FederatedId.objects.get(verified_at__isnull=False).account
        assert owner == people[answers.index(200) % 2].account
        assert AccountEvent.objects.filter(action="account:credential:added").count() == 1

    def test_who_comes_while_keys_are_read_waits_for_them(self, provider: Provider) -> None:
        acts = []
        for _person in range(3):
            who = first_party()
            token = fresh_token(who)
            number, nonce = claim(who, token)
            shown = id_token(nonce, sub=uuid4().hex)
            acts.append(lambda w=who, t=token, n=number, s=shown: prove(w, t, n, s).status_code)
        assert at_once(acts) == [200, 200, 200]
        assert provider.asked == 1
