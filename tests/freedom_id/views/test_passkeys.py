"""Passkeys at our own pages: made by a person who proved herself, a sign-in without a name, and every way to lie."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

from freedom_id.domain.client_status import resume_client, suspend_client
from freedom_id.domain.passkeys import begin_passkey_sign_in, prove_by_passkey
from freedom_id.domain.purge import purge_expired
from freedom_id.models import Account, AccountEvent, Allowance, BrowserSignIn, PartnerClient, Passkey, PasskeyChallenge
from tests.compliance.standard_door import ISSUER
from tests.factories.people import partner, person, phone_of
from tests.factories.proofs import AT, BE, BS, UP, UV, SoftAuthenticator, shown_by, with_app
from tests.freedom_id.domain.at_once import at_once
from tests.journeys.walk import FreedomWalk

IP = "203.0.113.7"
OPTIONS = "/me/security/passkey/options/"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def sure(account, clock):
    """A browser in which the person just signed in by two proofs."""
    secret = with_app(account)
    walk = FreedomWalk(Client(headers={"User-Agent": "Chrome/150 Linux"}))
    walk.post(walk.sign_in("/me/security/", phone_of(account)), "code", code=shown_by(secret))
    return walk


def creation(walk) -> dict[str, Any]:
    return json.loads(walk.fetch("POST", OPTIONS).text)


def add(walk, authenticator=None, *, name="My phone", **bent):
    authenticator = authenticator or SoftAuthenticator()
    answer = authenticator.create(creation(walk), **bent)
    return authenticator, give(walk, json.dumps(answer), name)


def give(walk, answer: str, name: str = ""):
    """Send the form of the page, as its script does."""
    fields = walk.get("/me/security/passkey/").form("response").fields
    return walk.fetch("POST", "/me/security/passkey/", fields | {"response": answer, "name": name})


@pytest.fixture
def made(sure, account):
    """An authenticator with a passkey of the person."""
    return add(sure)[0]


def asked_to_sign(walk) -> dict[str, Any]:
    return json.loads(walk.fetch("POST", "/login/passkey/options").text)


def sign_in(authenticator, walk=None, **bent):
    walk = walk or FreedomWalk(Client())
    options = asked_to_sign(walk)
    if "count" not in bent and authenticator.count:
        authenticator.count += 1
    page = walk.post(walk.get("/login"), "response", response=json.dumps(authenticator.get(options, **bent)))
    return walk, page


def is_in(page):
    return page.url == f"{ISSUER}/me/"


@pytest.mark.django_db
def test_the_offer_leaves_alone_what_the_session_learns_meanwhile():
    """The page asks for it while the person types: whichever answer comes last, her name stays known."""
    asked_to_sign(FreedomWalk(Client()))

    assert not Session.objects.exists()


def test_what_the_browser_is_asked_for(sure, account):
    options = creation(sure)

    assert options["rp"] == {"name": "Freedom ID", "id": "localhost"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    handle = websafe_decode(options["user"]["id"])
    assert (len(handle), handle) == (64, bytes(Account.objects.get(pk=account.pk).passkey_handle))
    assert re.fullmatch(r"d•••@mail\.example", options["user"]["name"])
    assert len(websafe_decode(options["challenge"])) == 32
    assert {"type": "public-key", "alg": -7} in options["pubKeyCredParams"]
    assert creation(sure)["user"]["id"] == options["user"]["id"], "one handle for all of her passkeys"
    assert creation(sure)["challenge"] != options["challenge"]


def test_a_passkey_is_made_listed_told_of_and_not_made_twice(sure, account):
    authenticator, page = add(sure)

    assert page.url == f"{ISSUER}/me/security/"
    assert "The passkey is ready." in page.text
    assert "My phone" in page.text
    row = Passkey.objects.get()
    assert (row.account, row.name, row.transports) == (account, "My phone", ["hybrid", "internal"])
    assert AccountEvent.objects.filter(action="account:credential:added").count() == 1
    assert creation(sure)["excludeCredentials"] == [
        {"type": "public-key", "id": websafe_encode(authenticator.credential_id)}
    ]
    assert "in your list already" in add(sure, authenticator)[1].text
    assert Passkey.objects.count() == 1


def test_it_signs_in_without_a_name_and_counts_as_two_factors(made, account):
    walk, page = sign_in(made)

    assert is_in(page)
    assert BrowserSignIn.objects.filter(amr=["pop", "user", "mfa"]).count() == 1
    assert Passkey.objects.get().last_used_at == timezone.now()
    assert walk.get("/me/security/passkey/").status == 200, "fresh, and no further proof is asked"


def test_who_signs_in_for_a_partner_goes_on_to_its_question(made):
    client, secret = partner()
    walk = FreedomWalk(Client())
    page = walk.get(walk.link(client.client_id, secret, grants=["read.firstname"]))
    answer = made.get(asked_to_sign(walk))

    assert walk.post(page, "response", response=json.dumps(answer)).url.startswith(f"{ISSUER}/consent?track_id=")


def test_the_session_id_changes(made):
    walk = FreedomWalk(Client())
    walk.post(walk.get("/login"), "identifier", identifier="+998901234567")
    answer = made.get(asked_to_sign(walk))
    before = walk.browser.cookies["session-8000"].value
    assert is_in(walk.post(walk.get("/login"), "response", response=json.dumps(answer)))

    assert walk.browser.cookies["session-8000"].value != before


LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "a subdomain": {"origin": "http://a.localhost:8000"},
    "another port": {"origin": "http://localhost:8001"},
    "no origin": {"origin": None},
    "another challenge": {"challenge": websafe_encode(bytes(32))},
    "an empty challenge": {"challenge": ""},
    "another ceremony": {"type": "payment.get"},
    "in a frame": {"crossOrigin": True},
    "for another site": {"rp_id": "evil.example"},
    "nobody was there": {"flags": UV},
    "nobody was verified": {"flags": UP},
    "backed up, yet not to be": {"flags": UP | UV | BS},
    "of another kind": {"id": "AAAA"},
    "without a response": {"response": None},
    "with half a response": {"response": {"clientDataJSON": "e30"}},
    "no base64": {"rawId": "é"},
}


@pytest.mark.requirement("WebAuthn L3 §7.2")
def test_no_lie_signs_anybody_in(made, account):
    other = SoftAuthenticator().get({"rpId": "localhost", "challenge": ""})
    lies = LIES | {
        "could be backed up since": {"flags": UP | UV | BE},
        "forged": {"signature": websafe_decode(other["response"]["signature"])},
        "garbled": {"signature": b"\x30"},
        "another person": {"user_handle": bytes(64)},
        "no handle": {"user_handle": b""},
    }
    for lie, bent in lies.items():
        page = sign_in(made, **bent)[1]
        assert page.url == f"{ISSUER}/login", lie
        assert "This passkey did not work here." in page.text, lie
    assert AccountEvent.objects.filter(action="account:session:refused").count() == len(lies)
    assert Allowance.objects.get(key="sign-in-ip:127.0.0.1").spent == len(lies)
    assert is_in(sign_in(made)[1])


def android_origin(certificate: bytes) -> str:
    return f"android:apk-key-hash:{websafe_encode(certificate)}"


@pytest.fixture
def app(db):
    """A native app of the group that asks for our passkeys, signed by either of two certificates."""
    client = partner(native=True, first_party=True)[0]
    client.android_package, client.passkeys_in_app = "uz.freedom.shop", True
    client.android_fingerprints = f"{CERTIFICATE.hex(':')} {bytes(32).hex(':')}".upper()
    client.save()
    return client


CERTIFICATE = bytes(range(32))


@pytest.mark.requirement("WebAuthn L3 §7.2")
def test_an_android_app_of_the_group_makes_and_uses_passkeys(sure, app):
    authenticator, page = add(sure, origin=android_origin(CERTIFICATE))
    assert "My phone" in page.text
    assert is_in(sign_in(authenticator, origin=android_origin(bytes(32)))[1])


@pytest.mark.requirement("WebAuthn L3 §7.2")
def test_no_other_android_app_does(made, app):
    lies = {
        "another certificate": android_origin(CERTIFICATE[::-1]),
        "half a certificate": android_origin(CERTIFICATE[:16]),
        "no certificate": android_origin(b""),
        "no base64": "android:apk-key-hash:é",
        "half a letter": "android:apk-key-hash:A",
        "another hash": android_origin(CERTIFICATE).replace("key-hash", "key-hash-sha1"),
        "in capitals": android_origin(CERTIFICATE).upper(),
    }
    for lie, origin in lies.items():
        assert not is_in(sign_in(made, origin=origin)[1]), lie
    assert is_in(sign_in(made, origin=android_origin(CERTIFICATE))[1])


def test_an_android_app_that_lost_its_right_does_not(made, app):
    suspend_client(app)
    assert not is_in(sign_in(made, origin=android_origin(CERTIFICATE))[1])
    resume_client(app)
    PartnerClient.objects.update(passkeys_in_app=False)
    assert not is_in(sign_in(made, origin=android_origin(CERTIFICATE))[1])


@pytest.mark.requirement("WebAuthn L3 §7.1")
def test_no_lie_makes_a_passkey(sure):
    lies = {name: bent | ({"flags": bent["flags"] | AT} if "flags" in bent else {}) for name, bent in LIES.items()}
    lies |= {
        "another ceremony": {"type": "webauthn.get"},
        "no key": {"flags": UP | UV},
        "odd key": {"cose": {1: 3, 3: -7}},
    }
    for lie, bent in lies.items():
        assert "No passkey was made." in add(sure, **bent)[1].text, lie
    assert not Passkey.objects.exists()
    assert add(sure)[1].url == f"{ISSUER}/me/security/"


def test_a_key_of_an_algorithm_that_was_not_asked_for_is_none(sure):
    odd = dict(ES256.from_cryptography_key(SoftAuthenticator().key.public_key())) | {3: -65535}

    assert "No passkey was made." in add(sure, cose=odd)[1].text


ODD = [
    "",
    "x",
    "null",
    "[]",
    "1",
    '{"id": 1}',
    "[" * 5000,
    '{"a":' * 5000,
    '{"id":"\\ud800","response":{}}',
    "9" * 5000,
]


def test_odd_answers_are_no_answers(sure):
    stranger = FreedomWalk(Client())
    for odd in ODD:
        asked_to_sign(stranger)
        assert stranger.post(stranger.get("/login"), "response", response=odd).status == 200, odd[:20]
        creation(sure)
        assert give(sure, odd, "\x00").status == 200, odd[:20]
    assert not Passkey.objects.exists()


def test_deeply_nested_attestations_are_no_answers(sure):
    authenticator = SoftAuthenticator()
    answer = authenticator.create(creation(sure))
    answer["response"]["attestationObject"] = websafe_encode(b"\x81" * 20000)
    page = give(sure, json.dumps(answer))

    assert (page.status, Passkey.objects.count()) == (200, 0)


def test_an_answer_counts_once_and_in_its_own_session(made):
    walk, thief = FreedomWalk(Client()), FreedomWalk(Client())
    answer = json.dumps(made.get(asked_to_sign(walk)))
    assert not is_in(thief.post(thief.get("/login"), "response", response=answer)), "no question in this session"
    asked_to_sign(thief)
    assert not is_in(thief.post(thief.get("/login"), "response", response=answer)), "another question"
    assert is_in(walk.post(walk.get("/login"), "response", response=answer))
    walk.fetch("POST", "/logout")
    assert not is_in(walk.post(walk.get("/login"), "response", response=answer)), "again"


def test_a_wrong_answer_uses_the_question_up(made):
    walk = FreedomWalk(Client())
    options = asked_to_sign(walk)
    for answer in (made.get(options, origin="https://evil.example"), made.get(options)):
        page = walk.post(walk.get("/login"), "response", response=json.dumps(answer))
        assert not is_in(page)


def test_a_question_for_a_sign_in_is_none_for_a_new_passkey(sure):
    authenticator = SoftAuthenticator()
    said = json.dumps(authenticator.create(creation(sure) | {"challenge": asked_to_sign(sure)["challenge"]}))
    assert "No passkey was made." in give(sure, said).text
    assert "did not work" in sure.fetch("POST", "/login/passkey", {"response": said}).text
    assert "No passkey was made." in give(sure, said).text, "nothing is asked"


@pytest.mark.parametrize(("seconds", "good"), [(299, True), (300, False)])
def test_a_question_stands_five_minutes(made, clock, seconds, good):
    walk = FreedomWalk(Client())
    answer = json.dumps(made.get(asked_to_sign(walk)))
    clock.shift(seconds)

    assert is_in(walk.post(walk.get("/login"), "response", response=answer)) is good


def test_old_questions_are_purged(made, clock):
    begin_passkey_sign_in()
    clock.shift(300)
    purge_expired()

    assert not PasskeyChallenge.objects.exists()


def test_a_foreign_or_removed_passkey_signs_nobody_in(made, account):
    stranger = SoftAuthenticator(user_handle=made.user_handle)
    assert not is_in(sign_in(stranger)[1])
    Passkey.objects.all().delete()

    assert not is_in(sign_in(made)[1])


def test_a_blocked_person_does_not_sign_in(made, account):
    Account.objects.filter(pk=account.pk).update(status="blocked")

    assert not is_in(sign_in(made)[1])


def test_a_passkey_is_not_anothers(made, account):
    other = person()
    Passkey.objects.update(account=other)

    assert not is_in(sign_in(made)[1]), "the handle says whose it is"


@pytest.mark.requirement("WebAuthn L3 §7.2 step 22")
def test_a_counter_that_does_not_grow_is_refused_and_journaled(sure, account):
    authenticator, _page = add(sure, SoftAuthenticator(count=5))
    assert Passkey.objects.get().sign_count == 5
    assert is_in(sign_in(authenticator, count=6)[1])
    for count in (6, 5, 0):
        assert not is_in(sign_in(authenticator, count=count)[1])

    assert Passkey.objects.get().sign_count == 6
    assert AccountEvent.objects.filter(account=account, action="account:passkey:copied").count() == 3
    assert is_in(sign_in(authenticator, count=2**32 - 1)[1])


def test_who_does_not_count_is_let_in_again_and_may_begin_to(made):
    assert is_in(sign_in(made)[1])
    assert is_in(sign_in(made, count=0)[1])
    assert is_in(sign_in(made, count=1)[1])


def test_whether_it_is_backed_up_may_change(sure):
    authenticator, _page = add(sure, SoftAuthenticator(flags=UP | UV | BE))
    assert is_in(sign_in(authenticator, flags=UP | UV | BE | BS)[1])

    assert Passkey.objects.get().backed_up is True


def test_an_address_that_failed_too_often_tries_no_more(made):
    end = timezone.now() + timedelta(minutes=5)
    Allowance.objects.create(key="sign-in-ip:127.0.0.1", spent=50, window_ends_at=end)

    assert "Too many tries." in sign_in(made)[1].text


def test_without_javascript_there_is_no_button(walk):
    page = walk.get("/login")

    assert re.search(r'<form[^>]+data-passkey="get"[^>]+ hidden>', page.text)
    assert 'autocomplete="username webauthn"' in page.text
    assert "<script>" not in page.text


def test_a_passkey_is_removed_on_its_own_page(made, sure):
    number = Passkey.objects.get().number
    page = sure.get(f"/me/security/{number}/remove/")
    assert "My phone" in page.text
    page = sure.fetch("POST", f"/me/security/{number}/remove/")

    assert "Removed." in page.text
    assert not Passkey.objects.exists()
    assert sure.get(f"/me/security/{number}/remove/").status == 404


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_one_answer_at_once_one_signs_in():
    someone, authenticator = person(), SoftAuthenticator(user_handle=bytes(64))
    Account.objects.filter(pk=someone.pk).update(passkey_handle=bytes(64))

    Passkey.objects.create(
        account=someone,
        credential_id=websafe_encode(authenticator.credential_id),
        public_key=cbor.encode(ES256.from_cryptography_key(authenticator.key.public_key())),
    )
    challenge, options = begin_passkey_sign_in()
    answer = authenticator.get(options)
    answers = at_once([lambda: prove_by_passkey(challenge.pk, answer, ip=IP)] * 8)
    assert sorted(found == someone for found in answers) == [False] * 7 + [True], answers
    asked = [begin_passkey_sign_in() for _ask in range(6)]
    acts = [
        lambda c=challenge, o=options: prove_by_passkey(c.pk, authenticator.get(o, count=9), ip=IP)
        for challenge, options in asked
    ]
    assert sum(found == someone for found in at_once(acts)) == 1, "of two with the same count one is a copy's"
