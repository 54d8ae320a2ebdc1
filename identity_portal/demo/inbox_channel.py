from identity_portal.demo.models import InboxMessage


class InboxChannel:
    """Delivers to the page `/demo/inbox/` instead of a phone or a mailbox."""

    def send(self, address: str, *, subject: str, text: str) -> None:
        channel = "email" if "@" in address else "sms"
        InboxMessage.objects.create(to=address, channel=channel, subject=subject, text=text)
