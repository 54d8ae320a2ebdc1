"""One refresh token, many racers, and whatever ends its family meanwhile."""

from collections.abc import Callable

import pytest

from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.client_status import resume_client, suspend_client
from freedom_id.domain.tokens import TokenSet, rotate_refresh_token
from freedom_id.enums import AccountStatus
from freedom_id.errors import AccountUnavailable, FreedomIdError, InvalidRefreshToken, UnauthorizedClient
from freedom_id.models import AccessToken, Account, RefreshToken
from tests.freedom_id.domain.acts import IP, Pair, is_alive, new_person, pair
from tests.freedom_id.domain.at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_fifty_refreshes_of_one_token_get_one_successor() -> None:
    first = pair().tokens()
    answers = at_once([lambda: rotate_refresh_token(first.refresh_token)] * 50)
    assert {type(answer) for answer in answers} == {TokenSet}
    assert len({(answer.access_token, answer.refresh_token) for answer in answers}) == 1
    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (2, 2)
    assert is_alive(answers[0].access_token)


def withdraw(a: Pair) -> None:
    stop_sharing(a.account, a.live, grants=None, ip=IP)


def sign_out(a: Pair) -> None:
    end_sign_in(str(a.sign_in.sign_in_id))


def suspend(a: Pair) -> None:
    suspend_client(a.client)


def block(a: Pair) -> None:
    Account.objects.filter(pk=a.account.pk).update(status=AccountStatus.BLOCKED)


@pytest.mark.parametrize("end", [withdraw, sign_out, suspend, block])
def test_refreshes_against_an_end_leave_no_survivor(end: Callable[[Pair], None]) -> None:
    a = pair()
    for _round in range(20):
        resume_client(a.client)
        a = new_person(a)
        first = a.tokens()
        refresh = [lambda first=first: rotate_refresh_token(first.refresh_token)] * 4
        *answers, ended = at_once([*refresh, lambda a=a: end(a)])
        assert ended is None
        assert {type(x) for x in answers} <= {TokenSet, InvalidRefreshToken, UnauthorizedClient, AccountUnavailable}
        require_dead([first, *(answer for answer in answers if isinstance(answer, TokenSet))])


def require_dead(sets: list[TokenSet]) -> None:
    for tokens in sets:
        assert not is_alive(tokens.access_token)
        with pytest.raises(FreedomIdError):
            rotate_refresh_token(tokens.refresh_token)
