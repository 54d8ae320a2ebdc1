"""The pages walked as a browser without JavaScript does it: by `requests` over a socket or by Django's test client."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from django.test import Client

from tests.factories.people import PASSWORD, REDIRECT_URI

Fields = dict[str, Any]


@dataclass
class Form:
    action: str
    fields: Fields = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    """Every form of a page: its action, and the values that a browser would send without anything being touched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append(Form(given.get("action") or ""))
        if tag in ("input", "button") and self.found and (name := given.get("name")):
            self.found[-1].names.add(name)
            unticked = given.get("type") in ("checkbox", "radio") and "checked" not in given
            if tag == "input" and not unticked:
                self.found[-1].fields[name] = given.get("value") or ""


@dataclass(frozen=True)
class Page:
    """An answer. `location` is set when it leads out of the portal, which is not followed."""

    url: str
    status: int
    text: str
    headers: Any
    location: str = ""

    def form(self, name: str) -> Form:
        """The form that has a field or a button of this name."""
        return next(form for form in _Forms(self.text).found if name in form.names)

    @property
    def returned(self) -> dict[str, str]:
        """What the partner receives in the query of its address."""
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))


class FreedomWalk:
    """One browser. `base_url` is the issuer (scheme and host) that addresses of the portal begin with."""

    def __init__(self, browser: requests.Session | Client, base_url: str = "http://localhost:8000") -> None:
        self.browser, self.base_url = browser, base_url

    def link(self, client_id: str, secret: str, *, grants: Iterable[str], **more: Any) -> str:
        """Method Link as the partner's backend calls it; returns the address of the login page."""
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        body = {"redirect_uri": REDIRECT_URI, "grants": list(grants), "state": "s1", **more}
        path, headers = "/api/v1/oauth/authorize", {"Authorization": f"Basic {basic}"}
        answer: Any
        if isinstance(self.browser, Client):
            answer = Client().post(path, body, content_type="application/json", headers=headers)
        else:
            answer = requests.post(self.base_url + path, json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["redirect_uri"])

    def get(self, url: str) -> Page:
        return self.fetch("GET", url)

    def post(self, page: Page, name: str, **values: Any) -> Page:
        """Send the form of `page` that has a field `name`, as it stands but for `values`."""
        form = page.form(name)
        return self.fetch("POST", urljoin(page.url, form.action or page.url), form.fields | values)

    def press(self, page: Page, action: str) -> Page:
        """Send the form of `page` whose address contains `action`, as it stands."""
        form = next(form for form in _Forms(page.text).found if action in form.action)
        return self.fetch("POST", urljoin(page.url, form.action), form.fields)

    def sign_in(self, url: str, identifier: str, password: str = PASSWORD) -> Page:
        """From any address that asks for a sign-in to the page behind it (or out to the partner)."""
        page = self.get(url)
        page = self.post(page, "identifier", identifier=identifier)
        return self.post(page, "password", password=password)

    def consent(self, page: Page, decision: str = "allow", grants: Iterable[str] = ()) -> Page:
        """Press a button of the consent page with these optional grants ticked, to be shared until the person stops it;
        returns the way back to the partner."""
        return self.post(page, "decision", decision=decision, grants=list(grants), duration="until_stopped")

    def fetch(self, method: str, url: str, data: Fields | None = None) -> Page:
        """One request, and then GETs for as long as redirects stay in the portal."""
        url = urljoin(self.base_url, url)
        for _hop in range(10):
            answer = self._send(method, url, data)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            page = Page(url, answer.status_code, answer.content.decode(), headers)
            if answer.status_code not in (301, 302, 303):
                return page
            target = urljoin(url, headers["location"])
            if urlsplit(target)[:2] != urlsplit(self.base_url)[:2]:
                return Page(url, answer.status_code, page.text, headers, headers["location"])
            method, url, data = "GET", target, None
        raise AssertionError(f"redirected in a circle: {url}")

    def _send(self, method: str, url: str, data: Fields | None) -> Any:
        if isinstance(self.browser, requests.Session):
            return self.browser.request(method, url, data=data, allow_redirects=False, timeout=10)
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if method == "GET":
            return self.browser.get(target)
        return self.browser.post(target, data or {})
