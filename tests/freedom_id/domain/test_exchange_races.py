"""One code, many exchanges, and whatever ends it meanwhile."""

from collections.abc import Callable

import pytest
from django.db import transaction

from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.tokens import TokenSet, rotate_refresh_token
from freedom_id.errors import InvalidCode, InvalidRefreshToken
from freedom_id.models import RevokeCallback, TokenFamily
from tests.freedom_id.domain.acts import IP, Pair, is_alive, new_person, pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
HOOK = "https://partner.example/hook"


def test_fifty_exchanges_of_one_code_have_one_winner_and_leave_nothing_alive() -> None:
    a = pair()
    code = a.code()
    answers = at_once([lambda: a.exchange(code)] * 50)
    [tokens] = [answer for answer in answers if isinstance(answer, TokenSet)]
    assert {type(answer) for answer in answers} == {TokenSet, InvalidCode}
    assert not is_alive(tokens.access_token)
    with pytest.raises(InvalidRefreshToken):
        rotate_refresh_token(tokens.refresh_token)
    assert TokenFamily.objects.get().end_reason == "code_replayed"


def withdraw(a: Pair) -> None:
    stop_sharing(a.account, a.live, grants=None, ip=IP)


def sign_out(a: Pair) -> None:
    end_sign_in(str(a.sign_in.sign_in_id))


@pytest.mark.parametrize("end", [withdraw, sign_out])
def test_an_exchange_against_an_end_leaves_no_survivor(end: Callable[[Pair], None]) -> None:
    a = pair(revoke_uris=[HOOK])
    for _round in range(20):
        a = new_person(a)
        code = a.code()
        exchanged, ended = at_once([lambda a=a, code=code: a.exchange(code), lambda a=a: end(a)])
        assert ended is None
        assert isinstance(exchanged, TokenSet | InvalidCode)
        assert not isinstance(exchanged, TokenSet) or not is_alive(exchanged.access_token)
    families = TokenFamily.objects.all()
    assert all(family.ended_at for family in families)
    assert RevokeCallback.objects.count() == len(families)


def test_an_exchange_between_the_steps_of_a_withdrawal_blocks_nobody() -> None:
    a = pair()
    code = a.code()
    with transaction.atomic():
        stop_sharing(a.account, a.live, grants=["read.phone"], ip=IP)
        exchanged = until_it_waits(lambda: a.exchange(code))
        stop_sharing(a.account, a.live, grants=None, ip=IP)
    answer = exchanged.result(timeout=30)
    assert isinstance(answer, TokenSet | InvalidCode)
    assert not isinstance(answer, TokenSet) or not is_alive(answer.access_token)
    assert all(family.ended_at for family in TokenFamily.objects.all())


@pytest.mark.parametrize("end", [withdraw, sign_out])
def test_an_end_waits_for_the_exchange_that_holds_the_code_and_ends_what_it_bought(end: Callable[[Pair], None]) -> None:
    a = pair(revoke_uris=[HOOK])
    code = a.code()
    with transaction.atomic():
        tokens = a.exchange(code)
        ended = until_it_waits(lambda: end(a))
    assert ended.result(timeout=30) is None
    assert not is_alive(tokens.access_token)
    assert TokenFamily.objects.get().ended_at is not None
    assert RevokeCallback.objects.get().family_id == tokens.id


def test_a_code_dies_with_the_sign_in_that_gave_it() -> None:
    a = pair()
    code = a.code()
    sign_out(a)
    with pytest.raises(InvalidCode):
        a.exchange(code)
