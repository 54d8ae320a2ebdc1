"""What the pages for partners show, run against the portal: samples as programs, the quick start as pasted
into a shell; a person walks in between."""

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from identity_portal.partners.samples import FOLDER
from tests.factories.people import REDIRECT_URI, partner, person, phone_of
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

pytestmark = pytest.mark.postgresql  # the portal is a process of its own, and SQLite's ledger cannot be emptied

NODE = shutil.which("node")
INTERPRETERS = {".py": sys.executable, ".mjs": str(NODE)}
LANGUAGES = [
    pytest.param(".py", id="python"),
    pytest.param(".mjs", id="javascript", marks=pytest.mark.skipif(not NODE, reason="needs Node.js")),
]
Sample = subprocess.Popen[str]


@pytest.fixture
def walk(portal: Portal) -> Iterator[FreedomWalk]:
    """A browser in which nobody is signed in yet."""
    with requests.Session() as browser:
        yield FreedomWalk(browser, portal.url)


@contextmanager
def running(portal: Portal, name: str) -> Iterator[Sample]:
    """The sample with the credentials of a new partner and nothing else in its environment."""
    client, secret = partner()
    stated = {"FREEDOM_ID": portal.url, "CLIENT_ID": client.client_id, "SECRET": secret, "REDIRECT_URI": REDIRECT_URI}
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [INTERPRETERS[Path(name).suffix], str(FOLDER / name)]
    with subprocess.Popen(command, env=stated, text=True, **pipes) as sample:
        try:
            yield sample
        finally:
            sample.kill()


def address_of(sample: Sample) -> str:
    """Where the sample sends the person."""
    assert sample.stdout
    label, _colon, address = sample.stdout.readline().partition(": ")
    assert label == "Open in a browser", sample.communicate(timeout=20)
    return address.strip()


def outcome(sample: Sample, back: str) -> dict[str, Any]:
    """What the sample says once it knows where the browser came back to, by its labels."""
    said, complaints = sample.communicate(f"{back}\n", timeout=30)
    assert (sample.returncode, complaints) == (0, "")
    lines = [line.partition(": ") for line in said.splitlines() if ": {" in line]
    return {label: json.loads(value) for label, _colon, value in lines}


def complaint(sample: Sample, back: str) -> str:
    """What the sample ends with when it does not take that answer; nothing was shared by then."""
    said, complaints = sample.communicate(f"{back}\n", timeout=20)
    assert sample.returncode == 1
    assert "hared: " not in said
    return complaints


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_a_person_signs_in_and_shares_at_both_doors(portal, walk, suffix):
    portal.start_worker()
    account = person()
    shared = ["read.phone", "read.profile"]

    with running(portal, f"freedom_id_api{suffix}") as sample:
        back = walk.consent(walk.sign_in(address_of(sample), phone_of(account)), grants=shared).location
        said = outcome(sample, back)
    known = {"id": str(account.freedom_id), "firstname": "Dilnoza", "phone": phone_of(account)}
    assert (said["Shared"], said["Still shared"]) == (known, known)
    assert (said["Profile"]["status"], said["Profile"]["profile"]["personal"]["lastname"]) == ("completed", "Karimova")

    with running(portal, f"openid_connect{suffix}") as sample:
        said = outcome(sample, walk.consent(walk.get(address_of(sample)), grants=shared).location)
    claims = {"sub": str(account.freedom_id), "phone_number": phone_of(account)}
    assert said["Signed in"]["sub"] == claims["sub"]
    assert claims.items() <= said["Shared"].items()
    assert said["Still shared"] == said["Shared"]


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_an_answer_for_somebody_else_is_not_taken_and_a_refusal_is_told(portal, walk, suffix):
    walk.sign_in("/me/", phone_of(person()))
    for name in ("freedom_id_api", "openid_connect"):
        for spoilt, told in (("state", "another visitor"), ("iss", "not from Freedom ID"), ("", "access_denied")):
            with running(portal, name + suffix) as sample:
                back = walk.consent(walk.get(address_of(sample)), "deny").location
                if spoilt:
                    back = back.replace(f"{spoilt}=", f"{spoilt}=other")
                    assert parse_qs(urlsplit(back).query)[spoilt][0].startswith("other")
                assert told in complaint(sample, back), (name, spoilt)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_quick_start_pasted_from_top_to_bottom(portal, walk):
    client, secret = partner()
    text = requests.get(f"{portal.url}/partners/quick-start/", timeout=10).text
    shown = re.findall(r"<pre[^>]*><code[^>]*>([^<]*)</code></pre>\s*<button", text)
    known, link, token, info, refresh = map(html.unescape, shown)

    def answer(request: str, **filled: str) -> dict[str, Any]:
        """Of the request after the first block, its lines NAME='…' filled in."""
        script = f"{known}\n{request}"
        for name, value in filled.items():
            script, found = re.subn(f"^{name}='[^']+'$", f"{name}='{value}'", script, flags=re.MULTILINE)
            assert found == 1, name
        said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=20, check=True).stdout
        return dict(json.loads(said))

    who = {"CLIENT_ID": client.client_id, "SECRET": secret, "REDIRECT_URI": REDIRECT_URI}
    account = person()
    page = walk.sign_in(answer(link, **who)["redirect_uri"], phone_of(account))
    back = walk.consent(page, grants=["read.phone"]).returned
    assert back["iss"] == portal.url
    tokens = answer(token, **who, CODE=back["authorization_code"])
    assert {"id", "access_token", "refresh_token", "token_type", "expires_in", "grants"} <= tokens.keys()
    assert answer(info, ACCESS_TOKEN=tokens["access_token"])["phone"] == phone_of(account)
    newer = answer(refresh, REFRESH_TOKEN=tokens["refresh_token"])
    assert newer["id"] == tokens["id"]
