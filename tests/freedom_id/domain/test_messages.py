"""What people receive: every message on every channel in every language."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from freedom_id.channels.email import EmailChannel
from freedom_id.domain.messages.codes import CodeWords, code_message
from freedom_id.domain.messages.notices import WORDS, notice_message
from freedom_id.domain.messages.partners import PartnerNews, partner_message
from freedom_id.domain.messages.pushes import approval_push
from freedom_id.domain.messages.samples import DIGITS, PUSH, Sample, samples
from freedom_id.domain.messages.segments import segments
from freedom_id.enums import Channel, CodePurpose, NoticeKind, PartnerMessageKind
from freedom_id.models import Notice
from tests.chromium import LANGUAGES

ALL = samples()
TEXTS = [sample for sample in ALL if sample.channel == Channel.SMS]
MAILS = [sample for sample in ALL if sample.channel == Channel.EMAIL]
EVIL = "<b onclick=x>Aral & Co</b>"
LEAD_TO = {f"http://localhost:8000{path}" for path in ("/me/devices/", "/me/apps/", "/login/stop/")}
LEAD_TO |= {f"http://localhost:8000/partners/{page}/EXAMPLE/" for page in ("applications", "secret")}
INJECTING = "Aral\r\nBcc: thief@evil.example\n\n@evil.example #123456"

in_every_language = pytest.mark.parametrize("language", LANGUAGES)


def by_name(some: list[Sample]) -> Any:
    return pytest.mark.parametrize("sample", some, ids=[sample.name for sample in some])


class Page(HTMLParser):
    """The words of a page, and what it would fetch or lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.tags, self.links, self.attributes, self.inside = "", set(), [], {}, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside = tag
        self.links += [value for name, value in attrs if name in {"href", "src", "background", "action"}]
        if tag == "html":
            self.attributes = dict(attrs)

    def handle_data(self, data: str) -> None:
        if self.inside not in {"style", "title"}:
            self.words += data


def words(text: str) -> str:
    return " ".join(text.split())


def sign_in_code(partner: str, to: str = "dilnoza@mail.example") -> Any:
    return code_message(CodeWords(CodePurpose.SIGN_IN, DIGITS, partner), to=to)


@in_every_language
@by_name(TEXTS)
def test_a_text_takes_two_segments_at_most(sample: Sample, language: str) -> None:
    assert segments(sample.message(language).text) <= 2
    assert sample.message(language).html == ""


@in_every_language
@by_name([sample for sample in TEXTS if sample.name.startswith("code")])
def test_a_text_has_its_code_first_and_binds_it_to_our_origin_last(sample: Sample, language: str) -> None:
    text = sample.message(language).text
    assert text.startswith(DIGITS)
    assert text.endswith(f"\n\n@localhost #{DIGITS}")


@in_every_language
@by_name(MAILS)
def test_a_mail_is_complete_as_text_and_says_the_same_as_a_page(sample: Sample, language: str) -> None:
    message = sample.message(language)
    page = Page(message.html)
    shown = words(page.words).removeprefix(f"Freedom ID {message.subject}").removesuffix("localhost")
    without_last = message.text.partition("\n\n@localhost")[0]
    assert words(shown).replace(" ", "") == words(without_last).replace(" ", "")
    assert page.attributes["lang"] == language
    assert message.text.startswith(DIGITS) or not sample.name.startswith("code")


@by_name(MAILS)
def test_a_mail_fetches_nothing_and_its_links_sign_nobody_in(sample: Sample) -> None:
    html = sample.message("en").html
    page = Page(html)
    assert page.tags <= {"html", "head", "meta", "title", "style", "body", "main", "p", "h1", "strong", "a", "br"}
    assert {re.sub(r"/stop/.+", "/stop/", link) for link in page.links} <= LEAD_TO
    assert "url(" not in html
    assert "@import" not in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_each_kind_of_notice_has_its_words_and_each_message_a_name_of_its_own() -> None:
    assert set(WORDS) == set(NoticeKind)
    assert len({sample.name for sample in ALL}) == len(ALL)
    assert [sample.channel for sample in ALL if sample.name == PUSH] == [PUSH]


def test_partners_are_told_every_kind_of_news_with_an_address_that_opens_nothing(client: Client) -> None:
    told = [sample for sample in ALL if sample.name.startswith("partner-")]
    assert [sample.name for sample in told] == [f"partner-{kind}" for kind in PartnerMessageKind]
    ends = {sample.message("en").text.rpartition("\n")[2] for sample in told}
    assert ends == {address for address in LEAD_TO if address.endswith("/EXAMPLE/")}
    assert [client.get(address).status_code for address in ends] == [404, 404]


@in_every_language
def test_what_a_reviewer_wrote_is_in_the_mails_that_tell_of_it(language: str) -> None:
    wrote = {"changes", "refused"}
    with translation.override(language):
        said = gettext("Here stands what the reviewer wrote.")
    mails = {sample.name: sample.message(language).text for sample in MAILS if sample.name.startswith("partner-")}
    assert {name.removeprefix("partner-") for name, text in mails.items() if said in text} == wrote


def test_a_reviewers_lines_are_lines_of_the_page_too() -> None:
    message = partner_message(PartnerMessageKind.REFUSED, PartnerNews("Aral", "https://x.example/", "No.\n<b>Why</b>"))
    assert "We cannot accept the application for Aral:<br><br>No.<br>&lt;b&gt;Why&lt;/b&gt;" in message.html


def test_the_partners_name_is_text_and_never_a_tag() -> None:
    message = sign_in_code(EVIL)
    assert "<b onclick" not in message.html
    assert EVIL in unescape(message.html)
    assert EVIL in message.text


def test_the_name_of_a_device_is_text_and_never_a_tag() -> None:
    message = notice_message(Notice(kind=NoticeKind.DEVICE, channel=Channel.EMAIL, masked=EVIL))
    assert "<b onclick" not in message.html
    assert EVIL in message.text


@pytest.mark.parametrize("to", ["dilnoza@mail.example", "+998900000001"])
def test_a_name_adds_no_line(to: str) -> None:
    lines = sign_in_code(INJECTING, to).text.splitlines()
    assert lines[-1] == f"@localhost #{DIGITS}"
    assert [line for line in lines if line.startswith(("@evil", "Bcc"))] == []
    assert "\n" not in approval_push(INJECTING).text


def test_a_mail_has_both_parts_and_the_headers_that_we_gave_it() -> None:
    message = sign_in_code(INJECTING)
    channel = EmailChannel()
    channel.send("dilnoza@mail.example", subject=message.subject, text=message.text, html=message.html)
    [sent] = mail.outbox
    parts = sent.message()
    assert parts.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts.get_payload()] == ["text/plain", "text/html"]
    assert "Bcc" not in parts
    assert (sent.body, sent.to) == (message.text, ["dilnoza@mail.example"])


def test_a_long_name_is_cut_on_a_phone_and_whole_in_a_mail() -> None:
    name = "The Very Long Name of a Company"
    assert "The Very Long... with" in sign_in_code(name, "+998900000001").text
    assert name in sign_in_code(name).text


LENGTHS = {
    "160 of GSM": ("a" * 160, 1),
    "161 of GSM": ("a" * 161, 2),
    "two places each": ("€" * 81, 2),
    "70 of UCS-2": ("ж" * 70, 1),
    "71 of UCS-2": ("ж" * 71, 2),
    "134 of UCS-2": ("ж" * 134, 2),
    "135 of UCS-2": ("ж" * 135, 3),
    "outside of the plane": ("😀" * 36, 2),
}


@pytest.mark.parametrize(("text", "number"), LENGTHS.values(), ids=LENGTHS)
def test_segments_are_counted_as_networks_do(text: str, number: int) -> None:
    assert segments(text) == number


def test_no_sentence_is_cut_off_by_its_own_code() -> None:
    """A partner may be called as the code."""
    message = sign_in_code(DIGITS)
    assert re.search(rf">{DIGITS}</strong> is the code to sign in to {DIGITS} with", message.html)
