"""A person who agreed to share data with a partner, and what that partner's backend then asks for."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import requests
from django.utils import timezone

from freedom_id.domain.consent_requests import SignIn, allow, question_for
from freedom_id.domain.links import ClientCredentials, LinkInput, create_link, open_request
from freedom_id.domain.rows import AccessRow
from freedom_id.domain.tokens import TokenSet, exchange_code, live_access
from freedom_id.models import Account, Authorization, PartnerClient
from tests.factories.people import REDIRECT_URI, partner, person


@dataclass
class Partnership:
    account: Account
    client: PartnerClient
    secret: str
    tokens: TokenSet

    @property
    def authorization(self) -> Authorization:
        """The live one."""
        return Authorization.objects.get(account=self.account, client=self.client, ended_at__isnull=True)

    @property
    def access(self) -> AccessRow:
        return live_access(self.tokens.access_token)

    def ask(self, url: str, request_id: UUID) -> requests.Response:
        return call("POST", f"{url}/api/v1/oauth/get-profile", self.tokens, {"request_id": str(request_id)})

    def status(self, url: str, request_id: UUID) -> requests.Response:
        return call("GET", f"{url}/api/v1/oauth/get-profile/status", self.tokens, {"request_id": str(request_id)})

    def again(self) -> "Partnership":
        """The person agrees once more."""
        return connect(self.account, self.client, self.secret)


def call(method: str, url: str, tokens: TokenSet, body: dict[str, Any] | None = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {tokens.access_token}"}
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, json=body, headers=headers, timeout=15)


def connected(**stated: Any) -> Partnership:
    return connect(person(), *partner(**stated))


def connect(account: Account, client: PartnerClient, secret: str) -> Partnership:
    """Link → consent to all that the partner may ask for → code → tokens, by the domain's own functions."""
    credentials = ClientCredentials(client.client_id, secret, "127.0.0.1")
    url = create_link(credentials, LinkInput(REDIRECT_URI, client.grants))
    asked = open_request(parse_qs(urlsplit(url).query)["track_id"][0])
    question = question_for(asked, account, locale="en")
    sign_in = SignIn(account, uuid4(), timezone.now(), "127.0.0.1")
    code = allow(str(asked.pk), sign_in, ticked=client.grants, shown=question.shown)
    revoke_uri = client.revoke_uris.partition(" ")[0]
    return Partnership(account, client, secret, exchange_code(credentials, code=code, revoke_uri=revoke_uri))
