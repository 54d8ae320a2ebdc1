"""Decisions and withdrawals at once: one total order, and an authorization that says what the ledger says."""

import pytest
from django.db import transaction

from consents.domain.check import check_consents
from consents.domain.subjects import subject_for_account
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.consent_requests import allow, refuse
from freedom_id.errors import InvalidLink
from freedom_id.models import Authorization, Grant
from tests.freedom_id.domain.acts import IP, Pair, new_person, pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_one_track_is_decided_once() -> None:
    a = pair()
    track = a.ask()
    shown = a.shown(track)
    yes = [lambda: allow(track, a.sign_in, ticked=[], shown=shown)] * 5
    no = [lambda: refuse(track, a.sign_in, shown=shown)] * 5
    answers = at_once([*yes, *no])
    assert sum(isinstance(answer, InvalidLink) for answer in answers) == 9
    assert Grant.objects.count() == sum(isinstance(answer, str) for answer in answers)


def test_two_first_consents_make_one_authorization() -> None:
    a = pair()
    for _round in range(5):
        a = new_person(a)
        tracks = [a.ask("read.firstname", "read.phone"), a.ask("read.firstname", "read.email")]
        codes = at_once([lambda a=a, track=track: a.allow(track) for track in tracks])
        assert all(isinstance(code, str) for code in codes)
        assert set(a.live.grants) == {"read.firstname", "read.phone", "read.email"}


def ledger(a: Pair) -> set[str]:
    names = ["read.firstname", "read.phone", "read.email"]
    found = check_consents(subject_for_account(a.account), names=names, scope_key=a.client.client_id)
    return {name for name, decision in found.items() if decision.allowed}


def test_what_is_withdrawn_while_more_is_allowed_stays_withdrawn() -> None:
    a = pair()
    a.code("read.firstname", "read.phone")
    track = a.ask("read.firstname", "read.phone", "read.email")
    with transaction.atomic():
        stop_sharing(a.account, a.live, grants=["read.phone"], ip=IP)
        allowed = until_it_waits(lambda: a.allow(track))
    assert isinstance(allowed.result(timeout=30), str)
    assert set(a.live.grants) == ledger(a) == {"read.firstname", "read.email"}


def test_ten_rounds_of_allow_against_withdraw_agree_with_the_ledger() -> None:
    a = pair()
    for _round in range(10):
        a = new_person(a)
        a.code("read.firstname", "read.phone")
        track, live = a.ask("read.firstname", "read.phone", "read.email"), a.live
        stop = [lambda a=a, live=live: stop_sharing(a.account, live, grants=["read.phone"], ip=IP)]
        answers = at_once([lambda a=a, track=track: a.allow(track), *stop])
        assert [isinstance(answer, str) for answer in answers] == [True, False]
        assert answers[1] is None
        assert set(Authorization.objects.get(account=a.account, ended_at=None).grants) == ledger(a)
