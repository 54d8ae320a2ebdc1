"""People and clients at the Identity door: what they show, and what they call."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from joserfc import jwe
from joserfc.jwk import OctKey

from consents.domain.check import check_consents
from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, publish_purpose
from consents.domain.subjects import subject_for_account
from consents.enums import Channel
from consents.models import ConsentTransaction, Purpose
from freedom_id.authorization_server.server import token_response
from freedom_id.domain.asked_data import IDENTITY_DOOR
from freedom_id.domain.consent_requests import SignIn, allow, question_for
from freedom_id.domain.customers import look_up_key
from freedom_id.domain.links import ClientCredentials
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.domain.tokens import exchange_code
from freedom_id.enums import Door
from freedom_id.grants import CONSENTS, grants_for_scopes
from freedom_id.models import Account, Allowance, Authorization, AuthorizationRequest, PartnerClient
from identity_portal.demo.models import InboxMessage
from tests.factories.people import REDIRECT_URI, partner, person

V4 = "/identity/v4"
IP = "203.0.113.7"
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
WORDS = {
    "en": NoticeText("News", "To send you news.", "No news."),
    "ru": NoticeText("Новости", "Присылать новости."),
    "uz": NoticeText("Yangiliklar", "Yangiliklar yuborish."),
    "kk": NoticeText("Жаңалықтар", "Жаңалық жіберу."),
    "th": NoticeText("ข่าว", "เพื่อส่งข่าว"),
}


@dataclass
class Party:
    """A client, its secret, and a person."""

    client: PartnerClient
    secret: str
    account: Account

    @property
    def live(self) -> Authorization | None:
        return Authorization.objects.filter(account=self.account, client=self.client, ended_at__isnull=True).first()

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.client.client_id}:{self.secret}".encode()).decode()

    def token(
        self, scope: str = "openid consents", *, refused: Iterable[str] = (), sign_in_id: UUID | None = None
    ) -> str:
        """Sign in at the standard door and agree to everything that is asked but `refused`; the Bearer header."""
        now = timezone.now()
        asked = AuthorizationRequest.objects.create(
            client=self.client, door=Door.OAUTH, redirect_uri=REDIRECT_URI, scope=scope,
            grants=grants_for_scopes(scope.split()), created_at=now, expires_at=now + timedelta(minutes=5),
        )  # fmt: skip
        shown = question_for(asked, self.account, locale="en").shown
        ticked = {notice.name for notice in shown} - set(refused)
        code = allow(str(asked.pk), SignIn(self.account, sign_in_id or uuid4(), now, IP), ticked=ticked, shown=shown)
        credentials = ClientCredentials(self.client.client_id, "", "")
        tokens = exchange_code(credentials, code=code, redirect_uri=REDIRECT_URI, proven=True)
        return "Bearer " + token_response(tokens)["access_token"]

    def path(self, tail: str) -> str:
        return f"{V4}/accounts/{self.account.pk}/{tail}"

    def status(self, name: str) -> str:
        """What a check says of the person at this client."""
        found = check_consents(subject_for_account(self.account), names=[name], scope_key=self.client.client_id)
        return found[name].reason.value

    def rows(self) -> list[tuple[str, str, str]]:
        """(action, purpose, scope key) of the person's ledger, the oldest first."""
        found = ConsentTransaction.objects.filter(subject__account=self.account).order_by("epoch")
        return list(found.values_list("action", "purpose__name", "scope_key"))


def party(*, account: Account | None = None, **stated: Any) -> Party:
    usual = {"scopes": ["openid", "offline_access", "profile", "email", CONSENTS], "required_grants": []}
    client, secret = partner(**(usual | stated))
    return Party(client, secret, account or person())


def first_party(**stated: Any) -> Party:
    return party(scopes=["openid", CONSENTS, "account"], first_party=True, name="Portal", **stated)


def operator(*scopes: str) -> Party:
    return party(operator_scopes=list(scopes), grant_types=["client_credentials"], redirect_uris=[], name="Call centre")


def publish(name: str, *, scope: str = "per_client", **more: Any) -> UUID:
    return publish_purpose(name, scope=scope, texts=WORDS, **more).purpose.pk


def ask_at(client: PartnerClient, *names: str) -> None:
    """Staff lets the client ask these on its own pages."""
    open_collection_point(
        name=IDENTITY_DOOR, recipient=client.client_id, channel=Channel.API, purposes=names, keep_others=True
    )


def id_of(name: str) -> UUID:
    return Purpose.objects.get(name=name).pk


def call(method: str, path: str, authorization: str = "", body: Any = None, **headers: str) -> Any:
    """Headers as `Idempotency_Key="k"`; bytes go as they are."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if authorization:
        sent["Authorization"] = authorization
    data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    return Client().generic(method, path, data, "application/json" if body is not None else "", headers=sent)


def refusal(response: Any) -> tuple[int, int]:
    """Status and code of an error in the envelope, and nothing else in it."""
    body = response.json()
    assert set(body) - {"errors"} == {"code", "message", "platform_module"}, body
    assert body["platform_module"] == module_of(response)
    assert body["code"] // 100 == response.status_code
    return response.status_code, body["code"]


def module_of(response: Any) -> int:
    """Of the route that answered; `test_the_walk_meets_every_row` says which routes there are."""
    return int(resolve(response.request["PATH_INFO"]).func.module)


def payload(response: Any, name: str) -> Any:
    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["code"], body["message"], body["platform_module"]) == (10001, "Success", module_of(response))
    return body[name]


def enclosed(client: PartnerClient, mobile: Any, *, key: bytes = b"", header: Any = None, **told: Any) -> str:
    """A phone number as the client encrypts it for an address; `told` changes the plaintext."""
    plaintext = {"mobile": mobile, "client_id": client.client_id, "iat": int(timezone.now().timestamp())} | told
    protected = {"alg": "dir", "enc": "A256GCM"} if header is None else header
    return jwe.encrypt_compact(protected, orjson.dumps(plaintext), OctKey.import_key(key or look_up_key(client)))


def customer_headers(client: PartnerClient, **changed: str) -> dict[str, str]:
    """What the rows of customers need beside the credentials."""
    now = timezone.now().strftime("%Y-%m-%dT%H:%M:%S")
    return {"X_Request_ID": "r-1", "X_Client_ID": client.client_id, "X_Request_Datetime": now} | changed


def verified(who: Party, token: str, address: str = "") -> str:
    """A code of the purpose `step_up`, or `credential` for the address, asked and proven; its id."""
    Allowance.objects.all().delete()  # the time between two codes
    asked = {"channel": "email" if "@" in address else "sms", "purpose": "credential" if address else "step_up"}
    answer = call("POST", who.path("otps"), token, asked | ({"address": address} if address else {}))
    assert answer.status_code == 201, answer.content
    otp = answer.json()["data"]
    deliver_code(otp["otp_id"])
    digits = InboxMessage.objects.latest("pk").text.rpartition("#")[2]
    inputs = {"ref_code": otp["inputs"]["ref_code"], "password": digits}
    tried = call("PUT", who.path(f"otps/{otp['otp_id']}"), token, {"status": "verifying", "inputs": inputs})
    assert tried.status_code == 200, tried.content
    found: str = otp["otp_id"]
    return found
