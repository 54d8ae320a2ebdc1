"""Rows 1 and 2 of docs/identity-v4-api.md, and what they begin with: each parses, calls one domain function, answers.
An account may be named by one of its phone numbers here, in a digest that only the asking client can make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from freedom_id.client_address import client_ip
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.number_references import credential_named
from freedom_id.domain.one_time_codes import (
    CodeOutcome,
    CodeRequest,
    Recipient,
    ask_code,
    judge_code,
    resend_code,
)
from freedom_id.domain.sign_ups import codes_of, prove_sign_up, sign_up_of
from freedom_id.enums import Channel, CodeStatus, CredentialType
from freedom_id.grants import ACCOUNT, CREATE_ACCOUNTS, OPERATE_ACCOUNTS
from freedom_id.identity_v4.answers import milliseconds
from freedom_id.identity_v4.callers import Caller, caller_of, require_account, require_scope
from freedom_id.identity_v4.door import ClientCall
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import path_uuid
from freedom_id.identity_v4.otp_inputs import TriedCode, asked_code, number_reference_of, tried_code
from freedom_id.models import Account, Credential, OneTimeCode, SignUp
from freedom_id.sealing import digest

MODULE = Module.OTPS
SCOPES = frozenset({ACCOUNT, OPERATE_ACCOUNTS})
OPEN = {CodeStatus.SEND, CodeStatus.FAILED}


@dataclass(frozen=True, slots=True)
class OtpCall(ClientCall):
    """`account` is None for a number that nobody here has, which is answered as any other. `number` is what the path
    named, `nobody` stands in for an address where there is none. `sign_up` is what the path names in place of an
    account that there is not yet."""

    account: Account | None = None
    number: Credential | None = None
    nobody: str = ""
    sign_up: SignUp | None = None

    @property
    def codes(self) -> QuerySet[OneTimeCode]:
        """The challenge of the path, if this client asked it about this account."""
        asked = path_uuid(self.captured, "otp")
        if self.sign_up:
            return codes_of(self.sign_up).filter(pk=asked)
        about = Q(account=self.account) if self.account else Q(pk__in=[])
        if self.nobody:
            about |= Q(account=None, address_index=self.nobody)
        return OneTimeCode.objects.filter(about, pk=asked, client=self.caller.client)


@dataclass(frozen=True, slots=True)
class OtpOperation:
    """As `Operation`, with the names of accounts that only these rows take: also of sign-ups where `scopes` say so."""

    handle: Callable[[OtpCall], str]
    scopes: frozenset[str]
    status: int = 200

    def perform(self, request: HttpRequest, reference: str | None, captured: Mapping[str, str]) -> str:
        caller, named = caller_of(request), reference or ""
        require_scope(caller, self.scopes)
        about = self._signing_up(caller, named) or _by_number(caller, named) or _by_account(caller, named)
        return self.handle(OtpCall(request, caller, get_language() or "en", captured, **about))

    def _signing_up(self, caller: Caller, reference: str) -> dict[str, Any]:
        if CREATE_ACCOUNTS not in caller.scopes & self.scopes:
            return {}
        found = sign_up_of(caller.client, path_uuid({"id": reference}, "id"))
        if found is None and caller.scopes.isdisjoint(SCOPES):
            raise IdentityError(40400)
        return {"sign_up": found} if found else {}


def _by_number(caller: Caller, reference: str) -> dict[str, Any]:
    named = number_reference_of(reference)
    if named is None:
        return {}
    number = credential_named(caller.client, named)
    if caller.person is not None and (number is None or number.account_id != caller.person.pk):
        raise IdentityError(40400)
    nobody = digest(f"{caller.client.pk}:{named.hex()}", "unknown-number")
    return {"account": number.account if number else None, "number": number, "nobody": nobody}


def _by_account(caller: Caller, reference: str) -> dict[str, Any]:
    return {"account": require_account(caller, reference, SCOPES)}


def create(call: OtpCall) -> str:
    """A new challenge."""
    asked = asked_code(call.request, by_number=bool(call.nobody))
    request = CodeRequest(
        ip=client_ip(call.request),
        locale=call.locale if call.caller.person else "",  # a server's Accept-Language is not the person's
        requested_by=call.caller.client.name,
        purpose=asked.purpose,
        client=call.caller.client,
        by_operator=call.caller.person is None,
    )
    return _success(ask_code(_recipient(call, asked.channel, asked.address), request))


def resend(call: OtpCall) -> str:
    """Row 2."""
    code = call.codes.first()
    if code is None:
        raise IdentityError(40400)
    resent = resend_code(code, ip=client_ip(call.request))
    if resent is None:
        raise _closed(code)
    return _success(resent)


def verify(call: OtpCall) -> str:
    """Row 1."""
    tried = tried_code(call.request)
    outcome, code = _judged(call, tried)
    if code is None:
        raise IdentityError(40400)
    if outcome is CodeOutcome.OFF:
        raise IdentityError(42301, payload={"data": otp_item(code, timezone.now())})
    if outcome is CodeOutcome.SPENT:
        raise _closed(code)
    item = otp_item(code, timezone.now(), approved=outcome is CodeOutcome.RIGHT)
    if outcome is CodeOutcome.WRONG:
        raise IdentityError(42201, payload={"data": item})
    if code.sign_up is None:
        return success(MODULE, data=item)
    if code.sign_up.account_id is None:
        raise IdentityError(40901, payload={"data": item})
    return success(MODULE, data={**item, "account_id": code.sign_up.account_id})


def _judged(call: OtpCall, tried: TriedCode) -> tuple[CodeOutcome, OneTimeCode | None]:
    if call.sign_up is None:
        return judge_code(call.codes, tried.password, ref_code=tried.ref_code, ip=client_ip(call.request))
    return prove_sign_up(call.codes, tried.password, ref_code=tried.ref_code, ip=client_ip(call.request))


def otp_item(code: OneTimeCode, now: datetime, *, approved: bool | None = None) -> dict[str, Any]:
    status = code.status_at(now)
    inputs = {"ref_code": code.ref_code, "counter": code.attempts}
    item = {
        "otp_id": code.pk,
        "state": "open" if status in OPEN else "close",
        "status": status.value,
        "inputs": inputs if approved is None else {**inputs, "approved": approved},
        "create_at": milliseconds(code.created_at),
        "update_at": milliseconds(code.updated_at),
        "expire_at": milliseconds(code.expires_at),
    }
    return item | ({"approve_at": milliseconds(code.consumed_at)} if code.consumed_at else {})


def _recipient(call: OtpCall, channel: Channel, address: Identifier | None) -> Recipient:
    """The new address that is to be proven, the number of the path, or the account's main address of that channel."""
    if address is not None:
        return Recipient(call.account, channel, address.value, address.index)
    if channel == Channel.SMS and call.nobody:
        proven = call.number
    else:
        ssoid = call.account.pk if call.account else 0  # asked all the same: nobody's number takes as long
        proven = Credential.objects.main(
            ssoid, CredentialType.MOBILE if channel == Channel.SMS else CredentialType.EMAIL
        )
    if proven is not None:
        return Recipient(call.account, channel, proven.value, proven.value_index)
    if not call.nobody:
        raise IdentityError(40001, errors={"channel": ["There is no proven address for this channel."]})
    return Recipient(None, channel, "", call.nobody)


def _success(code: OneTimeCode) -> str:
    return success(MODULE, data=otp_item(code, timezone.now()))


def _closed(code: OneTimeCode) -> IdentityError:
    item = otp_item(code, timezone.now())
    return IdentityError(42301 if item["status"] == CodeStatus.BLOCKED else 41001, payload={"data": item})


CREATE_POST = OtpOperation(create, SCOPES, status=201)
RESEND_POST = OtpOperation(resend, SCOPES | {CREATE_ACCOUNTS})
VERIFY_PUT = OtpOperation(verify, SCOPES | {CREATE_ACCOUNTS})
