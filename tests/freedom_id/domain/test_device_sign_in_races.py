"""Two answers at once to a browser that waits for a phone, two that spend one approval: one order, one outcome."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from freedom_id.domain.accounts import sign_out_everywhere
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.device_sign_in import (
    DeviceSignInOver,
    ProvenElsewhere,
    approve_device_sign_in,
    begin_device_sign_in,
    picture_token,
    refuse_device_sign_in,
    scan,
    spend_approval,
)
from freedom_id.domain.devices import DeviceFacts, draw_device_key, record_sign_in
from freedom_id.enums import EndReason
from freedom_id.models import Account, AccountEvent, BrowserSignIn, DeviceSignIn, Notice
from tests.factories.people import person
from tests.freedom_id.domain.acts import IP
from tests.freedom_id.domain.at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 4
FACTS = DeviceFacts("Firefox", "Firefox, Linux", IP, "en")


def phone(account: Account) -> PersonsAct:
    sign_in_id = uuid4()
    record_sign_in(account, sign_in_id, key=draw_device_key(), facts=FACTS, amr=["pwd"])
    return PersonsAct(account, None, None, IP, BrowserSignIn.objects.get(pk=sign_in_id))


def scanned(account: Account) -> DeviceSignIn:
    return scan(account, picture_token(begin_device_sign_in(FACTS, client=None)))


def yes(act: PersonsAct, row: DeviceSignIn) -> Callable[[], Any]:
    return lambda: approve_device_sign_in(act, row.pk, number=row.number)


def no(act: PersonsAct, row: DeviceSignIn) -> Callable[[], Any]:
    return lambda: refuse_device_sign_in(act, row.pk)


def over(answers: list[Any]) -> int:
    """How many came too late; none was anything else but right."""
    late = [answer for answer in answers if isinstance(answer, DeviceSignInOver)]
    assert [answer for answer in answers if answer not in late] == [None] * (len(answers) - len(late)), answers
    return len(late)


def test_of_many_yeses_at_once_one_counts() -> None:
    account = person()
    acts = [phone(account) for _number in range(4)]
    for _round in range(ROUNDS):
        row = scanned(account)
        assert over(at_once([yes(act, row) for act in acts])) == 3
    assert AccountEvent.objects.filter(action="account:device:approved").count() == ROUNDS


def test_a_yes_and_a_no_at_once_have_one_outcome() -> None:
    account = person()
    one, other = phone(account), phone(account)
    for _round in range(ROUNDS):
        row = scanned(account)
        assert over(at_once([yes(one, row), no(other, row)])) == 1
        state = DeviceSignIn.objects.get(pk=row.pk).state
        assert (spend_approval(row.pk) is not None) == (state == "approved")
    decided = AccountEvent.objects.filter(action__in=["account:device:approved", "account:device:refused"])
    assert decided.count() == ROUNDS
    assert Notice.objects.filter(kind="refused").count() == decided.filter(action="account:device:refused").count()


def test_an_approval_is_spent_once() -> None:
    account = person()
    act = phone(account)
    for _round in range(ROUNDS):
        row = scanned(account)
        approve_device_sign_in(act, row.pk, number=row.number)
        spent = at_once([partial(spend_approval, row.pk)] * 8)
        assert [type(answer) for answer in spent if answer is not None] == [ProvenElsewhere]


def test_a_picture_is_scanned_by_one() -> None:
    people = [person() for _number in range(4)]
    for _round in range(ROUNDS):
        token = picture_token(begin_device_sign_in(FACTS, client=None))
        answers = at_once([partial(scan, account, token) for account in people])
        assert sorted(type(answer).__name__ for answer in answers) == ["DeviceSignIn"] + ["DeviceSignInOver"] * 3


def test_a_yes_and_a_sign_out_everywhere_leave_nothing_to_spend() -> None:
    """What was spent first is of the time before: its session knows when she proved herself, and ends with the rest."""
    account = person()
    for _round in range(ROUNDS):
        act, row = phone(account), scanned(account)

        def approved_and_spent(act: PersonsAct = act, row: DeviceSignIn = row) -> ProvenElsewhere | None:
            approve_device_sign_in(act, row.pk, number=row.number)
            return spend_approval(row.pk)

        answer, ended = at_once([approved_and_spent, lambda: sign_out_everywhere(account, reason=EndReason.SIGNED_OUT)])
        assert ended is None
        account.refresh_from_db()
        if isinstance(answer, ProvenElsewhere):
            assert account.signed_out_at is not None
            assert answer.proven_at <= account.signed_out_at <= timezone.now()
        else:
            assert answer is None or isinstance(answer, DeviceSignInOver)
        assert spend_approval(row.pk) is None
