"""A path of this door: an operation per method, each behind the one rule, each failure in the envelope."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import get_language, get_language_from_request, override

from consents.errors import ConsentsError
from freedom_id.errors import FreedomIdError
from freedom_id.identity_v4.callers import Caller, caller_of, require_account, require_person
from freedom_id.identity_v4.envelope import answer, echo_request_id, error_answer
from freedom_id.identity_v4.errors import IdentityError, refusal_of
from freedom_id.models import Account

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the rule. `account` is the one of the path, else the person whose token it shows; `locale`
    the language of the site that Accept-Language asks for."""

    request: HttpRequest
    caller: Caller
    account: Account
    locale: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`handle` makes the body of a success; any one of `scopes` opens."""

    handle: Callable[[Call], str]
    scopes: frozenset[str]


class Route:
    """A view. Without operations: a path that there is not."""

    csrf_exempt = True  # no cookie authenticates here

    def __init__(self, **operations: Operation) -> None:
        self.operations = operations

    def __call__(self, request: HttpRequest, account: str | None = None) -> HttpResponse:
        with override(get_language_from_request(request)):
            return echo_request_id(request, self._answer(request, account))

    def _answer(self, request: HttpRequest, account: str | None) -> HttpResponse:
        try:
            return answer(self._act(request, account))
        except IdentityError as error:
            return error_answer(error)
        except (FreedomIdError, ConsentsError) as error:
            return error_answer(refusal_of(error))
        except RequestDataTooBig:
            return error_answer(IdentityError(41300))
        except (SuspiciousOperation, UnreadablePostError):  # too many parameters; a body that ends before its length
            return error_answer(IdentityError(40000))
        except (DatabaseError, InterfaceError, psycopg.Error):
            logger.exception("database away")
            return error_answer(IdentityError(50300, headers={"Retry-After": "1"}))
        except Exception:
            logger.exception("unforeseen")
            return error_answer(IdentityError(50000))

    def _act(self, request: HttpRequest, reference: str | None) -> str:
        if not self.operations:
            raise IdentityError(40400)
        operation = self.operations.get(request.method or "")
        if operation is None:
            raise IdentityError(40500, headers={"Allow": ", ".join(self.operations)})
        caller = caller_of(request)
        if reference is None:
            account = require_person(caller, operation.scopes)
        else:
            account = require_account(caller, reference, operation.scopes)
        return operation.handle(Call(request, caller, account, get_language() or "en"))
