from typing import ClassVar

from identity_portal.demo.models import InboxMessage


class InboxChannel:
    """Delivers to the page `/demo/inbox/` instead of a phone or a mailbox."""

    takes_html: ClassVar[bool] = True

    def send(self, address: str, *, subject: str, text: str, html: str = "") -> None:
        channel = "email" if "@" in address else "sms"
        InboxMessage.objects.create(to=address, channel=channel, subject=subject, text=text, html=html)
