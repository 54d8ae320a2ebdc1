"""Pushes: who gets one, what it says, what Google's service is told – and what happens when it is away."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from freedom_id.channels import fcm
from freedom_id.domain.devices import Asking
from freedom_id.domain.pushes import deliver_push, due_pushes
from freedom_id.domain.sweep import sweep
from freedom_id.domain.two_step import Answer, Asked, answer_challenge, ask_second_factor
from freedom_id.enums import TwoStepMethod
from freedom_id.models import Device, TwoStepChallenge
from tests.factories.people import partner, person

pytestmark = pytest.mark.django_db
KEY = JWK.generate(kty="RSA", size=2048)
ACCOUNT = "push@project.iam.example"


@contextmanager
def google(*, statuses: dict[str, int] | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on 127.0.0.1 that sells tokens and takes messages; what it was sent."""
    sent: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent.append({"path": self.path, "auth": self.headers.get("Authorization"), "body": body})
            answer = json.dumps({"access_token": f"t{len(sent)}", "expires_in": 3600, "name": "m"}).encode()
            self.send_response((statuses or {}).get(self.path, 200))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", sent
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_token_of_another_test() -> None:
    fcm._bought.clear()


def use(settings: Any, url: str, channel: str = "freedom_id.channels.fcm.FcmChannel") -> None:
    account = {
        "project_id": "project-1",
        "client_email": ACCOUNT,
        "private_key": KEY.export_to_pem(private_key=True, password=None).decode(),
        "token_uri": f"{url}/token",
        "endpoint": url,
    }
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"FCM": account, "CHANNELS": {"push": channel}}


def app(account: Any, **columns: Any) -> Device:
    client, _secret = partner()
    known = {"key": uuid4().hex, "push_token": f"push-{uuid4()}", "trusted_at": timezone.now(), "locale": "en"}
    return Device.objects.create(**({"account": account, "client": client} | known | columns))


def push(account: Any, asking: Device | None = None) -> TwoStepChallenge:
    client, _secret = partner(name="Oasis Bank")
    asked = Asked(account, client, client, None, asking, "x", "x", "Pay", "10.1.2.3", "en")
    return ask_second_factor(asked, TwoStepMethod.NOTIFICATION)


@pytest.mark.requirement("RFC 7523 §2.1, §3")
def test_an_assertion_buys_a_token_that_sends_the_message(settings: Any) -> None:
    account = person()
    phone = app(account)
    with google() as (url, sent):
        use(settings, url)
        challenge = push(account)
        deliver_push(str(challenge.pk))
        token, message = sent
    form = parse_qs(token["body"])
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assertion = JWS()
    assertion.deserialize(form["assertion"][0], KEY)
    claims = json.loads(assertion.payload)
    assert (claims["iss"], claims["aud"]) == (ACCOUNT, f"{url}/token")
    assert claims["exp"] - claims["iat"] <= 3600
    assert assertion.jose_header["alg"] == "RS256"
    assert (message["path"], message["auth"]) == ("/v1/projects/project-1/messages:send", "Bearer t1")
    said = json.loads(message["body"])["message"]
    assert said["token"] == phone.push_token
    assert said["data"] == {"challenge_id": str(challenge.pk)}
    assert "Oasis Bank" in said["notification"]["body"]
    assert str(challenge.number) not in json.dumps(said["notification"])
    assert due_pushes() == []


def test_a_token_is_bought_once(settings: Any) -> None:
    account = person()
    app(account)
    with google() as (url, sent):
        use(settings, url)
        for _number in range(2):
            deliver_push(str(push(account).pk))
    assert [entry["path"].rpartition("/")[2] for entry in sent] == ["token", "messages:send", "messages:send"]


def test_trusted_apps_that_are_signed_in_get_it_and_the_one_that_asks_does_not(settings: Any) -> None:
    account = person()
    phone, asking = app(account), app(account)
    app(account, trusted_at=None)
    app(account, signed_out_at=timezone.now())
    app(account, push_token="")
    app(person())
    with google() as (url, sent):
        use(settings, url)
        deliver_push(str(push(account, asking).pk))
    assert [json.loads(entry["body"])["message"]["token"] for entry in sent[1:]] == [phone.push_token]


@pytest.mark.parametrize("away", ["/token", "/v1/projects/project-1/messages:send"], ids=["tokens", "messages"])
def test_what_was_not_taken_stays_due_until_it_expires_and_no_token_is_logged(
    settings: Any, caplog: Any, away: str
) -> None:
    account = person()
    phone = app(account)
    with google(statuses={away: 503}) as (url, _sent):
        use(settings, url)
        challenge = push(account)
        deliver_push(str(challenge.pk))
    assert "FcmRefused" in caplog.text
    assert phone.push_token not in caplog.text
    assert due_pushes() == [], "leased"
    with time_machine.travel(timezone.now() + timedelta(seconds=16)):
        assert due_pushes() == [str(challenge.pk)]
    with time_machine.travel(timezone.now() + timedelta(seconds=121)):
        assert due_pushes() == []


def test_an_answered_challenge_is_not_pushed_and_without_a_channel_nothing_waits(settings: Any) -> None:
    account = person()
    phone = app(account)
    with google() as (url, sent):
        use(settings, url)
        answered = push(account)
        no = Answer(Asking("10.1.2.3", phone), None, None, False, str(phone.pk))
        answer_challenge(account, answered.pk, no)
        deliver_push(str(answered.pk))
    assert sent == []
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CHANNELS": {}}
    deliver_push(str(push(account).pk))
    assert due_pushes() == []


def test_the_sweep_brings_what_the_broker_lost_and_the_console_shows_no_token(settings: Any, capsys: Any) -> None:
    account = person()
    phone = app(account)
    settings.CELERY_TASK_ALWAYS_EAGER = True
    use(settings, "http://127.0.0.1:1", channel="freedom_id.channels.console.ConsoleChannel")
    challenge = push(account)
    assert due_pushes() == [str(challenge.pk)]
    sweep()
    deliver_push(str(challenge.pk))
    shown = capsys.readouterr().out
    assert "Is this you?" in shown
    assert phone.push_token not in shown


def test_an_address_that_must_not_be_reached_is_not(settings: Any, caplog: Any) -> None:
    account = person()
    app(account)
    use(settings, "http://127.0.0.1:1")
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"CALLBACK_NETWORKS": []}
    deliver_push(str(push(account).pk))
    assert "AddressRefused" in caplog.text
