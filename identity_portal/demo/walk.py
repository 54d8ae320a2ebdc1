"""`demo --check`: a person, a partner, the worker and staff walk the whole way over HTTP. `STEPS` lists the steps in
order."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import requests
from django.core.management.base import CommandError
from django.utils import timezone

from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.rfc6238_totp import STEP_SECONDS, code_of_step
from freedom_id.models import Allowance, Authorization
from identity_portal.demo.browser import Browser, Page
from identity_portal.demo.cast import ARAL_MARKET, WALKER
from identity_portal.demo.seed import Seeded, seed_walker

PATIENCE_SECONDS = 20
PHONE = WALKER.identifiers[0]
REQUIRED = {"read.firstname", "read.phone"}
TICKED = ["read.lastname", "read.profile"]
LEFT = {"read.email", "read.date_of_birth"}
TIMEOUT_SECONDS = 10


class StepFailed(Exception):
    """What was expected and what came instead."""


@dataclass
class Walk:
    """What one step leaves to the next."""

    base: str
    partner: dict[str, Any]
    staff: dict[str, Any]
    began_at: datetime = field(default_factory=timezone.now)
    browser: Browser = field(default_factory=Browser)
    page: Page = field(default_factory=lambda: Page("", 0, ""))
    tokens: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, name: str, *, token: str = "", **rest: Any) -> requests.Response:
        """One call of the partner's backend: Basic, or Bearer when there is a token."""
        how: dict[str, Any] = {"auth": (self.partner["client_id"], self.partner["secret"])}
        if token:
            how = {"headers": {"Authorization": f"Bearer {token}"}}
        url = f"{self.base}/api/v1/oauth/{name}"
        return requests.request(method, url, timeout=TIMEOUT_SECONDS, **how, **rest)


def walk(seeded: Seeded, *, say: Callable[[str], object]) -> None:
    """Walk all steps; say a line for each. Raises CommandError with the step that failed."""
    _clear_the_way()
    partner = next(row for row in seeded["partners"] if row["name"] == ARAL_MARKET)
    way = Walk(seeded["base_url"], partner, seeded["staff"][0])
    for number, (title, step) in enumerate(STEPS, start=1):
        started = time.monotonic()
        try:
            step(way)
        except (StepFailed, LookupError, ValueError, requests.RequestException) as error:
            raise CommandError(f"{number:2}. {title}: FAILED: {error}") from error
        say(f"{number:2}. {title:<72} {time.monotonic() - started:5.2f} s")


def open_partner(way: Walk) -> None:
    way.page = way.browser.get(f"{way.base}/demo/partner/")
    expect(way.page.status, 200)


def start_sign_in(way: Walk) -> None:
    way.page = way.browser.get(way.page.link("/demo/partner/start$"))
    expect(urlsplit(way.page.url).path, "/login")


def ask_for_code(way: Walk) -> None:
    page = way.browser.submit(way.page, way.page.form("identifier"), [("identifier", PHONE)])
    way.page = way.browser.submit(page, page.form("login/code/send"))
    expect(urlsplit(way.page.url).path, "/login/code")


def enter_code(way: Walk) -> None:
    until("a message with a code", lambda: _codes(way))
    way.page = way.browser.submit(way.page, way.page.form("code"), [("code", _codes(way)[0])])
    expect(urlsplit(way.page.url).path, "/consent")


def read_question(way: Walk) -> None:
    form = way.page.form("notice")
    optional = {value for name, value in form.boxes if name == "grants"}
    expect(optional, LEFT | set(TICKED))
    expect(set(way.page.grants) - optional, REQUIRED)
    expect([value for name, value in form.fields if name == "grants"], [])


def share(way: Walk) -> None:
    chosen = [("decision", "allow"), *(("grants", grant) for grant in TICKED)]
    way.page = way.browser.submit(way.page, way.page.form("notice"), chosen)
    expect(urlsplit(way.page.url).path, "/demo/partner/received")


def see_what_arrived(way: Walk) -> None:
    expect([value in way.page.text for value in (PHONE, *WALKER.name.split())], [True] * 3)
    expect([f"<code>{grant}</code>" in way.page.text for grant in LEFT], [False] * 2)
    completed = "<code>completed</code>"
    until("a completed profile", lambda: completed in way.browser.get(way.page.url).text)


def refuse(way: Walk) -> None:
    page = _follow_link(way, grants=["read.firstname", "read.phone", "read.email"], state="s-1")
    page = way.browser.submit(page, page.form("notice"), [("decision", "deny")], follow=False)
    expect(_returned(page, "error_code", "state"), ["100102", "s-1"])


def exchange(way: Walk) -> None:
    page = _follow_link(way, grants=[*REQUIRED, *TICKED], state="s-2")
    page = way.browser.submit(page, page.form("notice"), [("decision", "allow")], follow=False)
    code, state = _returned(page, "authorization_code", "state")
    expect(state, "s-2")
    answer = way.call("POST", "token", json={"authorization_code": code})
    expect(answer.status_code, 200)
    way.tokens = answer.json()
    expect(set(way.tokens["grants"]), REQUIRED | set(TICKED))


def read_info(way: Walk) -> None:
    answer = way.call("GET", "user", token=way.tokens["access_token"])
    expect(answer.status_code, 200)
    info = answer.json()
    expect(set(info), {"id", "firstname", "lastname", "phone"})
    expect(info["phone"], PHONE)


def refresh(way: Walk) -> None:
    answer = way.call("PATCH", "token", token=way.tokens["refresh_token"])
    expect(answer.status_code, 200)
    expect(answer.json()["id"], way.tokens["id"])
    way.tokens = answer.json()


def receive_profile(way: Walk) -> None:
    request_id, token = str(uuid4()), way.tokens["access_token"]
    answer = way.call("POST", "get-profile", token=token, json={"request_id": request_id})
    expect(answer.json().get("status"), "accepted")

    def status() -> dict[str, Any]:
        found: dict[str, Any] = way.call(
            "GET", "get-profile/status", token=token, params={"request_id": request_id}
        ).json()
        return found

    until("a completed profile", lambda: status()["status"] == "completed")
    expect(status()["profile"]["personal"]["firstname"], WALKER.fields["firstname"])


def stop(way: Walk) -> None:
    page = way.browser.get(f"{way.base}/me/apps/")
    page = way.browser.get(page.link(r"/me/apps/[0-9a-f-]{36}/$"))
    page = way.browser.get(page.link("/withdraw/$"))
    page = way.browser.submit(page, page.form("decision"), [("decision", "stop")])
    expect(urlsplit(page.url).path, "/me/apps/")


def find_tokens_dead(way: Walk) -> None:
    expect(way.call("GET", "user", token=way.tokens["access_token"]).status_code, 401)
    expect(way.call("PATCH", "token", token=way.tokens["refresh_token"]).status_code, 401)
    received = f"{way.base}/demo/partner/received"
    until("the notice to the partner", lambda: "no longer signed in" in way.browser.get(received).text)


def enter_admin(way: Walk) -> None:
    browser, now = Browser(), int(time.time()) // STEP_SECONDS
    page = browser.get(f"{way.base}/admin/")
    page = browser.submit(page, page.form("identifier"), [("identifier", way.staff["email"])])
    page = browser.submit(page, page.form("password"), [("password", way.staff["password"])])
    for step in (now, now + 1):  # a visitor may have used the code of this half minute
        if urlsplit(page.url).path == "/login/second":
            code = code_of_step(way.staff["totp_secret"], step)
            page = browser.submit(page, page.form("code"), [("code", code)])
    expect((urlsplit(page.url).path, page.status), ("/admin/", 200))


STEPS: list[tuple[str, Callable[[Walk], None]]] = [
    ("The sample partner's page opens", open_partner),
    ("Its button leads to the sign-in page (Link)", start_sign_in),
    ("A phone number is entered and a code asked for", ask_for_code),
    ("The worker sends the code; it is read from the inbox and entered", enter_code),
    ("The consent page asks for the right data, nothing is ticked beforehand", read_question),
    ("Two optional items are shared (Token, Info)", share),
    ("The partner shows what was shared, no more; the worker made the profile", see_what_arrived),
    ("A second request is refused: error_code 100102, state kept", refuse),
    ("A third one is allowed and its code exchanged (Link, Token)", exchange),
    ("Info releases exactly what was shared", read_info),
    ("The tokens are refreshed", refresh),
    ("A profile is asked for and completed by the worker (Profile, Request)", receive_profile),
    ("Sharing is stopped on the person's own pages", stop),
    ("The tokens are dead at once; the partner was told", find_tokens_dead),
    ("Staff signs in by password and app, and the admin opens", enter_admin),
]


def expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise StepFailed(f"expected {wanted!r}, found {found!r}")


def until(what: str, ask: Callable[[], object]) -> None:
    """Ask every 50 ms until the answer is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ask():
        if time.monotonic() > deadline:
            raise StepFailed(f"{what} did not come in {PATIENCE_SECONDS} s")
        time.sleep(0.05)


def _clear_the_way() -> None:
    """What an earlier check left: sharing that it did not stop, and limits that would refuse another code so soon."""
    walker = seed_walker()
    for live in Authorization.objects.filter(account=walker, ended_at__isnull=True):
        stop_sharing(walker, live, grants=None, ip=None)
    Allowance.objects.all().delete()


def _follow_link(way: Walk, *, grants: list[str], state: str) -> Page:
    """Deposit a request as the partner's backend and open its login address in the person's browser."""
    body = {"redirect_uri": way.partner["redirect_uris"][0], "grants": grants, "state": state}
    answer = way.call("POST", "authorize", json=body)
    expect(answer.status_code, 200)
    page = way.browser.get(answer.json()["redirect_uri"])
    expect(urlsplit(page.url).path, "/consent")
    return page


def _returned(page: Page, *names: str) -> list[str]:
    """The named results on the address that a redirect goes to."""
    results = parse_qs(urlsplit(page.location).query)
    return [results.get(name, [""])[0] for name in names]


def _codes(way: Walk) -> list[str]:
    """The codes sent in this walk, newest first: the last line, which a browser would fill in, is `@host #code`."""
    url = f"{way.base}/demo/inbox.json?{urlencode({'to': PHONE})}"
    messages = requests.get(url, timeout=TIMEOUT_SECONDS).json()["messages"]
    texts = [message["text"] for message in messages if datetime.fromisoformat(message["sent_at"]) >= way.began_at]
    return [found[1] for text in texts if (found := re.search(r"^@\S+ #(\d{6})$", text, re.MULTILINE))]
