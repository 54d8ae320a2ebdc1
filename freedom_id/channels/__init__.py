"""Ways to reach a person. A channel takes an address and words; it never learns what they are for."""

from collections.abc import Mapping
from typing import Protocol, cast

from django.utils.module_loading import import_string

from freedom_id.conf import conf


class MessageChannel(Protocol):
    def send(self, address: str, *, subject: str, text: str) -> None:
        """Deliver `text` to `address` (E.164 or e-mail). Raises when the message was not taken over."""


class PushChannel(Protocol):
    def push(self, token: str, *, title: str, text: str, data: Mapping[str, str]) -> None:
        """Deliver a message to the app that has this push token; `data` is for the app itself. Raises when the message
        was not taken over."""


def channel_for(name: str) -> MessageChannel:
    """The channel that `FREEDOM_ID["CHANNELS"]` names for `sms` or `email`."""
    return cast(MessageChannel, import_string(conf.channels[name])())


def push_channel() -> PushChannel | None:
    """The channel that `FREEDOM_ID["CHANNELS"]` names for `push`; without one, devices find out by asking."""
    path = conf.channels.get("push")
    return cast(PushChannel, import_string(path)()) if path else None
