"""What becomes of consents when a new version is published: one answer, however it is asked."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from consents.domain.check import check_consents, judge_units, who_permits
from consents.domain.point_in_time import check_consents_at
from consents.domain.purposes import keep_purpose, retire_purpose
from consents.domain.queries.history import standing_consents
from consents.domain.units import UNIT_COLUMNS, Unit, join_units
from consents.errors import ConsentsError, PurposeConflict
from consents.models import PurposeVersion, Subject
from tests.consents.acts import CLIENT, allow, publish, refuse, withdraw

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)

NONE: dict[str, Any] = {}
FULL = {"carry_over": "full"}
EDITORIAL = {"change_kind": "editorial"}
TRANSLATION = {"change_kind": "translation"}
UNTIL_EXPIRY = {"carry_over": "until_expiry"}
GRACE = {"carry_over": "grace", "grace": 10 * DAY}
SHORT_GRACE = {"carry_over": "grace", "grace": 2 * DAY}


def by_sql(subject: Subject, name: str) -> list[Unit]:
    """The rows as a statement of somebody else reads them."""
    joins = join_units(account="u.id", scope_key=f"'{CLIENT}'")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {UNIT_COLUMNS} FROM (SELECT %(account)s::bigint AS id) u {joins}",
            {"account": subject.account_id, "names": [name]},
        )
        return [Unit(*row) for row in cursor.fetchall()]


def stands(subject: Subject, name: str = "p") -> bool:
    """Whether the consent counts now; every way of asking must say the same."""
    live = check_consents(subject, names=[name], scope_key=CLIENT)
    assert check_consents_at(subject, names=[name], scope_key=CLIENT) == live
    if connection.vendor == "postgresql":
        assert judge_units(by_sql(subject, name), names=[name], scope_key=CLIENT) == live
    holder = (subject.account_id, CLIENT)
    assert who_permits(name, [holder]) == ({holder: live[name]} if live[name].allowed else {})
    assert standing_consents(subject, scope_key=CLIENT).exists() == live[name].allowed
    return live[name].allowed


def life(subject: Subject, chain: Sequence[dict[str, Any]], **facts: Any) -> None:
    """A consent to version 1 at START, and one more version per day after it."""
    with time_machine.travel(START, tick=False):
        publish("p", words="version 1", **facts)
        allow(subject, "p")
    for number, how in enumerate(chain, start=2):
        with time_machine.travel(START + (number - 1) * DAY, tick=False):
            publish("p", words=f"version {number}", **facts, **how)


AT_1, AT_2 = START + DAY, START + 2 * DAY
EXPIRES = START + 30 * DAY
MONTH = {"lifespan": 30 * DAY}


@pytest.mark.parametrize(
    ("chain", "facts", "ends"),
    [
        pytest.param([NONE], {}, AT_1, id="none"),
        pytest.param([NONE], MONTH, AT_1, id="none, with an end"),
        pytest.param([FULL], {}, None, id="full"),
        pytest.param([FULL], MONTH, EXPIRES, id="full, with an end"),
        pytest.param([EDITORIAL], {}, None, id="editorial"),
        pytest.param([TRANSLATION], {}, None, id="translation"),
        pytest.param([UNTIL_EXPIRY], {}, AT_1, id="until expiry, without an end"),
        pytest.param([UNTIL_EXPIRY], MONTH, EXPIRES, id="until expiry"),
        pytest.param([GRACE], {}, AT_1 + 10 * DAY, id="grace"),
        pytest.param([GRACE], {"lifespan": 5 * DAY}, START + 5 * DAY, id="grace, an earlier end"),
        pytest.param([GRACE, EDITORIAL], {}, AT_1 + 10 * DAY, id="editorial on top of grace"),
        pytest.param([UNTIL_EXPIRY, EDITORIAL], MONTH, EXPIRES, id="editorial on top of until expiry"),
        pytest.param([EDITORIAL, GRACE], {}, AT_2 + 10 * DAY, id="grace on top of editorial"),
        pytest.param([FULL, UNTIL_EXPIRY], MONTH, EXPIRES, id="until expiry on top of full"),
        pytest.param([NONE, FULL], {}, AT_1, id="full does not bring back what ended"),
        pytest.param([GRACE, GRACE], {}, AT_2, id="grace carries the former version, not the one before"),
        pytest.param([GRACE, SHORT_GRACE], MONTH, AT_2, id="nor does a short grace"),
        pytest.param([UNTIL_EXPIRY, UNTIL_EXPIRY], MONTH, AT_2, id="nor does until expiry"),
        pytest.param([UNTIL_EXPIRY, GRACE], MONTH, AT_2, id="nor a grace after until expiry"),
        pytest.param([GRACE, NONE], {}, AT_2, id="none ends a grace"),
    ],
)
def test_a_consent_to_version_1_ends_exactly_then(
    chain: list[Any], facts: dict[str, Any], ends: datetime | None, subject: Subject
) -> None:
    life(subject, chain, **facts)
    if ends is None:
        with time_machine.travel(START + 3650 * DAY, tick=False):
            assert stands(subject)
        return
    published = START + len(chain) * DAY
    for moment in (ends - TICK, ends, ends + TICK):
        with time_machine.travel(max(moment, published), tick=False):
            assert stands(subject) == (max(moment, published) < ends)
            past = check_consents_at(subject, names=["p"], scope_key=CLIENT, at=moment)
            assert past["p"].allowed == (moment < ends), f"as of {moment - ends} from the end"


def test_a_yes_during_the_grace_is_to_the_new_version_and_stays(subject: Subject) -> None:
    life(subject, [GRACE])
    with time_machine.travel(AT_1 + DAY, tick=False):
        [row] = allow(subject, "p")
    assert (row.action, row.purpose_version.number) == ("renew", 2)
    with time_machine.travel(AT_1 + 100 * DAY, tick=False):
        assert stands(subject)


def test_an_editorial_change_may_not_change_more_than_words(subject: Subject) -> None:
    publish("p", data_items=["phone"])
    with pytest.raises(ConsentsError) as caught:
        publish("p", data_items=["phone", "e-mail"], change_kind="editorial")
    assert caught.value.code == "purpose_conflict"
    assert PurposeVersion.objects.count() == 1


terms = st.sampled_from([NONE, FULL, EDITORIAL, UNTIL_EXPIRY, GRACE, SHORT_GRACE])
acts = st.one_of(
    st.tuples(st.just("publish"), terms),
    st.tuples(st.sampled_from(["allow", "refuse", "withdraw", "keep"]), st.none()),
    st.tuples(st.just("retire"), st.integers(0, 6)),
)


@given(history=st.lists(st.tuples(acts, st.integers(0, 4)), max_size=8), facts=st.sampled_from([{}, MONTH]))
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_in_any_history_all_ways_of_asking_agree(subject: Subject, history: list[Any], facts: dict[str, Any]) -> None:
    name = f"p{PurposeVersion.objects.count()}"  # the examples share a database
    now, said = START, []
    with time_machine.travel(now, tick=False):
        publish(name, words="0", **facts)
    for number, ((act, detail), days) in enumerate(history, start=1):
        now += days * DAY
        with time_machine.travel(now, tick=False):
            with suppress(PurposeConflict, KeyError):  # a retired purpose has no new version and no notice
                perform(subject, name, act, detail, number, facts)
            live = check_consents(subject, names=[name], scope_key=CLIENT)[name]
            assert check_consents_at(subject, names=[name], scope_key=CLIENT)[name] == live
            if connection.vendor == "postgresql":
                assert judge_units(by_sql(subject, name), names=[name], scope_key=CLIENT)[name] == live
            standing = standing_consents(subject, scope_key=CLIENT).filter(purpose__name=name)
            assert standing.exists() == live.allowed
            assert bool(who_permits(name, [(subject.account_id, CLIENT)])) == live.allowed
            said.append((now, live))
    if live_until := [live.until for moment, live in said[-1:] if live.until]:
        for moment, allowed in ((live_until[0] - TICK, True), (live_until[0], False)):
            assert check_consents(subject, names=[name], scope_key=CLIENT, at=moment)[name].allowed == allowed


def perform(subject: Subject, name: str, act: str, detail: Any, number: int, facts: dict[str, Any]) -> None:
    match act:
        case "publish":
            publish(name, words=str(number), **facts, **detail)
        case "retire":
            retire_purpose(name, at=datetime.now(UTC) + detail * DAY)
        case "keep":
            keep_purpose(name)
        case "withdraw":
            withdraw(subject, name)
        case _:
            {"allow": allow, "refuse": refuse}[act](subject, name)
