"""Contract part A from the first call to the withdrawal: a partner's backend and a person's browser, over sockets."""

import re
import time
import uuid
from typing import Any

import pytest
import requests

from tests.factories.people import email_of, partner, person, phone_of
from tests.freedom_id.api.backend import Backend
from tests.journeys.walk import FreedomWalk, Page
from tests.servers.portal import Portal

# Over sockets the rows are committed, and the flush afterwards meets the append-only triggers of SQLite.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ASKED = ["read.firstname", "read.phone", "read.email", "read.profile"]


def new_backend(portal: Portal) -> Backend:
    client, secret = partner()
    return Backend(client.client_id, secret, portal.url)


def wait_for_profile(backend: Backend, access_token: str, request_id: str) -> dict[str, Any]:
    """Poll as a partner does, for at most 20 s."""
    deadline = time.monotonic() + 20
    while True:
        answer = backend.profile_status(access_token, request_id).json()
        if answer["status"] != "pending" or time.monotonic() > deadline:
            return dict(answer)
        time.sleep(0.1)


def stop_sharing(walk: FreedomWalk) -> Page:
    """From the list of apps by the links of the pages to the one button."""
    app = re.search(r'href="(/me/apps/[0-9a-f-]{36}/)"', walk.get("/me/apps/").text)
    assert app
    leave = re.search(r'href="([^"]+/withdraw/)"', walk.get(app[1]).text)
    assert leave
    return walk.post(walk.get(leave[1]), "decision", decision="stop")


def test_from_link_to_withdrawal(portal: Portal) -> None:
    portal.start_worker()
    backend, account = new_backend(portal), person()
    walk, page = backend.ask(account, grants=ASKED, state="s-1")
    back = walk.consent(page, grants=["read.phone", "read.profile"])
    assert (back.returned["state"], back.returned["iss"]) == ("s-1", portal.url)

    tokens = backend.token(back.returned["authorization_code"]).json()
    assert tokens["grants"] == ["read.firstname", "read.phone", "read.profile"]
    known = {"id": str(account.freedom_id), "firstname": "Dilnoza", "phone": phone_of(account)}
    assert backend.info(tokens["access_token"]).json() == known
    tokens = backend.refresh(tokens["refresh_token"]).json()
    assert backend.info(tokens["access_token"]).json() == known

    request_id = str(uuid.uuid4())
    assert backend.get_profile(tokens["access_token"], request_id).json()["status"] == "accepted"
    done = wait_for_profile(backend, tokens["access_token"], request_id)
    assert (done["status"], done["profile"]["personal"]["lastname"]) == ("completed", "Karimova")

    assert stop_sharing(walk).status == 200
    assert backend.info(tokens["access_token"]).refusal == (401, 100107)
    assert backend.refresh(tokens["refresh_token"]).refusal == (401, 100108)
    assert backend.profile_status(tokens["access_token"], request_id).refusal == (401, 100107)


def read_code(portal: Portal, address: str) -> str:
    """The code out of the message that the demo's inbox received, waited for at most 20 s."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        inbox = requests.get(f"{portal.url}/demo/inbox.json", params={"to": address}, timeout=10).json()
        for message in inbox["messages"]:
            if code := re.match(r"\d{6}", message["text"]):  # a notice of what was done has none
                return code[0]
        time.sleep(0.1)
    raise AssertionError(f"no message arrived:\n{portal.log('worker')}")


def test_sign_in_by_one_time_code(portal: Portal) -> None:
    portal.start_worker()
    backend, account = new_backend(portal), person()
    for address in (phone_of(account), email_of(account)):
        walk = FreedomWalk(requests.Session(), portal.url)
        page = walk.post(walk.get(backend.login_url(grants=ASKED)), "identifier", identifier=address)
        page = walk.press(page, "/login/code/send")
        page = walk.post(page, "code", code=read_code(portal, address))
        tokens = backend.token(walk.consent(page).returned["authorization_code"]).json()
        assert backend.info(tokens["access_token"]).json()["id"] == str(account.freedom_id)
