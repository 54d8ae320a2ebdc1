"""Client libraries of foreign make sign a person in, refresh and sign her out, against a portal on a real socket."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from freedom_id.models import Account
from tests.clients.conversation import conversation
from tests.clients.persona import Persona
from tests.factories.people import email_of, partner, person
from tests.journeys.walk import FreedomWalk
from tests.servers.free_port import free_port
from tests.servers.portal import Portal

pytestmark = pytest.mark.postgresql  # the portal is a process of its own, and SQLite's ledger cannot be emptied

SCOPE = "openid profile email offline_access"
CALLBACK, AFTER = "https://partner.example/callback", "https://partner.example/signed-out"


@pytest.fixture
def persona(portal: Portal) -> Iterator[Persona]:
    with requests.Session() as browser:
        yield Persona(person(), FreedomWalk(browser, portal.url))


def is_signed_in(persona: Persona) -> bool:
    return 'name="identifier"' not in persona.portal.get("/me/").text


def converse(script: str, portal: Portal, persona: Persona, **more: object) -> dict[str, object]:
    """The whole talk with a client that has no pages of its own; what it said at the end."""
    client, secret = partner(redirect_uris=[CALLBACK], post_logout_redirect_uris=[AFTER])
    registration = {"issuer": portal.url, "client_id": client.client_id, "client_secret": secret, "scope": SCOPE}
    addresses = {"redirect_uri": CALLBACK, "post_logout_redirect_uri": AFTER}
    with conversation(script, **registration, **addresses, **more) as talk:
        said = talk.hear()
        while "visit" in said:
            talk.tell(persona.leave(said["visit"]))
            said = talk.hear()
    return said


def expected_userinfo(account: Account) -> dict[str, object]:
    return {
        "sub": str(account.freedom_id),
        "name": "Dilnoza Karimova",
        "email": email_of(account),
        "email_verified": True,
    }


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        ("with_authlib.py", {}),
        ("with_requests_oauthlib.py", {}),
        ("with_idpyoidc.py", {}),
        ("with_openid_client.mjs", {"push": False}),
        ("with_openid_client.mjs", {"push": True}),
    ],
    ids=["Authlib", "requests-oauthlib", "idpyoidc", "openid-client", "openid-client with PAR"],
)
def test_a_library_signs_in_refreshes_and_signs_out(portal, persona, script, asked):
    said = converse(script, portal, persona, **asked)

    assert said["sub"] == str(persona.account.freedom_id)
    assert said["userinfo"].items() >= expected_userinfo(persona.account).items()
    assert said["refreshed"] is True
    assert said.get("introspected", [True, False]) == [True, False]
    assert said.get("pushed", False) == asked.get("push", False)
    assert said["back"].partition("?")[0] == AFTER
    assert not is_signed_in(persona)


@pytest.mark.parametrize(
    ("script", "begin", "callback"),
    [
        ("with_mozilla_django_oidc.py", "/oidc/authenticate/", "/oidc/callback/"),
        ("with_allauth.py", "/accounts/oidc/freedom/login/", "/accounts/oidc/freedom/login/callback/"),
    ],
    ids=["mozilla-django-oidc", "django-allauth"],
)
def test_a_django_site_signs_in_and_signs_out(portal, persona, tmp_path, script, begin, callback):
    url = f"http://127.0.0.1:{free_port()}"
    client, secret = partner(redirect_uris=[url + callback], post_logout_redirect_uris=[url + "/"])
    registration = {"issuer": portal.url, "client_id": client.client_id, "client_secret": secret}
    addresses = {"redirect_uri": url + callback, "post_logout_redirect_uri": url + "/"}
    with conversation(script, **registration, **addresses, folder=str(tmp_path)) as talk:
        assert talk.hear() == {"serving": urlsplit(url).port}
        site = FreedomWalk(persona.portal.browser, url)
        home = persona.through(site, site.get(begin))
        assert (home.url, home.text.split()[0]) == (url + "/", email_of(persona.account))
        if script == "with_mozilla_django_oidc.py":
            home = renewed_without_a_page(persona, site)
        home = persona.through(site, site.press(home, "logout"))
        assert (home.url, home.text.split()[0]) == (url + "/", "nobody")
    assert not is_signed_in(persona)


def renewed_without_a_page(persona: Persona, site: FreedomWalk):
    """SessionRefresh: after a second, here, the site asks the portal whether she is still there."""
    time.sleep(1.1)
    answered, page = persona.answered, site.get("/")
    assert parse_qs(urlsplit(page.location).query)["prompt"] == ["none"]
    home = persona.through(site, page)
    assert (home.text.split()[0], persona.answered) == (email_of(persona.account), answered)
    return home
