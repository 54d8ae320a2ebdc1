"""One person who shares with one partner at both doors, by Django's test client or over a socket."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import requests
from django.test import Client

from freedom_id.enums import Door
from freedom_id.grants import PROFILE
from freedom_id.models import Account, Authorization, PartnerClient
from tests.compliance.standard_door import FORM, VERIFIER, request_url
from tests.factories.people import REDIRECT_URI, partner, person, phone_of
from tests.freedom_id.api.backend import Answer, Backend, basic
from tests.journeys.walk import FreedomWalk, Page

GRANTS = ("read.firstname", "read.phone", "read.email", PROFILE)
SCOPE = f"openid offline_access read.firstname phone read.phone email {PROFILE}"
NAMES = ",".join(GRANTS)
DOORS = tuple(Door)
Tokens = dict[str, Any]


@dataclass
class Sharing:
    """`walk` is the person's browser, signed in. The partner needs the first name; `base_url` is a portal's address."""

    account: Account
    client: PartnerClient
    secret: str
    base_url: str = ""
    walk: FreedomWalk = field(init=False)

    def __post_init__(self) -> None:
        self.walk = self.new_browser()

    @property
    def backend(self) -> Backend:
        return Backend(self.client.client_id, self.secret, self.base_url)

    @property
    def live(self) -> Authorization:
        return Authorization.objects.get(account=self.account, client=self.client, ended_at__isnull=True)

    def new_browser(self) -> FreedomWalk:
        """One more sign-in of the person."""
        walk = FreedomWalk(requests.Session(), self.base_url) if self.base_url else FreedomWalk(Client())
        walk.sign_in("/me/", phone_of(self.account))
        return walk

    # The way in

    def ask(self, door: Door, **changes: Any) -> Page:
        """The partner sends the browser to us: the consent page, or the way back when nothing is asked. `changes` are
        those of the standard door's request, or of Link."""
        if door == Door.OAUTH:
            return self.walk.get(request_url(self.client, **{"scope": SCOPE} | changes))
        return self.walk.get(self.backend.login_url(**{"grants": list(GRANTS)} | changes))

    def agree(self, page: Page) -> str:
        """Share everything that the page asks; the code."""
        back = page if page.location else self.walk.consent(page, grants=GRANTS)
        return back.returned.get("code") or back.returned["authorization_code"]

    def code(self, door: Door) -> str:
        return self.agree(self.ask(door))

    def tokens(self, door: Door) -> Tokens:
        answer = self.exchange(door, self.code(door))
        assert answer.status == 200, answer.body
        return dict(answer.json())

    # What the partner's backend calls

    def exchange(self, door: Door, code: str) -> Answer:
        if door == Door.FREEDOM_ID:
            return self.backend.token(code)
        return self._token(
            grant_type="authorization_code", code=code, redirect_uri=REDIRECT_URI, code_verifier=VERIFIER
        )

    def refresh(self, door: Door, refresh_token: str) -> Answer:
        if door == Door.FREEDOM_ID:
            return self.backend.refresh(refresh_token)
        return self._token(grant_type="refresh_token", refresh_token=refresh_token)

    def revoke(self, token: str) -> Answer:
        """RFC 7009."""
        return self._form("/oauth2/revoke", token=token)

    def info(self, access_token: str) -> Answer:
        return self.backend.info(access_token)

    def userinfo(self, access_token: str) -> Answer:
        return self._call("GET", "/oauth2/userinfo", authorization=f"Bearer {access_token}")

    def check(self, access_token: str) -> Answer:
        return self._call("GET", f"/consents/v1/check?names={NAMES}", authorization=f"Bearer {access_token}")

    def check_by_credentials(self) -> Answer:
        path = f"/consents/v1/check?names={NAMES}&account={self.account.freedom_id}"
        return self._call("GET", path, authorization=basic(self.client.client_id, self.secret))

    def evaluate(self, access_token: str) -> Answer:
        question = {
            "subject": {"type": "account", "id": str(self.account.freedom_id)},
            "action": {"name": "use"},
            "resource": {"type": "purpose", "id": "read.phone"},
        }
        return self._call("POST", "/consents/v1/evaluation", question, authorization=f"Bearer {access_token}")

    def questions(self, access_token: str) -> dict[str, Answer]:
        """Everything that an access token opens at any door. (There is no introspection endpoint: who holds a token and
        wants to know what it is worth asks for the check.)"""
        return {
            "info": self.info(access_token),
            "userinfo": self.userinfo(access_token),
            "check": self.check(access_token),
            "evaluation": self.evaluate(access_token),
            "profile": self.backend.get_profile(access_token, str(uuid4())),
            "profile status": self.backend.profile_status(access_token, str(uuid4())),
        }

    # The way out

    def stop(self, grant: str = "") -> Page:
        """The person's page of the app, its one press."""
        query = f"?grant={grant}" if grant else ""
        page = self.walk.get(f"/me/apps/{self.live.pk}/withdraw/{query}")
        return self.walk.post(page, "decision", decision="stop")

    def _token(self, **fields: str) -> Answer:
        return self._form("/oauth2/token", **fields)

    def _form(self, path: str, **fields: str) -> Answer:
        credentials = basic(self.client.client_id, self.secret)
        return self._call("POST", path, urlencode(fields).encode(), authorization=credentials, content_type=FORM)

    def _call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        return Backend(self.client.client_id, self.secret, self.base_url, api="").call(method, path, body, **more)


def sharing(base_url: str = "", **stated: Any) -> Sharing:
    """A new person and a new partner; `stated` are the partner's."""
    return Sharing(person(), *partner(**stated), base_url)


def is_refused(answer: Answer) -> bool:
    """Whether this is the answer, in the words of its door, to a refresh token or a code that is worth nothing."""
    if answer.json().get("error") == "invalid_grant":
        return answer.status == 400
    return answer.status != 200 and answer.refusal in {(401, 100108), (400, 100101)}


def is_invalid_token(answer: Answer) -> bool:
    """RFC 6750 §3.1: "expired, revoked, malformed, or invalid for other reasons"; the client can know it by the header
    alone."""
    return (answer.status, answer.headers.get("www-authenticate")) == (401, 'Bearer error="invalid_token"')
