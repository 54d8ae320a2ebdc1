"""Issue 4, done when 5: after a long walk at every door, a dump of the database holds digests and ciphertexts only, and
no log of web, worker or beat holds anything of what was secret."""

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from freedom_id.enums import Door
from freedom_id.models import Allowance, BrowserSignIn, PersonalCopy
from identity_portal.demo.models import InboxMessage
from tests import leaks
from tests.compliance.standard_door import FORM, VERIFIER, request_url
from tests.factories.people import PASSWORD, REDIRECT_URI, email_of, phone_of
from tests.freedom_id.identity_v4.parties import V4, Party, customer_headers, enclosed, first_party, operator
from tests.journeys.both_doors import Sharing, sharing
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
IN_CLEAR_BY_DESIGN = {"demo_inboxmessage"}
NEW_NUMBER = "+998971112233"
FRACTION = re.compile(r"\.\d{1,6}(?=[+Z\"])")  # of a second: six digits too


@dataclass
class Walk:
    """What is done at the Identity door, over the socket, by the person's app; `secrets` is all that came up on the
    way, by what it is."""

    portal: Portal
    group: Party
    bearer: str
    secrets: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, authorization: str, body: Any = None, **headers: str) -> Any:
        sent = {"Authorization": authorization} | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = requests.request(method, self.portal.url + path, json=body, headers=sent, timeout=10)
        return answer.json()

    def call(self, method: str, tail: str, body: Any = None) -> Any:
        answer = self.send(method, self.group.path(tail), self.bearer, body)
        assert answer["code"] == 10001, answer
        return answer["data"]

    def prove(self, **asked: str) -> str:
        """A code of the Identity door: first a wrong try, then the right one. Its id."""
        Allowance.objects.all().delete()  # the time between two codes
        otp = self.call("POST", "otps", asked)
        digits = code_sent_after(otp["create_at"])
        self.secrets[f"code {asked}"] = digits
        inputs = {"ref_code": otp["inputs"]["ref_code"], "password": f"{(int(digits) + 1) % 10**6:06d}"}
        path, tried = self.group.path(f"otps/{otp['otp_id']}"), {"status": "verifying", "inputs": inputs}
        assert self.send("PUT", path, self.bearer, tried)["code"] == 42201
        inputs["password"] = digits
        self.call("PUT", f"otps/{otp['otp_id']}", tried)
        return str(otp["otp_id"])


def code_sent_after(milliseconds: int) -> str:
    """Out of the message that the worker sends, waited for at most 20 s."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for message in InboxMessage.objects.filter(text__contains="#").order_by("-pk")[:1]:
            if message.sent_at.timestamp() * 1000 >= milliseconds:
                return message.text.rpartition("#")[2]
        time.sleep(0.1)
    raise AssertionError("no code arrived")


def token_of_the_group(who: Sharing, group: Party) -> str:
    """In the browser where she is signed in; the Bearer header."""
    page = who.walk.get(request_url(group.client, scope="openid account"))
    back = page if page.location else who.walk.consent(page, grants=["account"])
    fields = {"code": back.returned["code"], "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    fields["grant_type"] = "authorization_code"
    headers = {"Authorization": group.basic, "Content-Type": FORM}
    answer = requests.post(f"{who.base_url}/oauth2/token", fields, headers=headers, timeout=10)
    return f"Bearer {answer.json()['access_token']}"


def share(who: Sharing) -> dict[str, str]:
    """Both doors: consent, code, tokens, refresh, data, a profile; a sign-in that fails. What was secret."""
    found: dict[str, str] = {}
    for door in Door:
        code = who.code(door)
        first = who.exchange(door, code).json()
        assert who.info(first["access_token"]).status == 200
        second = who.refresh(door, first["refresh_token"]).json()
        assert who.info("a" * 128).status == 401
        for name, tokens in (("first", first), ("second", second)):
            found |= {f"{door} {name} {kind}": tokens[kind] for kind in ("access_token", "refresh_token")}
        found[f"{door} code"] = code
    who.questions(found["freedom_id second access_token"])
    stranger = FreedomWalk(requests.Session(), who.base_url)
    stranger.sign_in("/me/", phone_of(who.account), "not her password")
    assert isinstance(who.walk.browser, requests.Session)
    found |= {f"cookie {cookie.name}": str(cookie.value) for cookie in who.walk.browser.cookies if cookie.value}
    return found


def add_credentials(walk: Walk) -> None:
    walk.prove(channel="sms", purpose="step_up")
    made = walk.call("POST", "credentials", {"type": "totp"})
    walk.secrets["secret of the app"] = parse_qs(urlsplit(made["uri"]).query)["secret"][0]
    for number, code in enumerate(walk.call("POST", "credentials", {"type": "recovery"})["codes"]):
        walk.secrets[f"recovery code {number}"] = code
        walk.secrets[f"recovery code {number} in one"] = code.replace("-", "")
    number = walk.call("POST", "credentials", {"type": "mobile", "value": NEW_NUMBER})["id"]
    otp = walk.prove(channel="sms", purpose="credential", address=NEW_NUMBER)
    walk.send("PUT", walk.group.path(f"credentials/{number}"), walk.bearer, {"otp_id": otp})


def use_devices(walk: Walk) -> None:
    push_token = "push-token-of-her-phone-1"
    device = {"device_id": "sdk-of-her-phone-1", "device_model": "Pixel", "push_token": push_token}
    made = walk.call("POST", "devices", device)
    walk.secrets |= {"device key": made["device_key"], "push token": push_token, "id of the SDK": device["device_id"]}
    walk.call("PATCH", f"devices/{made['device_id']}", {"trusted": True})
    Allowance.objects.all().delete()
    asked = walk.call("POST", "2fa", {"method": "email", "act": "Pay"})
    digits = code_sent_after(asked["expire_at"] - 120_000)
    walk.secrets["code of the second factor"] = digits
    answer = {"challenge_id": asked["challenge_id"], "is_approved": 1, "code": digits}
    assert walk.call("POST", "2fa", answer)["status"] == "approved"


def operate(walk: Walk) -> None:
    """Clients and customers, by those who may; a number where none should stand."""
    team, centre, number = operator("clients.manage"), operator("customers.read"), phone_of(walk.group.account)
    application = {"redirect_uri": "https://shop.example/back", "scope": "openid"}
    named = {"app_name": {"en": "Shop"}, "company_name": {"en": "Shop LLC"}, "country": "Thailand"}
    made = walk.send("POST", f"{V4}/clients", team.basic, {"applications": [application], **named})
    walk.secrets |= {"secret of a new client": made["data"][0]["client_secret"]}
    walk.secrets |= {"secret of the team": team.secret, "secret of the centre": centre.secret}
    headers = customer_headers(centre.client)
    for path in (quote(enclosed(centre.client, number), safe=""), quote(number)):
        walk.send("GET", f"{V4}/customers/{path}?channel=CRM", centre.basic, **headers)
    found = walk.send("POST", f"{V4}/customers/lookup", centre.basic, {"mobile": number, "channel": "CRM"}, **headers)
    assert found["resultResponse"]["customer"]["ssoid"] == walk.group.account.pk


def copy_everything(who: Sharing) -> None:
    """On her own pages, read on paper."""
    now = timezone.now()
    BrowserSignIn.objects.update(started_at=now, stepped_up_at=now)
    who.walk.post(who.walk.get("/me/privacy/copy/"), "decision")
    deadline = time.monotonic() + 20
    while not PersonalCopy.objects.filter(state="ready").exists():
        assert time.monotonic() < deadline, "no copy was written"
        time.sleep(0.1)
    assert phone_of(who.account) in who.walk.get(f"/me/privacy/copy/{PersonalCopy.objects.get().pk}/print/").text


def dump() -> str:
    """Every row of every table as JSON, and what is in the sessions."""
    rows = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names()) - IN_CLEAR_BY_DESIGN:
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            rows += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return FRACTION.sub("", "\n".join(rows))


def found_in(text: str, secrets: dict[str, str]) -> list[str]:
    """What of them stands in the text, in any case of letters and not within a longer word."""
    return [
        what
        for what, secret in secrets.items()
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])", text, re.IGNORECASE)
    ]


def test_after_a_long_walk_nothing_secret_lies_in_the_database_or_a_log(portal: Portal) -> None:
    portal.start_worker(beat=True)
    who = sharing(portal.url)
    secrets = share(who)
    group = first_party(account=who.account)
    walk = Walk(portal, group, token_of_the_group(who, group), secrets)
    add_credentials(walk)
    use_devices(walk)
    operate(walk)
    copy_everything(who)
    for name in ("web", "worker"):
        portal.stop(name)

    account = who.account
    secrets |= {"password": PASSWORD, "new number": NEW_NUMBER[1:], "number": phone_of(account)[1:]}
    secrets |= {"address": email_of(account), "identifier": account.identifier, "secret": who.secret}
    secrets |= {"secret of the group": group.secret, "token of the group": walk.bearer.removeprefix("Bearer ")}
    secrets |= {name: getattr(account, name) for name in ("firstname", "lastname", "patronymic")}
    assert found_in(dump(), secrets) == []
    for log in portal.folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert (found_in(text, secrets), leaks.leaks_in(text)) == ([], []), log.name
    assert InboxMessage.objects.exclude(text__contains="#").exists(), "the worker told of the new number"
