"""What the rows of credentials accept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from freedom_id.domain.identifiers import Identifier, InvalidIdentifier, parse_identifier
from freedom_id.enums import CredentialType, ProofType
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import json_object

LONGEST_ADDRESS = 254
LONGEST_CODE = 40
LONGEST_ID_TOKEN = 8192
LONGEST_NUMBER = 16
LONGEST_NAME = 100
PASSWORD_CHARACTERS = 4096  # each is a byte at least


@dataclass(frozen=True, slots=True)
class NewCredential:
    """`contact` is there for a number or address, `password` for a password."""

    type: ProofType
    contact: Identifier | None = None
    password: str = ""


def credential_number(text: str) -> int:
    """`cid` of the path. Raises IdentityError as for one that there is not."""
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER and text == str(int(text)):
        return int(text)
    raise IdentityError(40400)


def new_credential(request: HttpRequest) -> NewCredential:
    """`type`, and the `value` that it takes. Kind, source, status and times are not the caller's to say."""
    body = json_object(request)
    if body.get("type") not in ProofType.values:
        raise IdentityError(40001, errors={"type": [f"One of {', '.join(ProofType.values)} is required."]})
    kind = ProofType(body["type"])
    if kind is ProofType.PASSWORD:
        return NewCredential(kind, password=_text(body, "value", PASSWORD_CHARACTERS))
    if kind.value not in CredentialType.values:
        return NewCredential(kind)
    try:
        contact = parse_identifier(_text(body, "value", LONGEST_ADDRESS))
    except InvalidIdentifier:
        contact = None
    if contact is None or contact.type != kind.value:
        raise IdentityError(40001, errors={"value": ["A phone number for mobile, an e-mail address for email."]})
    return NewCredential(kind, contact)


def spent_proof(request: HttpRequest) -> UUID:
    """`otp_id`: the verified one-time code that proves a number or address."""
    try:
        return UUID(_text(json_object(request), "otp_id", LONGEST_CODE))
    except ValueError:
        raise IdentityError(40001, errors={"otp_id": ["A UUID is required."]}) from None


def shown_code(request: HttpRequest) -> str:
    """`value`: what the app or the sheet shows."""
    return _text(json_object(request), "value", LONGEST_CODE)


def shown_id_token(request: HttpRequest) -> str:
    """`id_token`: what the provider signed."""
    return _text(json_object(request), "id_token", LONGEST_ID_TOKEN)


def made_passkey(request: HttpRequest) -> tuple[Mapping[str, Any], str]:
    """`value`: the RegistrationResponseJSON of WebAuthn; and `name`, "" without one."""
    body = json_object(request)
    answer, name = body.get("value"), body.get("name", "")
    if not isinstance(answer, dict):
        raise IdentityError(40001, errors={"value": ["A RegistrationResponseJSON is required."]})
    if not (isinstance(name, str) and len(name) <= LONGEST_NAME and (name.isprintable() or not name)):
        raise IdentityError(40001, errors={"name": [f"At most {LONGEST_NAME} printable characters."]})
    return answer, name


def _text(body: Mapping[str, Any], field: str, longest: int) -> str:
    value = body.get(field)
    if isinstance(value, str) and 1 <= len(value) <= longest:
        return value
    raise IdentityError(40001, errors={field: [f"A text of 1 to {longest} characters is required."]})
