"""As much of a browser as the check needs: cookies, links and forms of pages that work without scripts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT_SECONDS = 10
Fields = list[tuple[str, str]]
Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """`fields` are what it sends as it stands; `boxes` its checkboxes as (name, value), `buttons` its named buttons."""

    action: str
    fields: Fields = field(default_factory=list)
    boxes: Fields = field(default_factory=list)
    buttons: Fields = field(default_factory=list)


class Reader(HTMLParser):
    """Collects the forms, the links and the `data-grant` items of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.grants: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        has = {name: value or "" for name, value in attrs}
        if grant := has.get("data-grant"):
            self.grants.append(grant)
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        elif tag == "form":
            self.forms.append(Form(has.get("action", "")))
        elif tag in ("input", "button") and self.forms and "name" in has:
            self._add(self.forms[-1], tag, has)

    @staticmethod
    def _add(form: Form, tag: str, has: dict[str, str]) -> None:
        pair = (has["name"], has.get("value", ""))
        if tag == "button":
            form.buttons.append(pair)
            return
        if has.get("type") == "checkbox":
            form.boxes.append(pair)
        if has.get("type") != "checkbox" or "checked" in has:
            form.fields.append(pair)


@dataclass
class Page:
    """Where the browser is. `location` is set instead of a text when a redirect was not followed."""

    url: str
    status: int
    text: str
    location: str = ""

    def __post_init__(self) -> None:
        read = Reader(self.text)
        self.forms, self.links, self.grants = read.forms, read.links, read.grants

    def form(self, name: str) -> Form:
        """The form that has a field or a button of this name, or that goes to an address with these words."""
        for form in self.forms:
            if name in form.action or any(name == key for key, _value in form.fields + form.boxes + form.buttons):
                return form
        raise LookupError(f"no form with {name!r} on {self.url}")

    def link(self, pattern: str) -> str:
        """The address of the first link in which the pattern is found."""
        for link in self.links:
            if re.search(pattern, link):
                return urljoin(self.url, link)
        raise LookupError(f"no link like {pattern!r} on {self.url}")


class Browser:
    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, url: str, *, follow: bool = True) -> Page:
        return _page(self.session.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=follow))

    def submit(self, page: Page, form: Form, entered: Iterable[tuple[str, str]] = (), *, follow: bool = True) -> Page:
        """Send `form` with what was entered or ticked; a field that was entered replaces its former value."""
        entered = list(entered)
        names = {name for name, _value in entered}
        fields = [pair for pair in form.fields if pair[0] not in names] + entered
        url = urljoin(page.url, form.action) if form.action else page.url
        return _page(self.session.post(url, data=fields, timeout=TIMEOUT_SECONDS, allow_redirects=follow))


def _page(answer: requests.Response) -> Page:
    return Page(answer.url, answer.status_code, answer.text, answer.headers.get("Location", ""))
