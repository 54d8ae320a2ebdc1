"""Row 13 of docs/identity-v4-api.md: each parses, calls one domain function, answers."""

from typing import Any

import orjson

from freedom_id.client_address import client_ip
from freedom_id.domain.customers import look_up_customer
from freedom_id.domain.identifiers import mask_customer_phone
from freedom_id.grants import READ_CUSTOMERS
from freedom_id.identity_v4.customer_inputs import AskedCustomer, customer_of_body, customer_of_path
from freedom_id.identity_v4.door import ClientCall, ClientOperation
from freedom_id.identity_v4.errors import MESSAGES, IdentityError

SCOPES = frozenset({READ_CUSTOMERS})
SUCCESS, NOT_FOUND = 20000, 40400


def find(call: ClientCall) -> str:
    return _answer(call, customer_of_path(call.request, call.caller.client, call.captured["mobile_number"]))


def look_up(call: ClientCall) -> str:
    """The preferred form: no address has anything of the number."""
    return _answer(call, customer_of_body(call.request, call.caller.client))


def _answer(call: ClientCall, asked: AskedCustomer) -> str:
    ip = client_ip(call.request)
    account = look_up_customer(call.caller.client, asked.number, channel=asked.channel, ip=ip)
    if account is None:
        raise IdentityError(NOT_FOUND, body=_result(NOT_FOUND, MESSAGES[NOT_FOUND], asked))
    customer = {
        "ssoid": account.pk,
        "status": account.status,
        "title": None,
        "firstname": account.firstname,
        "lastname": account.lastname,
        "mobile": mask_customer_phone(asked.number.value),
    }
    return _result(SUCCESS, "Success", asked, customer=customer)


def _result(code: int, description: str, asked: AskedCustomer, **more: Any) -> str:
    """The published envelope of this row alone; the code is a text in it."""
    result = {"resultCode": str(code), "resultDescription": description, "requestId": asked.request_id, **more}
    return orjson.dumps({"resultResponse": result}).decode()


CUSTOMER_GET = ClientOperation(find, SCOPES)
LOOKUP_POST = ClientOperation(look_up, SCOPES)
