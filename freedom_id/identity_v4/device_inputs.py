"""What rows 8 and 10 accept. `2fa` also reads the query, as published; the body says it first."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from freedom_id.enums import TwoStepMethod
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import NOTHING, REFERENCE, UUID_LENGTH, Errors, json_object

NAME_LENGTH = 100
ACT_LENGTH = 200
TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
PICTURE = re.compile(r"[\x21-\x7e]{1,200}")
CODE = re.compile(r"[0-9]{1,16}")
NUMBER = re.compile(r"[0-9]{1,4}")
FLAGS = {"1": True, "0": False, 1: True, 0: False}  # and so JSON's true and false


@dataclass(frozen=True)
class NewDevice:
    device_id: str
    device_key: str
    model: str
    model_name: str
    push_token: str


@dataclass(frozen=True)
class DeviceChange:
    name: str | None
    trusted: bool | None


@dataclass(frozen=True)
class Question:
    """A first call of row 8."""

    method: TwoStepMethod
    client_id: str | None
    device_ids: tuple[str, ...]
    device_model: str
    device_model_name: str
    act: str


@dataclass(frozen=True)
class Reply:
    """A second call of row 8."""

    challenge_id: UUID
    approved: bool
    device_id: str
    number: int | None
    picture: str
    code: str
    trust: bool


def new_device(request: HttpRequest) -> NewDevice:
    fields = _Fields(json_object(request))
    read = NewDevice(
        device_id=fields.text("device_id", REFERENCE.fullmatch, required=True),
        device_key=fields.text("device_key", REFERENCE.fullmatch),
        model=fields.text("device_model", _is_name),
        model_name=fields.text("device_model_name", _is_name),
        push_token=fields.text("push_token", TOKEN.fullmatch),
    )
    fields.refuse()
    return read


def device_change(request: HttpRequest) -> DeviceChange:
    """At least one of `device_model_name` and `trusted`."""
    fields = _Fields(json_object(request))
    name = fields.text("device_model_name", _is_name, required=True) if "device_model_name" in fields.given else None
    trusted = fields.flag("trusted")
    if name is None and trusted is None and not fields.errors:
        fields.errors["device_model_name"] = ["A name, or trusted, is needed."]
    fields.refuse()
    return DeviceChange(name, trusted)


def two_step_call(request: HttpRequest) -> Question | Reply:
    """The first call asks, the one with `is_approved` answers."""
    body = json_object(request) if request.body else {}
    fields = _Fields({**request.GET.dict(), **body})
    read = _reply(fields) if "is_approved" in fields.given else _question(fields)
    fields.refuse()
    return read


def _question(fields: "_Fields") -> Question:
    method = fields.text("method", _is_method, required=True)
    asked_by = (fields.text("device_id_requested", _is_name), fields.text("device_model_requested", _is_name))
    client_id = fields.reference("client_id_requested")
    return Question(
        method=TwoStepMethod(method) if method else TwoStepMethod.QR,  # refused below
        client_id=client_id,
        device_ids=tuple(filter(None, asked_by)),
        device_model=asked_by[1],
        device_model_name=asked_by[0],
        act=fields.text("act", _is_act),
    )


def _reply(fields: "_Fields") -> Reply:
    challenge = fields.text("challenge_id", _is_uuid, required=True)
    number = fields.text("number", NUMBER.fullmatch)
    return Reply(
        challenge_id=UUID(challenge) if challenge else NOTHING,
        approved=bool(fields.flag("is_approved")),
        device_id=fields.text("device_id", REFERENCE.fullmatch),
        number=int(number) if number else None,
        picture=fields.text("qr", PICTURE.fullmatch),
        code=fields.text("code", CODE.fullmatch),
        trust=bool(fields.flag("trusted_flag")),
    )


class _Fields:
    """Reads one field after the other and keeps what is wrong with each."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given, self.errors = given, Errors()

    def text(self, name: str, is_right: Callable[[str], object], *, required: bool = False) -> str:
        """A string, or a whole number in its digits; "" when it is left out."""
        value = self.given.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15:
            value = str(value)
        if value in (None, "") and not required:
            return ""
        if isinstance(value, str) and value and is_right(value):
            return value
        self.errors[name] = ["This field is required." if value in (None, "") else "This is no value for the field."]
        return ""

    def reference(self, name: str) -> str | None:
        return self.text(name, REFERENCE.fullmatch) or None

    def flag(self, name: str) -> bool | None:
        value = self.given.get(name)
        if value is None:
            return None
        if isinstance(value, str | int) and value in FLAGS:
            return FLAGS[value]
        self.errors[name] = ["1 or 0."]
        return None

    def refuse(self) -> None:
        if self.errors:
            raise IdentityError(40001, errors=self.errors)


def _is_name(value: str) -> bool:
    return len(value) <= NAME_LENGTH and value.isprintable()


def _is_act(value: str) -> bool:
    return len(value) <= ACT_LENGTH and value.isprintable()


def _is_method(value: str) -> bool:
    return value in TwoStepMethod.values


def _is_uuid(value: str) -> bool:
    try:
        return len(value) == UUID_LENGTH and bool(UUID(value))
    except ValueError:
        return False
