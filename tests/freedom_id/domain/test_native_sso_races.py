"""A second app signs in by what the first left, while the first is signed out; and what it costs."""

from collections.abc import Callable

import pytest

from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.devices import Asking, sign_out_device
from freedom_id.domain.native_sso import (
    InteractionRequired,
    SharedSignIn,
    SharedSignInRefused,
    share_sign_in,
)
from freedom_id.domain.tokens import TokenSet, revoke_token, rotate_refresh_token
from freedom_id.errors import FreedomIdError
from freedom_id.models import Authorization, BrowserSignIn, DeviceSecret, TokenFamily
from tests.compliance.conftest import fresh_keys
from tests.compliance.test_native_sso import IP, Phone, account, app, at, at_browser, code_of, phone, redeem
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.domain.wire import statements_sent

__all__ = ["account", "at", "fresh_keys", "phone"]
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def sign_out_browser(phone: Phone) -> None:
    sign_in = BrowserSignIn.objects.get(pk=DeviceSecret.objects.get().family.sign_in_id)
    sign_out_device(phone.account, sign_in.device_id, by=Asking(ip=IP))


def sign_out(phone: Phone) -> None:
    end_sign_in(str(DeviceSecret.objects.get().family.sign_in_id))


def revoke(phone: Phone) -> None:
    revoke_token(phone.shared["refresh_token"], client_id=phone.first.client_id)


def withdraw(phone: Phone) -> None:
    stop_sharing(phone.account, Authorization.objects.get(client=phone.first), grants=None, ip=IP)


def shared_sign_in(phone: Phone) -> TokenSet:
    asked = SharedSignIn(phone.shared["id_token"], phone.shared["device_secret"], "openid email offline_access")
    return share_sign_in(asked, client=phone.second)


@pytest.mark.parametrize("end", [sign_out_browser, sign_out, revoke, withdraw])
def test_twenty_sign_ins_against_an_end_leave_no_survivor(phone: Phone, end: Callable[[Phone], None]) -> None:
    acts: list[Callable[[], object]] = [lambda: shared_sign_in(phone)] * 19
    acts.insert(4, lambda: end(phone))
    answers = at_once(acts)
    assert answers.pop(4) is None
    assert {type(answer) for answer in answers} <= {TokenSet, SharedSignInRefused}, answers
    assert not TokenFamily.objects.filter(sign_in_id=DeviceSecret.objects.get().family.sign_in_id, ended_at=None)
    for tokens in answers:
        if isinstance(tokens, TokenSet):
            with pytest.raises(FreedomIdError):
                rotate_refresh_token(tokens.refresh_token, client_id=phone.second.client_id)


def test_a_withdrawal_from_the_second_app_leaves_no_survivor(phone: Phone) -> None:
    connected = Authorization.objects.get(client=phone.second)
    acts: list[Callable[[], object]] = [lambda: shared_sign_in(phone)] * 9
    acts.insert(4, lambda: stop_sharing(phone.account, connected, grants=None, ip=IP))
    answers = at_once(acts)
    assert answers.pop(4) is None
    assert {type(answer) for answer in answers} <= {TokenSet, InteractionRequired}, answers
    for tokens in answers:
        if isinstance(tokens, TokenSet):
            with pytest.raises(FreedomIdError):
                rotate_refresh_token(tokens.refresh_token, client_id=phone.second.client_id)


def test_a_code_without_device_sso_costs_what_it_did(phone: Phone) -> None:
    """The client is read by the toolkit; the exchange is a read and a write, `amr` one more."""
    plain = app("Plain", scopes=("openid", "offline_access"))
    costs = []
    for client, scope in ((plain, "openid offline_access"), (phone.first, "openid offline_access device_sso")):
        code = code_of(at_browser(phone.account), client, scope)
        with statements_sent() as statements:
            assert redeem(client, code).status_code == 200
        costs.append(len(statements))
    assert costs == [4, 7], "the secret is an INSERT in a transaction of its own"
