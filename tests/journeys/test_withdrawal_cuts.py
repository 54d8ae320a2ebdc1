"""After the answer to a withdrawal nothing of that partner works: a test for each of the eight ways in which it could.

Each asks at the doors, and then looks whether what it asked about is ended in the rows too: every read checks the
authorization once more, so a row that was forgotten would not show at a door.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.profile_requests import due_profile_requests, fulfil_profile_request
from freedom_id.domain.signing_keys import public_keys
from freedom_id.enums import Door, ProfileState
from freedom_id.grants import PROFILE
from freedom_id.models import AccessToken, Authorization, Grant, ProfileRequest, RefreshToken, TokenFamily
from tests.compliance.conftest import fresh_keys
from tests.compliance.standard_door import claims_of
from tests.factories.people import partner
from tests.freedom_id.domain.at_once import until_it_waits
from tests.journeys.both_doors import DOORS, GRANTS, Sharing, is_invalid_token, is_refused, sharing
from tests.servers.portal import Portal

__all__ = ["fresh_keys"]
TEN_MINUTES = 600


@pytest.fixture
def a(db: None) -> Sharing:
    return sharing()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_1_every_access_token_of_every_sign_in_at_both_doors(portal: Portal) -> None:
    a = sharing(portal.url)
    tokens = [a.tokens(door)["access_token"] for door in DOORS]
    a.walk = a.new_browser()
    tokens += [a.tokens(door)["access_token"] for door in DOORS]
    elsewhere = Sharing(a.account, *partner(name="Silk Road Air"), portal.url)
    kept = elsewhere.tokens(Door.FREEDOM_ID)["access_token"]
    assert [a.info(token).status for token in tokens] == [200] * 4

    a.stop()

    for token in tokens:
        answers = a.questions(token)
        assert {name for name, answer in answers.items() if not is_invalid_token(answer)} == set()
        assert {answer.headers["cache-control"] for answer in answers.values()} == {"no-store"}
    assert elsewhere.info(kept).status == 200, "another partner keeps what it was given"
    assert AccessToken.objects.get().family.authorization == elsewhere.live


def test_2_every_refresh_token_and_its_family(a: Sharing) -> None:
    held = []
    for door in (*DOORS, *DOORS):
        first = a.tokens(door)
        held += [(door, first), (door, a.refresh(door, first["refresh_token"]).json())]

    a.stop()

    for door, tokens in held:
        assert is_refused(a.refresh(door, tokens["refresh_token"]))
        assert is_invalid_token(a.info(tokens["access_token"]))
    assert TokenFamily.objects.filter(end_reason="withdrawn").count() == TokenFamily.objects.count() == 4
    assert not RefreshToken.objects.filter(revoked__isnull=True).exists()


@pytest.mark.parametrize("door", DOORS)
def test_3_the_grace_of_a_refresh_does_not_revive(a: Sharing, door: Door) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = a.tokens(door)
        second = a.refresh(door, first["refresh_token"]).json()
        clock.shift(1)
        assert a.refresh(door, first["refresh_token"]).json()["refresh_token"] == second["refresh_token"]

        a.stop()

        for _before_and_after_a_new_consent in range(2):
            for tokens in (first, second):
                assert is_refused(a.refresh(door, tokens["refresh_token"]))
                assert is_invalid_token(a.info(tokens["access_token"]))
            assert a.info(a.tokens(door)["access_token"]).status == 200


@pytest.mark.parametrize("door", DOORS)
def test_4_a_code_that_was_not_redeemed_buys_nothing(a: Sharing, door: Door) -> None:
    code = a.code(door)

    a.stop()

    assert is_refused(a.exchange(door, code))
    assert not Grant.objects.filter(spent_at__isnull=True).exists()
    anew = a.tokens(door)
    assert is_refused(a.exchange(door, code)), "nor after the person agreed anew"
    assert TokenFamily.objects.count() == 1
    assert a.info(anew["access_token"]).status == 200, "and it ends nothing that was agreed to since"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", DOORS)
def test_5_an_exchange_and_a_refresh_wait_for_the_withdrawal_under_way(portal: Portal, door: Door) -> None:
    a = sharing(portal.url)
    for act in ("exchange", "refresh"):
        spent = a.code(door) if act == "exchange" else a.tokens(door)["refresh_token"]
        with transaction.atomic():
            stop_sharing(a.account, a.live, grants=None, ip=None)
            begun = until_it_waits(lambda act=act, spent=spent: getattr(a, act)(door, spent))
            assert not begun.done(), "it read its row before the withdrawal, and must not write after it"
        assert is_refused(begun.result(timeout=30)), act
    assert not TokenFamily.objects.filter(ended_at__isnull=True).exists()


def test_6_the_next_request_asks_again(a: Sharing) -> None:
    a.tokens(Door.OAUTH)
    assert "code" in a.ask(Door.OAUTH, prompt="none").returned

    a.stop()

    assert a.ask(Door.OAUTH, prompt="none").returned["error"] == "consent_required"
    assert a.ask(Door.OAUTH, prompt="none", scope="openid").returned["error"] == "consent_required"
    for door in DOORS:
        page = a.ask(door)
        assert (page.location, page.text.count('type="checkbox"')) == ("", len(GRANTS) - 1)
    assert not Authorization.objects.filter(ended_at__isnull=True).exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("required", [[], ["read.firstname"]], ids=["nothing is needed", "the first name is"])
def test_6_a_request_during_the_withdrawal_is_not_answered_from_what_stood_before(
    portal: Portal, required: list[str]
) -> None:
    a = sharing(portal.url, required_grants=required)
    for prompt in ("none", None):
        a.code(Door.OAUTH)
        with transaction.atomic():
            stop_sharing(a.account, a.live, grants=None, ip=None)
            begun = until_it_waits(lambda prompt=prompt: a.ask(Door.OAUTH, prompt=prompt))
        page = begun.result(timeout=30)
        assert page.returned.get("error") == ("consent_required" if prompt else None)
        assert (page.status, "code" in page.returned) == (302 if prompt else 200, False)
        assert prompt or 'name="decision"' in page.text
    assert not Authorization.objects.filter(ended_at__isnull=True).exists()


def test_7_a_jwt_says_yes_to_nobody_who_asks_and_to_others_for_ten_minutes_at_most(a: Sharing) -> None:
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as clock:
        first = a.tokens(Door.OAUTH)
        clock.shift(timedelta(minutes=5))
        second = a.refresh(Door.OAUTH, first["refresh_token"]).json()
        clock.shift(1)
        again = a.refresh(Door.OAUTH, first["refresh_token"]).json()

        a.stop()

        keys = KeySet.import_key_set({"keys": public_keys()})
        for tokens, left in ((first, 299), (second, TEN_MINUTES - 1), (again, TEN_MINUTES - 1)):
            jwt.decode(tokens["access_token"], keys, algorithms=["ES256"])  # all that another resource server can do
            assert claims_of(tokens["access_token"])["exp"] - int(timezone.now().timestamp()) == left <= TEN_MINUTES
            assert all(is_invalid_token(answer) for answer in a.questions(tokens["access_token"]).values())
            assert is_refused(a.refresh(Door.OAUTH, tokens["refresh_token"])), "none follows it"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_8_no_cache_and_no_queue_remembers(portal: Portal) -> None:
    a = sharing(portal.url)
    for grant in (PROFILE, ""):
        tokens = [a.tokens(door)["access_token"] for door in DOORS]
        requests = [str(uuid4()), str(uuid4())]
        for number, request_id in enumerate(requests):
            assert a.backend.get_profile(tokens[number], request_id).json()["status"] == "accepted"
            if number == 0:
                work_off()
        ready, queued = (a.backend.profile_status(tokens[0], request_id).json() for request_id in requests)
        assert (ready["status"], queued["status"]) == ("completed", "pending")
        require_nothing_stored(a, tokens)

        a.stop(grant)

        for token in tokens:
            if grant:
                require_no_profile(a, token, requests)
            else:
                assert all(is_invalid_token(answer) for answer in a.questions(token).values())
        assert a.check_by_credentials().status == (200 if grant else 404)
        work_off()
        assert {(row.state, row.parcel) for row in ProfileRequest.objects.all()} == {(ProfileState.FAILED, None)}


def work_off() -> None:
    """What the worker does with every request that is due."""
    for request_id in due_profile_requests():
        fulfil_profile_request(request_id)


def require_nothing_stored(a: Sharing, tokens: list[str]) -> None:
    """Every answer forbids to be stored; each is asked for twice, so that whoever would remember it does."""
    for _time in range(2):
        warm = [*(answer for token in tokens for answer in a.questions(token).values()), a.check_by_credentials()]
        assert {answer.headers.get("cache-control") for answer in warm} == {"no-store"}


def require_no_profile(a: Sharing, token: str, requests: list[str]) -> None:
    """The token lives, and opens neither what was ready nor what was queued, nor anything new."""
    for request_id in requests:
        answer = a.backend.profile_status(token, request_id).json()
        assert (answer["status"], "profile" in answer) == ("failed", False)
    assert a.backend.get_profile(token, str(uuid4())).json()["status"] == "rejected"
    reasons = {item["name"]: item["reason"] for item in a.check(token).json()["decisions"]}
    assert reasons == dict.fromkeys(GRANTS, "active") | {PROFILE: "withdrawn"}
