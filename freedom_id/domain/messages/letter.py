"""A mail: one calm frame for all."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi

from freedom_id.channels import Message
from freedom_id.conf import conf


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. `said` has the `code` in it, if there is one, which the page shows large; `link` follows
    `not_you` and asks for a sign-in as ever. `last` is a line for programs, of the text alone."""

    subject: str
    said: str
    code: str = ""
    hint: str = ""
    not_you: str = ""
    link: str = ""
    last: str = ""

    def message(self) -> Message:
        not_you = f"{self.not_you}\n{self.link}" if self.link else self.not_you
        text = "\n\n".join(filter(None, [self.said, self.hint, not_you, self.last]))
        return Message(one_line(self.subject), text, self._page())

    def _page(self) -> str:
        before, code, after = self.said.partition(self.code) if self.code else (self.said, "", "")
        context = {
            "letter": self,
            "before": before,
            "code": code,
            "after": after,
            "language": get_language(),
            "direction": "rtl" if get_language_bidi() else "ltr",
            "host": host(),
            "brand": conf.brand,
        }
        return render_to_string("freedom_id/mail/letter.html", context)


def host() -> str:
    """Ours, without a port."""
    return conf.issuer.partition("://")[2].partition(":")[0]


def one_line(text: str) -> str:
    """Without line ends, so that a name can neither add a header nor a line that binds a code to another origin."""
    return " ".join(text.split())


def shortened(text: str, length: int) -> str:
    """At most `length` characters of one line; three dots, which a phone's own alphabet has, stand for the rest."""
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 3].rstrip()}..."
