"""Sign-up (docs/identity-v4-api.md): what a client asks for somebody who has no token yet. It goes on in `otps`."""

from django.utils import timezone

from freedom_id.client_address import client_ip
from freedom_id.domain.sign_ups import begin_sign_up
from freedom_id.grants import CREATE_ACCOUNTS
from freedom_id.identity_v4.account_inputs import new_account
from freedom_id.identity_v4.door import ClientCall, ClientOperation
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.otps import otp_item


def begin(call: ClientCall) -> str:
    """The answer is the same whoever has the number or address; the message to it says more."""
    identifier, person = new_account(call.request)
    code = begin_sign_up(call.caller.client, identifier, person, ip=client_ip(call.request))
    return success(Module.ACCOUNTS, data={"id": code.sign_up_id, "otp": otp_item(code, timezone.now())})


ACCOUNTS_POST = ClientOperation(begin, frozenset({CREATE_ACCOUNTS}), status=201)
