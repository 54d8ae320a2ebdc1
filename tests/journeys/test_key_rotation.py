"""A rotation of the signing key, and a restart, while clients go on: two processes, one that knew the keys before and
one that starts after, and a client that reads the JWKS again only for a `kid` that it does not know."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import Any

import pytest
import requests
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from freedom_id.domain.signing_keys import PUBLISHED_BEFORE_USE, activate_published_keys, publish_next_key
from freedom_id.enums import KeyState
from freedom_id.models import Account, PartnerClient, SigningKey
from tests.compliance.standard_door import SCOPE, VERIFIER, request_url
from tests.factories.people import REDIRECT_URI, partner, person, phone_of
from tests.journeys.walk import FreedomWalk
from tests.servers.free_port import free_port
from tests.servers.portal import Portal

pytestmark = pytest.mark.postgresql


@pytest.fixture
def younger(portal: Portal) -> Iterator[Portal]:
    """A second process of the same portal; it is started by the test."""
    second = replace(portal, port=free_port(), children={})
    yield second
    second.stop("web")


@dataclass
class Looping:
    """A client that refreshes, verifies and asks userinfo without end, at every process in turn."""

    client: PartnerClient
    secret: str
    refresh_token: str
    portals: list[Portal]
    keys: KeySet
    kids: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    reads: int = 0

    def run_until(self, stop: Event) -> None:
        while not stop.is_set():
            for portal in list(self.portals):
                try:
                    self._once(f"http://127.0.0.1:{portal.port}")
                except Exception as error:  # noqa: BLE001 -- whatever it is, it is the finding
                    self.failures.append(repr(error))

    def _once(self, at: str) -> None:
        fields = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        answer = requests.post(f"{at}/oauth2/token", fields, auth=(self.client.client_id, self.secret), timeout=10)
        answer.raise_for_status()
        tokens = answer.json()
        self.refresh_token = tokens["refresh_token"]
        self._verify(at, tokens["id_token"])
        for portal in list(self.portals):
            seen = requests.get(
                f"http://127.0.0.1:{portal.port}/oauth2/userinfo",
                headers={"Authorization": f"Bearer {tokens['access_token']}"},
                timeout=10,
            )
            seen.raise_for_status()

    def _verify(self, at: str, id_token: str) -> None:
        kid = str(jws.extract_compact(id_token.encode()).headers()["kid"])
        if kid not in {key.kid for key in self.keys.keys}:
            self.keys, self.reads = key_set(at), self.reads + 1
        jwt.decode(id_token, self.keys, algorithms=["ES256"])
        self.kids.append(kid)


def key_set(at: str) -> KeySet:
    found: Any = requests.get(f"{at}/.well-known/jwks.json", timeout=10).json()
    return KeySet.import_key_set(found)


def looping(portal: Portal, account: Account) -> Looping:
    client, secret = partner()
    with requests.Session() as browser:
        walk = FreedomWalk(browser, portal.url)
        page = walk.sign_in(request_url(client), phone_of(account))
        code = walk.consent(page, grants=[*client.grants, *client.scopes]).returned["code"]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    answer = requests.post(f"{portal.url}/oauth2/token", fields, auth=(client.client_id, secret), timeout=10)
    assert answer.json()["scope"].split() == SCOPE.split()
    return Looping(client, secret, answer.json()["refresh_token"], [portal], key_set(portal.url))


@contextmanager
def under_way(loop: Looping) -> Iterator[Callable[[int], None]]:
    """The client loops in a thread; calling waits for so many more of its refreshes."""
    stop = Event()
    thread = Thread(target=loop.run_until, args=(stop,))
    thread.start()

    def wait_for(turns: int) -> None:
        seen = len(loop.kids)
        while thread.is_alive() and len(loop.kids) < seen + turns and not loop.failures:
            stop.wait(0.05)

    try:
        yield wait_for
    finally:
        stop.set()
        thread.join()


@pytest.mark.requirement("security.md T4")
def test_a_restart_beside_another_process_fails_no_call(portal: Portal, younger: Portal) -> None:
    loop = looping(portal, person())
    first = loop.refresh_token
    younger.start_web()
    loop.portals.append(younger)
    with under_way(loop) as wait_for:
        wait_for(4)
        loop.portals.remove(portal)
        wait_for(2)
        portal.stop("web")
        wait_for(4)
        portal.start_web()
        loop.portals.append(portal)
        wait_for(4)
    assert loop.failures == []
    fields = {"grant_type": "refresh_token", "refresh_token": first}
    answer = requests.post(f"{portal.url}/oauth2/token", fields, auth=(loop.client.client_id, loop.secret), timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.requirement("security.md T12")
def test_a_rotation_fails_no_verification(portal: Portal, younger: Portal) -> None:
    loop = looping(portal, person())
    with under_way(loop) as wait_for:
        old = SigningKey.objects.get()
        following = publish_next_key()
        SigningKey.objects.filter(state=KeyState.PUBLISHED).update(created_at=timezone.now() - PUBLISHED_BEFORE_USE)
        assert activate_published_keys() == [following]
        younger.start_web()  # it signs with the new key at once; the older process remembers the former for a minute
        loop.portals.append(younger)
        wait_for(20)
    assert loop.failures == []
    assert set(loop.kids) == {old.kid, following.kid}
    assert loop.reads == 1
