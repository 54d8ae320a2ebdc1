"""The words of mails to the contact of a partner's application."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from freedom_id.channels import Message
from freedom_id.domain.messages.letter import Letter, one_line
from freedom_id.enums import PartnerMessageKind

OPEN = gettext_lazy("See how far it is, and answer us there:")


@dataclass(frozen=True, slots=True)
class PartnerWords:
    """`link` introduces the address at the end of the mail."""

    subject: Promise
    said: Promise
    link: Promise = OPEN


@dataclass(frozen=True, slots=True)
class PartnerNews:
    """What a mail is about: the service, what a reviewer wrote, the address at the end, and how long it works."""

    name: str
    link: str
    words: str = ""
    until: datetime | None = None


TAKE = gettext_lazy("The client id and the secret are at this address. It shows the secret once, until %(until)s UTC:")
WORDS = {
    PartnerMessageKind.BEGUN: PartnerWords(
        gettext_lazy("Your application for %(name)s"),
        gettext_lazy(
            "Somebody began an application for %(name)s to use Freedom ID and named this address as the contact. "
            "If it was not you, do nothing: without you it is deleted after 7 days."
        ),
        gettext_lazy("Your private address of the application. Give it to nobody outside your team:"),
    ),
    PartnerMessageKind.RECEIVED: PartnerWords(
        gettext_lazy("We have your application for %(name)s"),
        gettext_lazy("Thank you. We check the application for %(name)s now; then a person reads it."),
    ),
    PartnerMessageKind.CHANGES_ASKED: PartnerWords(
        gettext_lazy("Please change something in your application for %(name)s"),
        gettext_lazy("We have read the application for %(name)s and ask for changes:\n\n%(words)s"),
    ),
    PartnerMessageKind.REFUSED: PartnerWords(
        gettext_lazy("Your application for %(name)s was refused"),
        gettext_lazy("We cannot accept the application for %(name)s:\n\n%(words)s"),
    ),
    PartnerMessageKind.SANDBOX: PartnerWords(
        gettext_lazy("%(name)s may be tried out"),
        gettext_lazy(
            "%(name)s is accepted for the sandbox: it works with its test persons, and with nobody else until it goes "
            "live. How to sign them in, and how to meet every error, stands on the page of your application."
        ),
        TAKE,
    ),
    PartnerMessageKind.LIVE: PartnerWords(
        gettext_lazy("%(name)s is live"),
        gettext_lazy(
            "%(name)s is open for everybody. The secret of the sandbox and its test persons work no more: take a new "
            "secret."
        ),
        TAKE,
    ),
    PartnerMessageKind.NEW_SECRET: PartnerWords(
        gettext_lazy("A new secret for %(name)s"),
        gettext_lazy("A new secret waits for %(name)s. Once you take it, the present one works for 7 more days."),
        TAKE,
    ),
    PartnerMessageKind.SUSPENDED: PartnerWords(
        gettext_lazy("%(name)s is suspended"),
        gettext_lazy("%(name)s is suspended: nobody can sign in there with Freedom ID for now."),
    ),
    PartnerMessageKind.RESUMED: PartnerWords(
        gettext_lazy("%(name)s works again"),
        gettext_lazy("%(name)s is no longer suspended: people can sign in there with Freedom ID again."),
    ),
    PartnerMessageKind.CLOSED: PartnerWords(
        gettext_lazy("%(name)s is closed"),
        gettext_lazy("%(name)s is closed for good. Every connection and every token of it has ended."),
    ),
}


def partner_message(kind: PartnerMessageKind, news: PartnerNews) -> Message:
    """In the language that is active."""
    words = WORDS[kind]
    until = date_format(timezone.localtime(news.until), "SHORT_DATETIME_FORMAT") if news.until else ""
    values = {"name": one_line(news.name), "words": news.words, "until": until}
    said, link = str(words.said) % values, str(words.link) % values
    return Letter(str(words.subject) % values, said, not_you=link, link=news.link).message()
