"""The removal of a lost app, when it is stopped in the moment it takes effect: one order, one outcome."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from freedom_id.domain.accounts import block_account
from freedom_id.domain.factor_recovery import open_recovery, stop_recovery, waiting_recovery
from freedom_id.domain.lost_factor import carry_out_recovery, open_by_code, send_recovery_code
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.domain.sign_in import prove_second_factor
from freedom_id.models import Account, AccountEvent, Allowance, Authenticator, FactorRecovery
from identity_portal.demo.models import InboxMessage
from tests.factories.people import person
from tests.factories.proofs import shown_by, with_app
from tests.freedom_id.domain.acts import IP
from tests.freedom_id.domain.at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 3


def due(account: Account) -> FactorRecovery:
    recovery = open_recovery(account, ip=IP)
    ago = timezone.now() - timedelta(hours=73)
    FactorRecovery.objects.filter(pk=recovery.pk).update(opened_at=ago, due_at=ago + timedelta(hours=72))
    return recovery


def events(account: Account, action: str) -> int:
    return AccountEvent.objects.filter(account=account, action=f"account:recovery:{action}").count()


def by_app(account: Account, secret: str) -> bool:
    return prove_second_factor(account, shown_by(secret), ip=IP)


@pytest.mark.parametrize("end", ["stopped", "signed in by the app", "blocked"])
def test_it_is_stopped_or_done_and_never_both(end: str) -> None:
    for _round in range(ROUNDS):
        account = person()
        secret, recovery = with_app(account), due(account)
        ends: dict[str, Callable[[], Any]] = {
            "stopped": partial(stop_recovery, account, ip=IP),
            "signed in by the app": partial(by_app, account, secret),
            "blocked": partial(block_account, account),
        }
        answers = at_once([partial(carry_out_recovery, str(recovery.pk)), ends[end]])
        assert not any(isinstance(answer, Exception) for answer in answers), answers
        state = FactorRecovery.objects.get(pk=recovery.pk).state
        assert state in ("stopped", "done")
        assert Authenticator.objects.filter(account=account).exists() == (state == "stopped")
        assert (events(account, "stopped"), events(account, "done")) == ((1, 0) if state == "stopped" else (0, 1))


def test_many_workers_carry_it_out_once() -> None:
    account = person()
    with_app(account)
    recovery = due(account)
    assert at_once([partial(carry_out_recovery, str(recovery.pk))] * 6) == [None] * 6
    assert events(account, "done") == 1


def test_one_code_opens_one_recovery() -> None:
    account = person()
    with_app(account)
    challenge = send_recovery_code(account, ["pwd"], ip=IP, locale="en")
    deliver_code(str(challenge))
    code = InboxMessage.objects.latest("pk").text.rpartition("#")[2]
    answers = at_once([partial(open_by_code, account, code, challenge=challenge, ip=IP)] * 4)
    assert sorted(answer[0].value for answer in answers) == ["right", "spent", "spent", "spent"]
    assert waiting_recovery(account) is not None
    assert (FactorRecovery.objects.count(), events(account, "opened")) == (1, 1)
    assert Allowance.objects.get(key=f"recovery:{account.pk}").spent == 1
