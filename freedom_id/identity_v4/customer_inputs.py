"""What the rows of customers accept."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from freedom_id.domain.customers import UnreadableNumber, enclosed_number
from freedom_id.domain.identifiers import Identifier, InvalidIdentifier, normal_phone
from freedom_id.enums import CredentialType, CustomerChannel
from freedom_id.identity_v4.envelope import LONGEST_REQUEST_ID, request_id_of
from freedom_id.identity_v4.inputs import Errors, json_object, refuse
from freedom_id.models import PartnerClient

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
WITHOUT_ZONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?")
CLOCK_SKEW = timedelta(minutes=5)
NUMBERS = {
    "mobile_number": "A phone number in E.164 that this client encrypted in the last 300 seconds is required.",
    "mobile": "A phone number in E.164 is required.",
}


@dataclass(frozen=True, slots=True)
class AskedCustomer:
    number: Identifier
    channel: CustomerChannel
    request_id: str


def customer_of_path(request: HttpRequest, client: PartnerClient, token: str) -> AskedCustomer:
    """The number encrypted in the path, and `channel` of the query."""
    try:
        mobile = enclosed_number(client, token)
    except UnreadableNumber:
        mobile = ""
    return _asked(request, client, ("mobile_number", mobile), request.GET.get("channel"))


def customer_of_body(request: HttpRequest, client: PartnerClient) -> AskedCustomer:
    """`mobile` and `channel`."""
    body = json_object(request)
    return _asked(request, client, ("mobile", body.get("mobile")), body.get("channel"))


def _asked(request: HttpRequest, client: PartnerClient, mobile: tuple[str, Any], channel: Any) -> AskedCustomer:
    """With the three headers, without which the published row does not answer."""
    errors = Errors()
    number = _number(*mobile, errors)
    if channel not in CustomerChannel.values:
        errors["channel"] = [f"One of {', '.join(CustomerChannel.values)} is required."]
    request_id = request_id_of(request)
    if not request_id:
        errors["x-request-id"] = [f"1 to {LONGEST_REQUEST_ID} printable ASCII characters are required."]
    if request.headers.get("x-client-id") not in {str(client.pk), client.client_id}:
        errors["x-client-id"] = ["The client that asks is required, by its integer or its UUID."]
    if not _is_now(request.headers.get("x-request-datetime", "")):
        errors["x-request-datetime"] = ["The present time in UTC is required, as 2020-11-11T11:59:54."]
    refuse(errors)
    return AskedCustomer(Identifier(CredentialType.MOBILE, number), CustomerChannel(channel), request_id)


def _number(field: str, value: Any, errors: Errors) -> str:
    try:
        if isinstance(value, str) and E164.fullmatch(value):
            return normal_phone(value)
    except InvalidIdentifier:
        pass
    errors[field] = [NUMBERS[field]]
    return ""


def _is_now(text: str) -> bool:
    try:
        stated = datetime.fromisoformat(text).replace(tzinfo=UTC) if WITHOUT_ZONE.fullmatch(text) else None
    except ValueError:  # the 31st of February
        return False
    return stated is not None and abs(timezone.now() - stated) <= CLOCK_SKEW
