"""A path of this door: an operation per method, each behind the one rule, each failure in the envelope."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import psycopg
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import get_language, get_language_from_request, override

from consents.errors import ConsentsError
from freedom_id.answered_errors import count_by_header
from freedom_id.domain.usage_counts import count_error
from freedom_id.enums import ApiDoor
from freedom_id.errors import FreedomIdError
from freedom_id.identity_v4.callers import (
    Caller,
    caller_of,
    known_caller,
    require_account,
    require_client_alone,
    require_person,
)
from freedom_id.identity_v4.envelope import Module, answer, echo_request_id, error_answer
from freedom_id.identity_v4.errors import IdentityError, refusal_of
from freedom_id.models import Account

logger = logging.getLogger(__name__)
NOT_FOUND = 40400


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A request that passed the rule. `locale` is the language of the site that Accept-Language asks for, `captured`
    what the path names beside the account."""

    request: HttpRequest
    caller: Caller
    locale: str
    captured: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call(ClientCall):
    """`account` is the one of the path, else the person whose token it shows."""

    account: Account


@dataclass(frozen=True, slots=True)
class Operation:
    """About an account. `handle` makes the body of a success, whose status is `status`; any one of `scopes` opens."""

    handle: Callable[[Call], str]
    scopes: frozenset[str]
    status: int = 200

    def perform(self, request: HttpRequest, reference: str | None, captured: Mapping[str, str]) -> str:
        caller = caller_of(request)
        if reference is None:
            account = require_person(caller, self.scopes)
        else:
            account = require_account(caller, reference, self.scopes)
        return self.handle(Call(request, caller, get_language() or "en", captured, account))


@dataclass(frozen=True, slots=True)
class ClientOperation:
    """Of a client with its own credentials, about no account."""

    handle: Callable[[ClientCall], str]
    scopes: frozenset[str]
    status: int = 200

    def perform(self, request: HttpRequest, _reference: str | None, captured: Mapping[str, str]) -> str:
        caller = caller_of(request)
        require_client_alone(caller, self.scopes)
        return self.handle(ClientCall(request, caller, get_language() or "en", captured))


class Performs(Protocol):
    """What answers a method: judges the caller, and makes the body of a success, whose status is `status`."""

    @property
    def status(self) -> int: ...

    def perform(self, request: HttpRequest, reference: str | None, captured: Mapping[str, str]) -> str: ...


class Route:
    """A view. Without operations: a path that there is not."""

    csrf_exempt = True  # no cookie authenticates here

    def __init__(self, module: Module, **operations: Performs) -> None:
        self.module, self.operations = module, operations

    def __call__(self, request: HttpRequest, account: str | None = None, **captured: str) -> HttpResponse:
        with override(get_language_from_request(request)):
            response = echo_request_id(request, self._answer(request, account, captured))
        # Django would log the path of each refusal, and clients put numbers into paths of this door.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response

    def _answer(self, request: HttpRequest, account: str | None, captured: Mapping[str, str]) -> HttpResponse:
        try:
            operation = self._operation(request)
            return answer(operation.perform(request, account, captured), status=operation.status)
        except (IdentityError, FreedomIdError, ConsentsError) as error:
            refusal = refusal_of(error)
            if refusal.code != NOT_FOUND:  # an answer to a question, as costly for who is there as for who is not
                _count(request, refusal.code)
            return error_answer(refusal, self.module)
        except RequestDataTooBig:
            return error_answer(IdentityError(41300), self.module)
        except (SuspiciousOperation, UnreadablePostError):  # too many parameters; a body that ends before its length
            return error_answer(IdentityError(40000), self.module)
        except (DatabaseError, InterfaceError, psycopg.Error):
            logger.exception("database away")
            _count(request, 50300)
            return error_answer(IdentityError(50300, headers={"Retry-After": "1"}), self.module)
        except Exception:
            logger.exception("unforeseen")
            _count(request, 50000)
            return error_answer(IdentityError(50000), self.module)

    def _operation(self, request: HttpRequest) -> Performs:
        if not self.operations:
            raise IdentityError(40400)
        operation = self.operations.get(request.method or "")
        if operation is None:
            raise IdentityError(40500, headers={"Allow": ", ".join(self.operations)})
        return operation


def _count(request: HttpRequest, code: int) -> None:
    """For the client that asks or, when the authentication failed, the one that was claimed."""
    if caller := known_caller(request):
        count_error(caller, ApiDoor.IDENTITY, code)
    else:
        count_by_header(request, ApiDoor.IDENTITY, code)
