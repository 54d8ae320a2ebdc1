"""The door behind granian: what a test client delivers and a server drops, or the other way round."""

import socket
from base64 import b64decode, b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
import requests
from django.db import connection

from consents.models import AnsweredKey, ConsentTransaction
from freedom_id.domain.accounts import register_account
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.number_references import index_numbers, number_reference
from freedom_id.grants import CONSENTS
from freedom_id.models import Allowance, BridgePolicy, OneTimeCode, PartnerClient
from tests.compliance.standard_door import FORM, VERIFIER, basic_header, request_url
from tests.factories.people import REDIRECT_URI, phone_of
from tests.freedom_id.identity_v4.parties import V4, Party, ask_at, id_of, operator, party, publish
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

# The rows are committed, and the flush afterwards meets the append-only triggers of SQLite.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NUMBER = "+998901112233"
CODE = {"channel": "sms", "purpose": "step_up"}


def tokens_over_http(portal: Portal, who: Party) -> dict[str, Any]:
    """As a client of the standard door gets them: the person ticks the permission on the consent page."""
    walk = FreedomWalk(requests.Session(), portal.url)
    page = walk.sign_in(portal.url + request_url(who.client, scope="openid consents"), phone_of(who.account))
    code = walk.consent(page, grants=[CONSENTS]).returned["code"]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    headers = {"Authorization": basic_header(who.client.client_id, who.secret), "Content-Type": FORM}
    found: dict[str, Any] = requests.post(f"{portal.url}/oauth2/token", fields, headers=headers, timeout=10).json()
    return found


def send(portal: Portal, method: str, path: str, authorization: str, body: Any = None, **headers: str) -> Any:
    sent = {"Authorization": authorization} | {name.replace("__", "-"): value for name, value in headers.items()}
    return requests.request(method, portal.url + path, json=body, headers=sent, timeout=10)


def raw(portal: Portal, *lines: str, body: bytes = b"") -> bytes:
    with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as link:
        link.sendall("\r\n".join([*lines, "Host: localhost", "Connection: close", "", ""]).encode("latin-1") + body)
        answer = b""
        while piece := link.recv(65536):
            answer += piece
    return answer


def test_the_door_from_sign_in_to_disconnection(portal: Portal) -> None:
    shop = party()
    publish("news")
    ask_at(shop.client, "news")
    bearer = f"Bearer {tokens_over_http(portal, shop)['access_token']}"
    point = send(portal, "GET", f"{V4}/collectionpoints?names=news", bearer, Accept__Language="ru").json()
    [asked] = point["purposes"]
    assert (asked["title"], asked["status"]) == ("Новости", "NO_CONSENT")
    allow, withdraw = (shop.path(f"consents/transactions/{act}") for act in ("allow", "withdraw"))
    body = {"purposes": [{"Id": asked["Id"], "Version": asked["version"]}]}
    first = send(portal, "POST", allow, bearer, body, Idempotency__Key="k", X__Request__ID="r-1")
    again = send(portal, "POST", allow, bearer, body, Idempotency__Key="k")
    assert (first.status_code, first.content) == (again.status_code, again.content) == (200, first.content)
    assert first.headers["X-Request-ID"] == "r-1"
    assert ConsentTransaction.objects.filter(purpose__name="news").count() == 1
    [item] = send(portal, "GET", shop.path("consents?names=news"), bearer).json()["content"]
    assert item["status"] == "ACTIVE"
    ended = send(portal, "PUT", withdraw, bearer, {"PurposeId": str(id_of("identity-provider"))})
    assert ended.json()["code"] == 10001
    assert send(portal, "GET", shop.path("consents"), bearer).json()["code"] == 40101
    connection.close()


def test_what_servers_do_to_headers(portal: Portal) -> None:
    """Credentials come in Authorization alone, but for the bridge: the published headers `client_id`, `client_secret`
    and `access_token` open nothing, whether a server delivers names with underscores (granian) or drops them
    (nginx)."""
    shop = party()
    publish("news")
    ask_at(shop.client, "news")
    bearer, centre = f"Bearer {tokens_over_http(portal, shop)['access_token']}", operator("accounts.operate")
    allow = shop.path("consents/transactions/allow")
    body = {"purposes": [{"Id": str(id_of("news"))}]}
    published = {"client_id": centre.client.client_id, "client_secret": centre.secret, "access_token": bearer[7:]}
    hyphens = {name.replace("_", "-"): value for name, value in published.items()}
    for headers in (published, hyphens, published | hyphens):
        assert requests.get(portal.url + shop.path("apps"), headers=headers, timeout=10).json()["code"] == 40100
    keyed = {"Authorization": bearer, "Idempotency-Key": "k", "Idempotency_Key": "other"}
    for _time in range(2):
        assert requests.post(portal.url + allow, json=body, headers=keyed, timeout=10).status_code == 200
    assert AnsweredKey.objects.count() == ConsentTransaction.objects.filter(purpose__name="news").count() == 1
    for lines in (
        (f"GET {shop.path('consents')} HTTP/1.1", f"authorization:   {bearer}", "x-request-id: a"),
        (f"GET {shop.path('consents')} HTTP/1.1", f"AUTHORIZATION: {bearer.replace('Bearer', 'bEARER')}"),
    ):
        answer = raw(portal, *lines)
        assert answer.startswith(b"HTTP/1.1 200")
    two = raw(portal, f"GET {shop.path('consents')} HTTP/1.1", f"Authorization: {bearer}", "Authorization: Bearer x")
    assert two[9:10] in (b"2", b"4")
    body_on_get = raw(
        portal, f"GET {shop.path('consents?names=news')} HTTP/1.1", f"Authorization: {bearer}",
        "Content-Type: application/json", "Content-Length: 2", body=b"{}",
    )  # fmt: skip
    assert body_on_get.startswith(b"HTTP/1.1 200")


def test_bodies_that_no_client_library_sends(portal: Portal) -> None:
    shop = party()
    bearer = f"Bearer {tokens_over_http(portal, shop)['access_token']}"
    post = [f"POST {shop.path('consents/transactions/allow')} HTTP/1.1", f"Authorization: {bearer}"]
    odd = "Content-Type: application/json; charset=base64"
    for lines, body, code in (
        (["Content-Length: 70000"], b"a" * 70_000, 41300),
        (["Content-Length: 2"], b"[]", 40000),
        (["Content-Length: 2", odd], b"[]", 40000),
        ([], b"", 40000),
    ):
        answer = raw(portal, *post, *lines, body=body)
        assert f'"code":{code}'.encode() in answer, (lines, answer)


def test_unknown_paths_and_methods_skip_the_pages(portal: Portal) -> None:
    for method, path, code in (("GET", f"{V4}/nonsense", 40400), ("BREW", f"{V4}/collectionpoints", 40500)):
        answer = send(portal, method, path, "")
        assert answer.json()["code"] == code
        assert not {"Content-Security-Policy", "Set-Cookie", "Vary"} & set(answer.headers)


def test_a_number_is_named_in_standard_base64_through_a_server(portal: Portal) -> None:
    """Servers decode `%2F` before they route; an unescaped slash is no other path either."""
    centre = operator("accounts.operate")
    centre.client.client_id = next(name for name in (str(UUID(int=number)) for number in range(2000)) if slashed(name))
    centre.client.save(update_fields=["client_id"])
    account = register_account(parse_identifier(NUMBER))
    index_numbers(centre.client)
    name = b64encode(number_reference(centre.client, NUMBER)).decode()
    answers = []
    for written in (quote(name, safe=""), name.replace("+", "%2B"), urlsafe_b64encode(b64decode(name)).decode()):
        Allowance.objects.all().delete()
        answers.append(send(portal, "POST", f"{V4}/accounts/{written}/otps", centre.basic, CODE))
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert set(OneTimeCode.objects.values_list("account", flat=True)) == {account.pk}
    otp = answers[-1].json()["data"]
    path = f"{V4}/accounts/{quote(name, safe='')}/otps/{otp['otp_id']}"
    inputs = {"ref_code": otp["inputs"]["ref_code"], "password": "x"}
    assert send(portal, "PUT", path, centre.basic, {"status": "verifying", "inputs": inputs}).json()["code"] == 42201
    assert send(portal, "POST", path, centre.basic).json()["code"] == 42900
    connection.close()


def slashed(client_id: str) -> bool:
    name = b64encode(number_reference(PartnerClient(client_id=client_id), NUMBER))
    return b"/" in name and b"+" in name


def test_the_bridge_and_the_headers_of_its_clients(portal: Portal) -> None:
    """granian hands `client_id` and `client-id` on under one name, the last of the two, so no spelling is told from the
    other here. What can be seen is refused: a header beside Basic, a header that came twice, half a pair; and whatever
    comes is a credential that has to be right. Elsewhere such headers are nothing."""
    caller, manager = party(name="Caller"), operator("clients.manage")
    audience = party(account=caller.account, name="Audience", scopes=["openid"])
    audience.token("openid")
    BridgePolicy.objects.create(caller=caller.client, audience=audience.client)
    subject = tokens_over_http(portal, caller)["access_token"]
    asked = {"grant_type": "token-exchange", "subject_token": subject, "audience": audience.client.pk}

    def bridge(headers: dict[str, str]) -> tuple[int, str]:
        answer = requests.post(f"{portal.url}{V4}/oauth2/token", json=asked, headers=headers, timeout=10)
        return answer.status_code, answer.json().get("error", "")

    right = {"client-id": str(caller.client.pk), "client-secret": caller.secret}
    underscores = {"client_id": str(caller.client.pk), "client_secret": "wrong"}
    assert bridge({"Authorization": caller.basic}) == (200, "")
    assert bridge(right) == (200, "")
    assert bridge(right | {"Authorization": f"Bearer {subject}"}) == (200, "")
    assert bridge(underscores) == bridge(right | underscores) == (401, "invalid_client")
    assert bridge(underscores | {"Authorization": caller.basic}) == (400, "invalid_request")
    assert bridge(right | {"Authorization": caller.basic}) == (400, "invalid_request")
    twice = raw(
        portal, f"POST {V4}/oauth2/token HTTP/1.1", *(f"{name}: {value}" for name, value in right.items()),
        f"client-id: {caller.client.pk}", "Content-Length: 2", body=b"{}",
    )  # fmt: skip
    assert twice.startswith(b"HTTP/1.1 400")
    for names in ("client-id client-secret", "client_id client_secret"):
        shown = dict(zip(names.split(), (manager.client.client_id, manager.secret), strict=True))
        assert requests.get(f"{portal.url}{V4}/clients", headers=shown, timeout=10).json()["code"] == 40100
