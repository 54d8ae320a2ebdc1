"""New terms of a grant reach the authorizations: what may be released is what the ledger permits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from consents.domain.check import check_consents
from consents.domain.purposes import NoticeText, keep_purpose, publish_purpose, retire_purpose
from consents.domain.subjects import subject_for_account
from freedom_id.domain.consent_requests import allow
from freedom_id.domain.rows import live_grants
from tests.freedom_id.domain.acts import Pair, pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits

pytestmark = pytest.mark.django_db
START = datetime(2026, 6, 1, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
GRACE = {"carry_over": "grace", "grace": 10 * DAY}
EDITORIAL, FULL, UNTIL_EXPIRY = {"change_kind": "editorial"}, {"carry_over": "full"}, {"carry_over": "until_expiry"}
PHONE = "read.phone"


def publish(words: str, **terms: Any) -> None:
    texts = {"en": NoticeText(title="Phone", text=words)}
    publish_purpose(PHONE, scope="per_client", texts=texts, data_items=["phone"], **terms)


def permitted(a: Pair) -> bool:
    """Whether the ledger permits; the authorization must say the same."""
    found = check_consents(subject_for_account(a.account), names=[PHONE], scope_key=a.client.client_id)
    released = PHONE in live_grants([PHONE], a.live.grants, datetime.now(UTC))
    assert released == found[PHONE].allowed
    return released


@pytest.mark.parametrize(
    ("chain", "ends"),
    [
        pytest.param([{}], 1, id="none"),
        pytest.param([FULL], 30, id="full"),
        pytest.param([EDITORIAL], 30, id="editorial"),
        pytest.param([UNTIL_EXPIRY], 30, id="until expiry"),
        pytest.param([GRACE], 11, id="grace"),
        pytest.param([GRACE, EDITORIAL], 11, id="editorial on top of grace"),
        pytest.param([GRACE, GRACE], 2, id="a second grace ends the first"),
        pytest.param([UNTIL_EXPIRY, UNTIL_EXPIRY], 2, id="until expiry, twice"),
        pytest.param([UNTIL_EXPIRY, GRACE], 2, id="grace after until expiry"),
    ],
)
def test_an_authorization_ends_with_the_consent(chain: list[Any], ends: int) -> None:
    a = pair()
    with time_machine.travel(START, tick=False):
        publish("words 1", lifespan=30 * DAY)
        a.tokens(PHONE, "read.firstname")
    for number, terms in enumerate(chain, start=2):
        with time_machine.travel(START + (number - 1) * DAY, tick=False):
            publish(f"words {number}", lifespan=30 * DAY, **terms)
    for moment in (START + ends * DAY - TICK, START + ends * DAY):
        if moment >= START + len(chain) * DAY:
            with time_machine.travel(moment, tick=False):
                assert permitted(a) == (moment < START + ends * DAY)


def test_a_sign_in_during_the_grace_does_not_outlast_it() -> None:
    a = pair()
    with time_machine.travel(START, tick=False):
        publish("words 1")
        a.tokens(PHONE, "read.firstname")
    with time_machine.travel(START + DAY, tick=False):
        publish("words 2", **GRACE)
        a.tokens(PHONE, "read.firstname")
        assert permitted(a)
    with time_machine.travel(START + 11 * DAY, tick=False):
        assert not permitted(a)


@pytest.mark.parametrize("before", [True, False], ids=["given before", "given after"])
def test_a_retirement_to_come_ends_what_it_meets_and_may_be_moved(before: bool) -> None:
    a = pair()
    with time_machine.travel(START, tick=False):
        publish("words 1")
        if before:
            a.tokens(PHONE, "read.firstname")
        retire_purpose(PHONE, at=START + DAY)
        if not before:
            a.tokens(PHONE, "read.firstname")
        assert permitted(a)
        assert a.live.grants[PHONE]["until"] == (START + DAY).timestamp()
        retire_purpose(PHONE, at=START + 2 * DAY)
        assert a.live.grants[PHONE]["until"] == (START + 2 * DAY).timestamp()
        keep_purpose(PHONE)
        assert a.live.grants[PHONE]["until"] is None
        retire_purpose(PHONE, at=START + 2 * DAY)
    with time_machine.travel(START + 2 * DAY, tick=False):
        assert not permitted(a)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("standing", [False, True], ids=["a new consent", "one that stood"])
@pytest.mark.parametrize(
    "change", [lambda: publish("new words"), lambda: retire_purpose(PHONE)], ids=["new", "retired"]
)
def test_a_change_waits_for_the_consent_in_flight(standing: bool, change: Any) -> None:
    a = pair()
    if standing:
        a.code(PHONE, "read.firstname")
    track = a.ask(PHONE, "read.firstname", "read.country")
    shown = a.shown(track)
    with transaction.atomic():
        allow(track, a.sign_in, ticked=[notice.name for notice in shown], shown=shown)
        changed = until_it_waits(change)
    changed.result(timeout=30)
    assert not permitted(a)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_consent_waits_for_the_change_in_flight() -> None:
    a = pair()
    a.code(PHONE, "read.firstname")
    track = a.ask(PHONE, "read.firstname", "read.country")
    shown = a.shown(track)
    with transaction.atomic():
        publish("new")
        allowed = until_it_waits(lambda: allow(track, a.sign_in, ticked=["read.country"], shown=shown))
    allowed.result(timeout=30)
    assert "read.country" in a.live.grants
    assert not permitted(a)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_ten_rounds_of_consent_against_new_words_agree_with_the_ledger() -> None:
    a = pair()
    for number in range(10):
        track = a.ask(PHONE, "read.firstname")
        shown = a.shown(track)
        ticked = [notice.name for notice in shown]
        at_once(
            [
                lambda track=track, shown=shown, ticked=ticked: allow(track, a.sign_in, ticked=ticked, shown=shown),
                lambda number=number: publish(f"words {number}"),
            ]
        )
        if a.account.authorizations.filter(ended_at=None).exists():
            permitted(a)
