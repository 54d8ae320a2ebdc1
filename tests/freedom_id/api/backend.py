"""A partner's backend: the six methods of contract part A, by Django's test client or over a socket."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import requests
from django.test import Client

from freedom_id.grants import GRANTS
from freedom_id.models import Account
from tests.factories.people import REDIRECT_URI, phone_of
from tests.journeys.walk import FreedomWalk, Page

API = "/api/v1/oauth"
TOKEN = r"[a-zA-Z0-9]{128}"
ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The inside of the one error shape; everything else in the body fails."""
        body = self.json()
        assert list(body) == ["error"]
        return dict(body["error"])

    @property
    def refusal(self) -> tuple[int, int]:
        """Status and code of an error of the second published shape."""
        assert set(self.error) == {"message", "code"}
        return self.status, self.error["code"]


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@dataclass(frozen=True)
class Backend:
    """`base_url` is empty for Django's test client, else the address of a portal."""

    client_id: str
    secret: str
    base_url: str = ""
    api: str = API

    def link(self, **stated: Any) -> Answer:
        body = {"redirect_uri": REDIRECT_URI, "grants": ["read.firstname"]} | stated
        return self.call("POST", "/authorize", body, authorization=basic(self.client_id, self.secret))

    def login_url(self, **stated: Any) -> str:
        return str(self.link(**stated).json()["redirect_uri"])

    def token(self, code: Any, **more: Any) -> Answer:
        body = {"authorization_code": code} | more
        return self.call("POST", "/token", body, authorization=basic(self.client_id, self.secret))

    def refresh(self, refresh_token: str) -> Answer:
        return self.call("PATCH", "/token", authorization=f"Bearer {refresh_token}")

    def info(self, access_token: str) -> Answer:
        return self.call("GET", "/user", authorization=f"Bearer {access_token}")

    def get_profile(self, access_token: str, request_id: Any, **more: Any) -> Answer:
        body = {"request_id": request_id} | more
        return self.call("POST", "/get-profile", body, authorization=f"Bearer {access_token}")

    def profile_status(self, access_token: str, request_id: Any) -> Answer:
        body = {"request_id": request_id}
        return self.call("GET", "/get-profile/status", body, authorization=f"Bearer {access_token}")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        authorization: str = "",
        content_type: str = "application/json",
    ) -> Answer:
        """One request; bytes go as they are, None sends no body and no Content-Type."""
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        headers = ({"Authorization": authorization} if authorization else {}) | (
            {} if body is None else {"Content-Type": content_type}
        )
        url = f"{self.base_url}{self.api}{path}"
        if self.base_url:
            answer = requests.request(method, url, data=data, headers=headers, timeout=10)
        else:
            answer = Client().generic(method, url, data, headers.pop("Content-Type", ""), headers=headers)
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content)

    # The person's part

    def ask(self, account: Account, **stated: Any) -> tuple[FreedomWalk, Page]:
        """Link and sign-in in a new browser: returns it with the consent page."""
        browser = requests.Session() if self.base_url else Client()
        walk = FreedomWalk(browser, self.base_url) if self.base_url else FreedomWalk(browser)
        return walk, walk.sign_in(self.login_url(**stated), phone_of(account))

    def code(self, account: Account, *, ticked: Iterable[str] | None = None, **stated: Any) -> str:
        """An authorization code; the person ticks everything that is asked, or `ticked`."""
        grants = stated.setdefault("grants", list(GRANTS))
        walk, page = self.ask(account, **stated)
        return walk.consent(page, grants=grants if ticked is None else ticked).returned["authorization_code"]

    def tokens(self, account: Account, **stated: Any) -> dict[str, Any]:
        """The answer of Token; `stated` as for `code`."""
        return dict(self.token(self.code(account, **stated)).json())


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, keep_blank_values=True)
