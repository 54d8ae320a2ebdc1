from django.core.mail import send_mail


class EmailChannel:
    """Sends through Django's mail backend."""

    def send(self, address: str, *, subject: str, text: str) -> None:
        send_mail(subject, text, None, [address])
