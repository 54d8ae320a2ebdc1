from typing import ClassVar

from django.core.mail import EmailMultiAlternatives


class EmailChannel:
    """Sends through Django's mail backend: the text, and as its alternative the page."""

    takes_html: ClassVar[bool] = True

    def send(self, address: str, *, subject: str, text: str, html: str = "") -> None:
        mail = EmailMultiAlternatives(subject, text, to=[address])
        if html:
            mail.attach_alternative(html, "text/html")
        mail.send()
