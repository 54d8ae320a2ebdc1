"""Ways to reach a person. A channel takes an address and words; it never learns what they are for."""

from typing import Protocol, cast

from django.utils.module_loading import import_string

from freedom_id.conf import conf


class MessageChannel(Protocol):
    def send(self, address: str, *, subject: str, text: str) -> None:
        """Deliver `text` to `address` (E.164 or e-mail). Raises when the message was not taken over."""


def channel_for(name: str) -> MessageChannel:
    """The channel that `FREEDOM_ID["CHANNELS"]` names for `sms` or `email`."""
    return cast(MessageChannel, import_string(conf.channels[name])())
