"""The words of notices: what happened to her account, and what to do if it was not she."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from freedom_id.channels import Message
from freedom_id.conf import conf
from freedom_id.domain.messages.letter import Letter, one_line, shortened
from freedom_id.domain.recovery_link import DELAY, stop_address
from freedom_id.enums import Channel, NoticeKind, ProofType
from freedom_id.models import Notice

NAME_IN_SMS = 30
SUPPORT = gettext_lazy("If this was not you, write to support at once.")


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """`path` is the page of ours that `not_you` sends her to. `sms` is the whole of a text for a phone, where the other
    two would be too long for one. All may name what `_values` has."""

    subject: str | Promise
    said: str | Promise
    not_you: str | Promise = SUPPORT
    path: str = ""
    sms: str | Promise = ""


WORDS = {
    NoticeKind.ADDED: NoticeWords(
        gettext_lazy("A way to sign in was added"), gettext_lazy("Added to your Freedom ID: %(what)s.")
    ),
    NoticeKind.REMOVED: NoticeWords(
        gettext_lazy("A way to sign in was removed"), gettext_lazy("Removed from your Freedom ID: %(what)s.")
    ),
    NoticeKind.CLOSED: NoticeWords(
        gettext_lazy("Your Freedom ID was closed"),
        gettext_lazy("Your Freedom ID was closed and will be erased after 30 days."),
    ),
    NoticeKind.BLOCKED: NoticeWords(
        gettext_lazy("Your Freedom ID was blocked"),
        gettext_lazy("Your Freedom ID was blocked by support. Nobody can sign in with it now."),
        not_you=gettext_lazy("If you do not know why, write to support."),
    ),
    NoticeKind.ERASED: NoticeWords(
        gettext_lazy("Your Freedom ID was closed"),
        gettext_lazy("Your Freedom ID was closed and will be erased after a day."),
    ),
    NoticeKind.COPY_READY: NoticeWords(
        gettext_lazy("The copy of your data is ready"),
        gettext_lazy("The copy of your data is ready. You find it in Freedom ID under Your data for 7 days."),
    ),
    NoticeKind.COPIED: NoticeWords(
        gettext_lazy("A copy of your data was taken"),
        gettext_lazy("A copy of everything that Freedom ID knows of you was taken."),
    ),
    NoticeKind.DEVICE: NoticeWords(
        gettext_lazy("New sign-in to your Freedom ID"),
        gettext_lazy("Somebody signed in to your Freedom ID on a new device: %(device)s, %(when)s UTC."),
        not_you=gettext_lazy("If this was not you, sign that device out and change your password:"),
        path="/me/devices/",
        sms=gettext_lazy("New sign-in to your Freedom ID: %(device)s, %(when)s UTC. Not you? %(page)s"),
    ),
    NoticeKind.OPENED: NoticeWords(
        gettext_lazy("Your Freedom ID is open"),
        gettext_lazy("Your Freedom ID is open. See at any time what you share, and with whom: %(home)s"),
    ),
    NoticeKind.CHANGED: NoticeWords(
        gettext_lazy("Your personal data was changed"), gettext_lazy("Your personal data in Freedom ID was changed.")
    ),
    NoticeKind.CONNECTED: NoticeWords(
        gettext_lazy("You shared data with %(partner)s"),
        gettext_lazy(
            "You connected %(partner)s with your Freedom ID for the first time. What you agreed to: %(receipt)s"
        ),
        not_you=gettext_lazy("If this was not you, stop it:"),
        path="/me/apps/",
    ),
    NoticeKind.REFUSED: NoticeWords(
        gettext_lazy("A sign-in was refused"),
        gettext_lazy(
            "You refused a sign-in to your Freedom ID that was begun elsewhere: %(device)s. Nobody was signed in."
        ),
        not_you=gettext_lazy("If somebody sent you the picture, do not answer that person again."),
        sms=gettext_lazy("You refused a sign-in to Freedom ID. Do not answer whoever sent you the picture."),
    ),
    NoticeKind.RECOVERY: NoticeWords(
        gettext_lazy("Your authenticator app is going to be removed"),
        gettext_lazy(
            "Somebody who cannot use your authenticator app asked to remove it. It will be removed on %(due)s UTC."
        ),
        not_you=gettext_lazy("If this was not you, stop it:"),
        sms=gettext_lazy("Freedom ID: a lost app will be removed. Not you? %(page)s"),
    ),
    NoticeKind.KEPT: NoticeWords(
        gettext_lazy("Your authenticator app stays"),
        gettext_lazy("Your authenticator app stays: its removal was stopped."),
    ),
}
NOW_MAIN = gettext_lazy("Now the main one of your Freedom ID: %(what)s.")


def notice_message(notice: Notice) -> Message:
    """By its channel a text or a mail."""
    words = WORDS[NoticeKind(notice.kind)]
    page = _page(notice, words)
    values = _values(notice, page)
    said = str(NOW_MAIN if notice.kind == NoticeKind.CHANGED and notice.about else words.said) % values
    subject, not_you = str(words.subject) % values, str(words.not_you)
    if notice.channel == Channel.EMAIL:
        return Letter(subject, said, not_you=not_you, link=page).message()
    return Message(subject, str(words.sms) % values if words.sms else f"{said} {not_you}")


def _page(notice: Notice, words: NoticeWords) -> str:
    if notice.kind == NoticeKind.RECOVERY and notice.subject_id:
        return stop_address(notice.subject_id)
    return f"{conf.issuer}{words.path}" if words.path else ""


def _values(notice: Notice, page: str) -> dict[str, str]:
    named = one_line(notice.masked) if notice.channel == Channel.EMAIL else shortened(notice.masked, NAME_IN_SMS)
    about = str(ProofType(notice.about).label) if notice.about else ""
    return {
        "what": " ".join(filter(None, [about, named])),
        "device": named or "–",
        "partner": named,
        "when": _moment(notice.created_at),
        "due": _moment(notice.created_at + DELAY),
        "page": page,
        "home": f"{conf.issuer}/me/",
        "receipt": f"{conf.issuer}/me/{f'receipts/{notice.subject_id}' if notice.subject_id else 'apps'}/",
    }


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
