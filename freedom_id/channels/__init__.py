"""Ways to reach a person. A channel takes an address and words; it never learns what they are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Protocol, cast, runtime_checkable

from django.utils.module_loading import import_string

from freedom_id.conf import conf

NOWHERE = "@sandbox.invalid"  # RFC 2606 §2: test persons live there, and nothing is sent


class NotTaken(Exception):
    """The message was not taken over. `again`: the same channel may take it at once; `retry_after`: it asked for that
    much rest. The reason names neither address nor words."""

    def __init__(self, reason: str, *, again: bool = False, retry_after: timedelta = timedelta()) -> None:
        super().__init__(reason)
        self.again, self.retry_after = again, retry_after


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `text` is complete alone; `html` says the same as a page, for channels that take one."""

    subject: str
    text: str
    html: str = ""


class MessageChannel(Protocol):
    def send(self, address: str, *, subject: str, text: str) -> None:
        """Deliver `text` to `address` (E.164 or e-mail). Raises when the message was not taken over."""


@runtime_checkable
class ReportingChannel(MessageChannel, Protocol):
    """A gateway that tells later what became of a message, at the address that `delivery_reports.report_url` makes."""

    name: ClassVar[str]

    def send(self, address: str, *, subject: str, text: str, message_id: str = "") -> None:
        """`message_id` is the same over every try to send the same message."""

    def was_delivered(self, report: Mapping[str, str]) -> bool | None:
        """Read a report: True, False, or None while it is under way."""


@runtime_checkable
class HtmlChannel(MessageChannel, Protocol):
    """One that takes a message as a page too, beside its text."""

    takes_html: ClassVar[bool]

    def send(self, address: str, *, subject: str, text: str, html: str = "") -> None:
        """`html` is the same message; "" when there is only the text."""


class PushChannel(Protocol):
    def push(self, token: str, *, title: str, text: str, data: Mapping[str, str]) -> None:
        """Deliver a message to the app that has this push token; `data` is for the app itself. Raises when the message
        was not taken over."""


def channel_for(name: str) -> MessageChannel:
    """The channel that `FREEDOM_ID["CHANNELS"]` names for `sms` or `email`."""
    return channel_at(conf.channels[name])


def channel_at(path: str) -> MessageChannel:
    """The channel of this dotted path."""
    return cast(MessageChannel, import_string(path)())


def send_by(path: str, address: str, message: Message, *, message_id: str = "") -> None:
    """Hand the message to the channel of this dotted path, with what that channel takes of it. Raises when it was not
    taken over. What is for a test person goes nowhere."""
    if address.endswith(NOWHERE):
        return
    channel, also = channel_at(path), {}
    if isinstance(channel, HtmlChannel):
        also["html"] = message.html
    if isinstance(channel, ReportingChannel) and message_id:
        also["message_id"] = message_id
    channel.send(address, subject=message.subject, text=message.text, **also)


def reporting_channel(name: str) -> ReportingChannel | None:
    """The gateway of this name among those that are in use."""
    paths = {*conf.channels.values(), *(path for paths in conf.fallbacks.values() for path in paths)} - {*conf.channels}
    found = (channel_at(path) for path in paths)
    return next((one for one in found if isinstance(one, ReportingChannel) and one.name == name), None)


def push_channel() -> PushChannel | None:
    """The channel that `FREEDOM_ID["CHANNELS"]` names for `push`; without one, devices find out by asking."""
    path = conf.channels.get("push")
    return cast(PushChannel, import_string(path)()) if path else None
