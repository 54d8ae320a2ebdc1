"""Codes and refresh tokens one after the other, on a frozen clock."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.tokens import live_access, revoke_token, rotate_refresh_token
from freedom_id.enums import EventAction
from freedom_id.errors import InvalidCode, InvalidRefreshToken, RefreshTokenReused
from freedom_id.models import AccountEvent, RefreshToken, TokenFamily
from tests.freedom_id.domain.acts import IP, Pair, is_alive, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def events(a: Pair, action: EventAction) -> int:
    return AccountEvent.objects.filter(account=a.account, client=a.client, action=action).count()


def test_a_code_used_twice_ends_what_it_bought(clock: Any) -> None:
    a = pair()
    code = a.code()
    tokens = rotate_refresh_token(a.exchange(code).refresh_token)
    clock.shift(3600)  # long after the code's end it is still known as one that was used
    with pytest.raises(InvalidCode):
        a.exchange(code)
    assert TokenFamily.objects.get().end_reason == "code_replayed"
    assert events(a, EventAction.CODE_REPLAYED) == 1
    with pytest.raises(InvalidRefreshToken):
        rotate_refresh_token(tokens.refresh_token)


@pytest.mark.parametrize(("seconds", "good"), [(59, True), (60, False)])
def test_a_code_lives_for_sixty_seconds(clock: Any, seconds: int, good: bool) -> None:
    a = pair()
    code = a.code()
    clock.shift(seconds)
    if good:
        assert a.exchange(code)
        return
    with pytest.raises(InvalidCode):
        a.exchange(code)


def test_another_client_cannot_use_the_code(clock: Any) -> None:
    a, b = pair(), pair()
    code = a.code()
    with pytest.raises(InvalidCode):
        b.exchange(code)
    assert a.exchange(code), "and it is not spent by the attempt"


def test_a_retry_within_ten_seconds_gets_the_same_successor(clock: Any) -> None:
    first = pair().tokens()
    second = rotate_refresh_token(first.refresh_token)
    clock.shift(10)
    assert rotate_refresh_token(first.refresh_token) == second
    assert is_alive(second.access_token)


def test_reuse_after_the_grace_ends_the_family(clock: Any) -> None:
    a = pair()
    first = a.tokens()
    second = rotate_refresh_token(first.refresh_token)
    clock.shift(10.001)
    with pytest.raises(RefreshTokenReused):
        rotate_refresh_token(first.refresh_token)
    assert not is_alive(first.access_token)
    assert not is_alive(second.access_token)
    assert events(a, EventAction.TOKEN_REUSED) == 1
    with pytest.raises(InvalidRefreshToken):
        rotate_refresh_token(second.refresh_token)


def test_the_grandparent_inside_the_grace_ends_the_family(clock: Any) -> None:
    first = pair().tokens()
    third = rotate_refresh_token(rotate_refresh_token(first.refresh_token).refresh_token)
    with pytest.raises(RefreshTokenReused):
        rotate_refresh_token(first.refresh_token)
    assert not is_alive(third.access_token)


def test_the_grace_never_revives_what_was_revoked(clock: Any) -> None:
    a = pair()
    first = a.tokens()
    second = rotate_refresh_token(first.refresh_token)
    revoke_token(second.refresh_token, client_id=a.client.client_id)
    for tokens in (first, second):
        with pytest.raises(InvalidRefreshToken):
            rotate_refresh_token(tokens.refresh_token)


def test_two_rotations_in_one_moment_leave_only_the_last_usable(clock: Any) -> None:
    first = pair().tokens()
    second = rotate_refresh_token(first.refresh_token)
    third = rotate_refresh_token(second.refresh_token)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert RefreshToken.objects.filter(rotated_at=None).count() == 1


def test_a_family_ends_after_ninety_days_however_often_it_is_rotated(clock: Any) -> None:
    tokens = pair().tokens()
    for _month in range(3):
        clock.shift(timedelta(days=29))
        tokens = rotate_refresh_token(tokens.refresh_token)
    clock.shift(timedelta(days=3))
    with pytest.raises(InvalidRefreshToken):
        rotate_refresh_token(tokens.refresh_token)


def test_stopping_one_grant_shows_at_the_next_call(clock: Any) -> None:
    a = pair()
    tokens = a.tokens("read.firstname", "read.phone")
    stop_sharing(a.account, a.live, grants=["read.phone"], ip=IP)
    assert live_access(tokens.access_token).live_grants(timezone.now()) == ["read.firstname"]
    assert rotate_refresh_token(tokens.refresh_token).grants == ["read.firstname"]


def test_stopping_a_grant_that_the_partner_needs_ends_everything(clock: Any) -> None:
    a = pair()
    tokens = a.tokens("read.firstname", "read.phone")
    stop_sharing(a.account, a.live, grants=["read.firstname"], ip=IP)
    assert not is_alive(tokens.access_token)


def test_a_foreign_client_revokes_nothing(clock: Any) -> None:
    tokens = pair().tokens()
    revoke_token(tokens.refresh_token, client_id=pair().client.client_id)
    assert is_alive(tokens.access_token)
