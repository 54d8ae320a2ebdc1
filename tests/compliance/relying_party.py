"""A client's side of Back-Channel Logout: an address on a real socket, and a library that is strict with what arrives
there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from freedom_id.domain.backchannel_logout import deliver_backchannel_logout, due_backchannel_logouts
from freedom_id.models import Account, PartnerClient
from tests.compliance.standard_door import ISSUER, redeem, request_url
from tests.factories.people import partner, phone_of
from tests.freedom_id.domain.receiver import Receiver, receiver
from tests.journeys.walk import FreedomWalk

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class RelyingParty:
    client: PartnerClient
    secret: str
    hook: Receiver

    def sign_in(self, walk: FreedomWalk, account: Account, **changes: Any) -> dict[str, Any]:
        """The person comes from the client, shares what it asks for, and goes back with a code; its tokens."""
        page = walk.get(request_url(self.client, **changes))
        if 'name="identifier"' in page.text:
            page = walk.sign_in(page.url, phone_of(account))
        if not page.location:
            page = walk.consent(page, grants=[*self.client.grants, *self.client.scopes])
        tokens: dict[str, Any] = redeem(self.client, self.secret, page.returned["code"]).json()
        return tokens

    @property
    def logout_tokens(self) -> list[str]:
        return [parse_qs(got.body.decode(), strict_parsing=True)["logout_token"][0] for got in self.hook.requests]

    def read(self) -> list[jwt.Token]:
        """What arrived, each verified by the keys that are published now."""
        keys = KeySet.import_key_set(Client().get("/.well-known/jwks.json").json())
        return [jwt.decode(token, keys, algorithms=["ES256"]) for token in self.logout_tokens]

    def accepted(self) -> list[dict[str, Any]]:
        """The claims of what arrived, each judged as §2.6 wants."""
        return [self._claims(token) for token in self.read()]

    def _claims(self, token: jwt.Token) -> dict[str, Any]:
        expected = {name: {"essential": True} for name in ("iat", "exp", "jti", "events")}
        expected |= {"iss": {"essential": True, "value": ISSUER}}
        expected |= {"aud": {"essential": True, "value": self.client.client_id}}
        jwt.JWTClaimsRegistry(**expected).validate(token.claims)
        claims: dict[str, Any] = token.claims
        assert token.header["typ"] == "logout+jwt"
        assert claims["events"] == {EVENT: {}}
        assert {"sub", "sid"} & set(claims)
        assert "nonce" not in claims
        return claims


@contextmanager
def relying_party(**stated: Any) -> Iterator[RelyingParty]:
    with receiver() as hook:
        client, secret = partner(**{"backchannel_logout_uri": hook.url, **stated})
        yield RelyingParty(client, secret, hook)


def deliver_all() -> None:
    """What the worker does with all that is due."""
    for callback_id in due_backchannel_logouts():
        deliver_backchannel_logout(callback_id)
