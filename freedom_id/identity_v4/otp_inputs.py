"""What the rows of one-time codes accept."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from freedom_id.domain.identifiers import Identifier, InvalidIdentifier, parse_identifier
from freedom_id.enums import Channel, CodePurpose
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import json_object, refuse

DIGEST = re.compile(r"([A-Za-z0-9_-]{43}|[A-Za-z0-9+/]{43})=?")  # 32 bytes in either alphabet of RFC 4648
LONGEST_ADDRESS = 254
LONGEST_INPUT = 16
PURPOSES = (CodePurpose.SIGN_IN, CodePurpose.STEP_UP, CodePurpose.CREDENTIAL)


@dataclass(frozen=True, slots=True)
class AskedCode:
    channel: Channel
    purpose: CodePurpose
    address: Identifier | None


@dataclass(frozen=True, slots=True)
class TriedCode:
    ref_code: str
    password: str


def number_reference_of(reference: str) -> bytes | None:
    """The digest that the path names a number by; None when it names an account."""
    if not DIGEST.fullmatch(reference):
        return None
    text = reference.rstrip("=").replace("+", "-").replace("/", "_")
    found = urlsafe_b64decode(text + "=")
    return found if urlsafe_b64encode(found).decode().rstrip("=") == text else None  # one spelling a digest


def asked_code(request: HttpRequest, *, by_number: bool) -> AskedCode:
    """`channel`, `purpose`, and the `address` to prove for the purpose `credential`, which needs a named account."""
    body, errors = json_object(request), dict[str, list[str]]()
    channel, purpose = body.get("channel"), body.get("purpose")
    if channel not in Channel.values:
        errors["channel"] = [f"One of {', '.join(Channel.values)} is required."]
    if purpose not in PURPOSES:
        errors["purpose"] = [f"One of {', '.join(PURPOSES)} is required."]
    elif purpose == CodePurpose.CREDENTIAL and by_number:
        errors["purpose"] = ["For this the account is named by its id."]
    refuse(errors)
    return AskedCode(Channel(str(channel)), CodePurpose(str(purpose)), _address(body, channel, purpose))


def tried_code(request: HttpRequest) -> TriedCode:
    """`status` is the word `verifying`; `inputs` has the reference and the six digits."""
    body, errors = json_object(request), dict[str, list[str]]()
    if body.get("status") != "verifying":
        errors["status"] = ["It must be verifying."]
    inputs = body.get("inputs")
    if not isinstance(inputs, dict):
        errors["inputs"] = ["An object is required."]
        inputs = {}
    else:
        for name in ("ref_code", "password"):
            value = inputs.get(name)
            if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_INPUT:
                errors[f"inputs.{name}"] = [f"A text of 1 to {LONGEST_INPUT} characters is required."]
    refuse(errors)
    return TriedCode(inputs["ref_code"], inputs["password"])


def _address(body: Mapping[str, Any], channel: Any, purpose: Any) -> Identifier | None:
    given = body.get("address")
    if purpose != CodePurpose.CREDENTIAL:
        refuse({"address": ["Only for the purpose credential."]} if given is not None else {})
        return None
    try:
        if isinstance(given, str) and len(given) <= LONGEST_ADDRESS:
            found = parse_identifier(given)
            if found.channel == channel:
                return found
    except InvalidIdentifier:
        pass
    raise IdentityError(40001, errors={"address": ["A phone number for sms, an e-mail address for email."]})
