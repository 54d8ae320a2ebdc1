"""Every message with made-up values: what people and partners receive, to be looked at before they do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from freedom_id.channels import Message
from freedom_id.conf import conf
from freedom_id.domain.identifiers import mask_phone
from freedom_id.domain.messages.codes import CodeWords, code_message
from freedom_id.domain.messages.notices import notice_message
from freedom_id.domain.messages.partners import PartnerNews, partner_message
from freedom_id.domain.messages.pushes import approval_push
from freedom_id.domain.partner_links import PartnerLink
from freedom_id.enums import Channel, CodePurpose, NoticeKind, PartnerMessageKind, ProofType
from freedom_id.models import Notice

PUSH = "push"
DIGITS, PARTNER, REFERENCE, DEVICE = "123456", "Aral Market", "K7QX", "Chrome, Windows"
ADDRESSES = {Channel.SMS: "+998900000001", Channel.EMAIL: "dilnoza@mail.example"}
MOMENT = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)
NAMES_A_PROOF = {NoticeKind.ADDED, NoticeKind.REMOVED}
BY_MAIL_ALONE = {NoticeKind.CONNECTED}
NAMES_A_ROW = {NoticeKind.CONNECTED, NoticeKind.RECOVERY}
LEADS_TO_A_SECRET = {PartnerMessageKind.SANDBOX, PartnerMessageKind.LIVE, PartnerMessageKind.NEW_SECRET}
NO_TOKEN = "EXAMPLE"
MADE_UP = {NoticeKind.DEVICE: DEVICE, NoticeKind.REFUSED: DEVICE, NoticeKind.CONNECTED: PARTNER}


@dataclass(frozen=True, slots=True)
class Sample:
    """One message on one channel; `name` tells it from the others in an address."""

    name: str
    title: str | Promise
    channel: str
    make: Callable[[], Message]

    def message(self, language: str) -> Message:
        """As somebody who reads this language gets it."""
        with translation.override(language):
            return self.make()


def samples() -> list[Sample]:
    """All messages, the codes first."""
    push = Sample(PUSH, gettext_lazy("A device is asked to approve"), PUSH, partial(approval_push, PARTNER))
    return [*_codes(), *_notices(), push, *_to_partners()]


def sample_named(name: str) -> Sample | None:
    return next((sample for sample in samples() if sample.name == name), None)


def _codes() -> Iterator[Sample]:
    for purpose in CodePurpose:
        for channel, address in ADDRESSES.items():
            words = CodeWords(purpose, DIGITS, PARTNER, REFERENCE)
            make = partial(code_message, words, to=address)
            yield Sample(f"code-{purpose}-{channel}", purpose.label, channel, make)
    for channel, address in ADDRESSES.items():
        words = CodeWords(CodePurpose.SIGN_UP, DIGITS, PARTNER, REFERENCE, opened_already=True)
        title = gettext_lazy("Open an account, where there is one already")
        yield Sample(f"code-opened-{channel}", title, channel, partial(code_message, words, to=address))


def _notices() -> Iterator[Sample]:
    for kind in NoticeKind:
        for channel, address in ADDRESSES.items():
            if kind in BY_MAIL_ALONE and channel != Channel.EMAIL:
                continue
            notice = Notice(kind=kind, channel=channel, address=address, created_at=MOMENT)
            if kind in NAMES_A_PROOF:
                notice.about, notice.masked = ProofType.MOBILE, mask_phone(ADDRESSES[Channel.SMS])
            elif kind in MADE_UP:
                notice.masked = MADE_UP[kind]
            if kind in NAMES_A_ROW:
                notice.subject_id = UUID(int=7)
            yield Sample(f"notice-{kind}-{channel}", kind.label, channel, partial(notice_message, notice))


def _to_partners() -> Iterator[Sample]:
    for kind in PartnerMessageKind:
        title = format_lazy("{}: {}", gettext_lazy("Partner"), kind.label)
        yield Sample(f"partner-{kind}", title, Channel.EMAIL, partial(_to_partner, kind))


def _to_partner(kind: PartnerMessageKind) -> Message:
    """At its end is an address that opens nothing."""
    opens = PartnerLink.SECRET if kind in LEADS_TO_A_SECRET else PartnerLink.APPLICATION
    words = gettext("Here stands what the reviewer wrote.")
    return partner_message(kind, PartnerNews(PARTNER, f"{conf.issuer}{opens}{NO_TOKEN}/", words, until=MOMENT))
