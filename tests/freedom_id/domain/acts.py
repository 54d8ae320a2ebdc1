"""The way of a person and a partner through the domain, without pages: ask, decide, exchange."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.utils import timezone

from freedom_id.domain.consent_requests import ShownNotice, SignIn, allow, question_for
from freedom_id.domain.links import ClientCredentials, LinkInput, create_link, open_request
from freedom_id.domain.tokens import TokenSet, exchange_code, live_access
from freedom_id.errors import FreedomIdError
from freedom_id.models import Account, Authorization, PartnerClient
from tests.factories.people import REDIRECT_URI, partner, person

IP = "203.0.113.7"
GRANTS = ("read.firstname", "read.phone", "read.profile")


@dataclass
class Pair:
    """One person and one partner; every code comes from the sign-in `sign_in`."""

    account: Account
    client: PartnerClient
    secret: str
    sign_in: SignIn

    @property
    def credentials(self) -> ClientCredentials:
        return ClientCredentials(self.client.client_id, self.secret, IP)

    @property
    def live(self) -> Authorization:
        return Authorization.objects.get(account=self.account, client=self.client, ended_at__isnull=True)

    def ask(self, *grants: str) -> str:
        """The track of a fresh link."""
        url = create_link(self.credentials, LinkInput(REDIRECT_URI, grants or GRANTS))
        return parse_qs(urlsplit(url).query)["track_id"][0]

    def shown(self, track: str) -> list[ShownNotice]:
        question = question_for(open_request(track), self.account, locale="en")
        return question.shown

    def allow(self, track: str) -> str:
        """Agree to everything that is asked; returns the code."""
        shown = self.shown(track)
        return allow(track, self.sign_in, ticked=[notice.name for notice in shown], shown=shown)

    def code(self, *grants: str) -> str:
        return self.allow(self.ask(*grants))

    def exchange(self, code: str) -> TokenSet:
        return exchange_code(self.credentials, code=code)

    def tokens(self, *grants: str) -> TokenSet:
        return self.exchange(self.code(*grants))


def pair(**stated: object) -> Pair:
    client, secret = partner(**stated)
    return new_person(Pair(person(), client, secret, None))  # type: ignore[arg-type]


def new_person(known: Pair) -> Pair:
    """Another person at the same partner."""
    account = person() if known.sign_in else known.account
    return Pair(account, known.client, known.secret, SignIn(account, uuid4(), timezone.now(), IP))


def is_alive(access_token: str) -> bool:
    try:
        live_access(access_token)
    except FreedomIdError:
        return False
    return True
