"""The one rule, on every route and method that the URLconf knows: the token's person is the path's
account, or the client holds an operator scope. Everybody else is answered as for an account that there is not."""

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.enums import AccountStatus
from freedom_id.grants import OPERATOR_SCOPES
from freedom_id.identity_v4.door import Route
from freedom_id.identity_v4.urls import urlpatterns
from freedom_id.models import Account, Allowance, Device, OneTimeCode, PartnerClient, TwoStepChallenge
from identity_portal.demo.models import InboxMessage
from tests.factories.people import partner, person, phone_of
from tests.freedom_id.api.backend import Backend
from tests.freedom_id.identity_v4.parties import (
    IP,
    V4,
    Party,
    call,
    customer_headers,
    enclosed,
    first_party,
    id_of,
    operator,
    party,
    refusal,
)

pytestmark = pytest.mark.django_db
BRIDGE = "oauth2/token"  # OAuth's own rule and errors: test_bridge.py
APPLICATION = {"redirect_uri": "https://shop.example/back", "scope": "openid"}
NEW_CLIENT = {
    "applications": [APPLICATION],
    "app_name": {"en": "A"},
    "company_name": {"en": "C"},
    "country": "Uzbekistan",
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]
OPENED = {200, 201}
ACCOUNT_ROUTE = "accounts/<str:account>"
ONE, ALL = "accounts/<str:account>/devices/<str:device>", "accounts/<str:account>/devices"
BODIES = {
    (ALL, "POST"): {"device_id": "d1"},
    (ONE, "PATCH"): {"device_model_name": "My phone"},
    ("accounts/<str:account>/2fa", "POST"): {"method": "email"},
    ("accounts/<path:account>/otps", "POST"): {"channel": "sms", "purpose": "step_up"},
    ("clients", "POST"): NEW_CLIENT,
    (ACCOUNT_ROUTE, "PATCH"): {"locale": "ru"},
    ("accounts", "POST"): {"mobile": "+998935550101"},
}


def operations() -> Iterator[tuple[str, str, bool]]:
    """(route, method, whether it names an account) of everything that is served."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        if str(pattern.pattern) == BRIDGE:
            continue
        assert isinstance(pattern.callback, Route), "a view that is not behind the rule"
        for method in pattern.callback.operations:
            yield str(pattern.pattern), method, ":account>" in str(pattern.pattern)


OPERATIONS = list(operations())
OF_CLIENTS = {
    ("clients", "GET"): {"clients.manage"},
    ("clients", "POST"): {"clients.manage"},
    ("clients/<str:client>/secret", "POST"): {"clients.manage"},
    ("clients/<str:client>/secret/previous", "DELETE"): {"clients.manage"},
    ("clients/<str:client>/suspend", "POST"): {"clients.manage"},
    ("clients/<str:client>/resume", "POST"): {"clients.manage"},
}
OF_ACCOUNTS = [(route, method) for route, method, names_one in OPERATIONS if names_one]
ids = [f"{method} {route}" for route, method, _names in OPERATIONS]
OPENED_BY = {
    ("accounts", "GET"): {"accounts.operate"},
    ("accounts", "POST"): {"accounts.create"},
    ("accounts/<str:account>", "GET"): {"", "consents", "account", "accounts.operate"},  # openid alone opens it
    ("accounts/<str:account>", "DELETE"): {"account"},
    ("accounts/<str:account>", "PATCH"): {"account", "accounts.operate"},
    ("accounts/<str:account>/credentials", "GET"): {"account", "accounts.operate"},
    ("accounts/<str:account>/credentials", "POST"): {"account"},
    ("accounts/<str:account>/credentials/<str:cid>", "PUT"): {"account"},
    ("accounts/<str:account>/credentials/<str:cid>", "DELETE"): {"account"},
    ("accounts/<str:account>/consents", "GET"): {"consents", "consents.check", "accounts.operate"},
    ("accounts/<str:account>/consents/transactions/allow", "POST"): {"consents", "account", "accounts.operate"},
    ("accounts/<str:account>/consents/transactions/withdraw", "PUT"): {"consents", "account", "accounts.operate"},
    ("accounts/<str:account>/apps", "GET"): {"account", "accounts.operate"},
    ("accounts/<path:account>/otps", "POST"): {"account", "accounts.operate"},
    ("accounts/<path:account>/otps/<str:otp>", "POST"): {"account", "accounts.operate"},
    ("accounts/<path:account>/otps/<str:otp>", "PUT"): {"account", "accounts.operate"},
    ("accounts/<str:account>/2fa", "POST"): {"account", "accounts.operate"},
    ("accounts/<str:account>/2fa/<str:challenge>", "GET"): {"account", "accounts.operate"},
    (ALL, "GET"): {"account", "accounts.operate"},
    (ALL, "POST"): {"account"},
    (ALL, "DELETE"): {"account", "accounts.operate"},
    (ONE, "PATCH"): {"account", "accounts.operate"},
    (ONE, "DELETE"): {"account", "accounts.operate"},
    ("consents/collectionpoints", "GET"): {"consents"},
    ("collectionpoints", "GET"): {"consents"},
    ("customers/lookup", "POST"): {"customers.read"},
    ("customers/<str:mobile_number>", "GET"): {"customers.read"},
    **OF_CLIENTS,
}
# `accounts.create` opens them under the id of a sign-up, or of an account that it opened, of its own: test_sign_up.py
OF_SIGN_UPS = {
    ("accounts/<path:account>/otps/<str:otp>", "POST"),
    ("accounts/<path:account>/otps/<str:otp>", "PUT"),
    ("accounts/<str:account>/credentials", "POST"),
}
OPERATED = [operation for operation in OF_ACCOUNTS if "accounts.operate" in OPENED_BY[operation]]


def send(route: str, method: str, account: Any, authorization: str, client: Any = "x") -> Any:
    """A good request, so that nothing but the caller can be refused."""
    path = f"{V4}/{re.sub('<(str|path):account>', str(account), route)}"
    if "customers" in path:
        return send_customer(path, method, account, authorization)
    if "<str:otp>" in path:
        otp, digits = challenge(path.partition("/<str:otp>")[0], authorization)
        path, inputs = path.replace("<str:otp>", otp), {"password": digits}
        row = OneTimeCode.objects.filter(pk=otp).first()
        inputs["ref_code"] = row.ref_code if row else "E5rt"
        return call(method, path, authorization, {"status": "verifying", "inputs": inputs})
    if "/credentials" in path or (route, method) == (ACCOUNT_ROUTE, "DELETE"):
        return send_with_proof(path, method, authorization)
    if (route, method) == ("accounts", "GET"):
        number = phone_of(Account.objects.filter(credentials__isnull=False).earliest("created_at"))
        return call(method, path, authorization, X_Account_Identifier=number)
    purpose = str(id_of("identity-provider"))
    body: Any = {"PurposeId": purpose, "purposes": [{"Id": purpose}]} if method in {"POST", "PUT"} else None
    if route in ("accounts", ACCOUNT_ROUTE) or any(part in route for part in ("/2fa", "/devices", "/otps", "clients")):
        body = BODIES.get((route, method))
    for name, made in (("<str:device>", device_of), ("<str:challenge>", challenge_of)):
        path = path.replace(name, made(account) if name in path else "")
    return call(method, path.replace("<str:client>", str(client)), authorization, body)


def send_customer(path: str, method: str, account: Any, authorization: str) -> Any:
    """The main number of the account, looked up by whom the credentials say, else by one that there is not."""
    client = PartnerClient(client_id=str(uuid4()))
    if authorization.startswith("Basic ") and len(authorization) > len("Basic !"):
        named = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")[0]
        client = PartnerClient.objects.get(client_id=named)
    number = phone_of(Account.objects.get(pk=account))
    path = path.replace("<str:mobile_number>", enclosed(client, number)) + "?channel=CRM"
    body = {"mobile": number, "channel": "CRM"} if method == "POST" else None
    return call(method, path, authorization, body, **customer_headers(client))


def send_with_proof(path: str, method: str, authorization: str) -> Any:
    """With fresh proof; on a sheet of recovery codes that was just made, where the caller can make one."""
    credentials = path.removesuffix("/<str:cid>")
    otps = credentials.removesuffix("/credentials") + "/otps"
    otp, digits = challenge(otps, authorization)
    made = {"id": 1, "codes": ["x"]}
    if row := OneTimeCode.objects.filter(pk=otp).first():
        inputs = {"password": digits, "ref_code": row.ref_code}
        call("PUT", f"{otps}/{otp}", authorization, {"status": "verifying", "inputs": inputs})
        if "<str:cid>" in path:
            made = call("POST", credentials, authorization, {"type": "recovery"}).json().get("data", made)
    body = {"POST": {"type": "recovery"}, "PUT": {"value": made["codes"][0]}}.get(method)
    return call(method, path.replace("<str:cid>", str(made["id"])), authorization, body)


def challenge(otps: str, authorization: str) -> tuple[str, str]:
    """One that was just asked with the same authorization, and its digits; where that is refused, one of nobody."""
    answer = call("POST", otps, authorization, {"channel": "sms", "purpose": "step_up"})
    if answer.status_code != 201:
        return str(uuid4()), "123456"
    otp = answer.json()["data"]["otp_id"]
    deliver_code(otp)
    Allowance.objects.all().delete()  # the time between two codes
    return otp, InboxMessage.objects.latest("pk").text.rpartition("#")[2]


def the_account(reference: Any) -> Account | None:
    found = Account.objects.filter(pk=reference) if isinstance(reference, int) else None
    if isinstance(reference, UUID):
        found = Account.objects.filter(freedom_id=reference)
    return found.first() if found is not None else None


def device_of(reference: Any) -> str:
    """A device of the account that is there, so that it is the account that is refused."""
    account = the_account(reference)
    if account is None:
        return str(uuid4())
    return str(Device.objects.create(account=account, key=uuid4().hex).pk)


def challenge_of(reference: Any) -> str:
    account, now = the_account(reference), timezone.now()
    if account is None:
        return str(uuid4())
    client = party().client
    life = {"created_at": now, "expires_at": now + timedelta(minutes=2)}
    asked = {"asking_client": client, "client": client, "ip": IP, "method": "qr"}
    return str(TwoStepChallenge.objects.create(account=account, **asked, **life).pk)


def same(answers: list[Any]) -> tuple[int, int]:
    """The refusal that all these answers are, byte for byte."""
    assert {(answer.status_code, answer.content, str(answer.headers)) for answer in answers} == {
        (answers[0].status_code, answers[0].content, str(answers[0].headers))
    }
    return refusal(answers[0])


def test_the_walk_meets_every_row() -> None:
    assert set(OPERATIONS) == {
        ("accounts", "GET", False),
        ("accounts", "POST", False),
        ("accounts/<str:account>", "GET", True),
        ("accounts/<str:account>", "PATCH", True),
        ("accounts/<str:account>", "DELETE", True),
        ("accounts/<str:account>/credentials", "GET", True),
        ("accounts/<str:account>/credentials", "POST", True),
        ("accounts/<str:account>/credentials/<str:cid>", "PUT", True),
        ("accounts/<str:account>/credentials/<str:cid>", "DELETE", True),
        ("accounts/<str:account>/consents", "GET", True),
        ("accounts/<str:account>/consents/transactions/allow", "POST", True),
        ("accounts/<str:account>/consents/transactions/withdraw", "PUT", True),
        ("accounts/<str:account>/apps", "GET", True),
        ("accounts/<path:account>/otps", "POST", True),
        ("accounts/<path:account>/otps/<str:otp>", "POST", True),
        ("accounts/<path:account>/otps/<str:otp>", "PUT", True),
        ("accounts/<str:account>/2fa", "POST", True),
        ("accounts/<str:account>/2fa/<str:challenge>", "GET", True),
        (ALL, "GET", True),
        (ALL, "POST", True),
        (ALL, "DELETE", True),
        (ONE, "PATCH", True),
        (ONE, "DELETE", True),
        ("consents/collectionpoints", "GET", False),
        ("collectionpoints", "GET", False),
        *((route, method, False) for route, method in OF_CLIENTS),
        ("customers/lookup", "POST", False),
        ("customers/<str:mobile_number>", "GET", False),
    }
    assert [str(p.pattern) for p in urlpatterns if not isinstance(p.callback, Route)] == [BRIDGE]
    mounted = [pattern for pattern in get_resolver().url_patterns if str(pattern.pattern).startswith("identity/v4")]
    assert [str(pattern.pattern) for pattern in mounted] == ["identity/v4/"]


@pytest.mark.parametrize(("route", "method", "_names"), OPERATIONS, ids=ids)
def test_without_credentials_nothing_opens(shop: Party, route: str, method: str, _names: bool) -> None:
    shop.token()
    for authorization, code in (
        ("", 40100),
        ("Digest x", 40100),
        ("Bearer", 40101),
        ("Bearer é", 40101),
        ("Bearer a.b.c", 40101),
        ("Bearer x", 40101),
        ("Basic", 40102),
        ("Basic !", 40102),
        (Party(shop.client, "wrong", shop.account).basic, 40102),
    ):
        answer = send(route, method, shop.account.pk, authorization)
        assert refusal(answer) == (401, code)
        assert answer["WWW-Authenticate"].startswith(("Bearer", "Basic"))


@pytest.mark.parametrize(("route", "method"), OF_ACCOUNTS, ids=[f"{m} {r}" for r, m in OF_ACCOUNTS])
def test_every_other_account_is_one_that_there_is_not(route: str, method: str) -> None:
    """Also for the group's own client with every scope, and for one that an operator may see."""
    mine = first_party()
    token = mine.token("openid consents account")
    connected = party(account=person())
    neighbour = Party(mine.client, mine.secret, connected.account)
    neighbour.token()
    blocked = person()
    Account.objects.filter(pk=blocked.pk).update(status=AccountStatus.BLOCKED)
    foreign = [who for account in (neighbour.account, person(), blocked) for who in (account.pk, account.freedom_id)]
    unknown = ["1", "99999999", "9" * 15, "9" * 16, "9" * 400, "0", "-5", f"0{mine.account.pk}", uuid4(), "x", "%C3%A9"]
    unknown += ["%D9%A3", "%00", " ", "None", "0" * 36]
    answers = [send(route, method, account, token) for account in [*foreign, *unknown]]
    assert same(answers) == (404, 40400)
    assert send(route, method, mine.account.pk, token).status_code in OPENED
    assert neighbour.live is not None


@pytest.mark.parametrize(("route", "method"), OF_ACCOUNTS, ids=[f"{m} {r}" for r, m in OF_ACCOUNTS])
def test_an_account_is_named_by_its_ssoid_or_its_freedom_id(route: str, method: str) -> None:
    for reference in ("pk", "freedom_id"):
        mine = first_party()
        token = mine.token("openid consents account")
        assert send(route, method, getattr(mine.account, reference), token).status_code in OPENED


@pytest.mark.parametrize(("route", "method"), OPERATED, ids=[f"{m} {r}" for r, m in OPERATED])
def test_an_operator_sees_active_accounts_and_no_others(route: str, method: str) -> None:
    centre = operator("accounts.operate")
    centre = Party(centre.client, centre.secret, person())
    blocked, closed = person(), person()
    Account.objects.filter(pk=blocked.pk).update(status=AccountStatus.BLOCKED)
    Account.objects.filter(pk=closed.pk).update(status=AccountStatus.CLOSED)
    hidden = [who for account in (blocked, closed) for who in (account.pk, account.freedom_id)]
    unknown = ["1", "9" * 15, "9" * 16, uuid4(), "x", "%00"]
    assert same([send(route, method, account, centre.basic) for account in [*hidden, *unknown]]) == (404, 40400)
    assert send(route, method, centre.account.pk, centre.basic).status_code in OPENED


@pytest.mark.parametrize("scope", ["consents", "account", "", *OPERATOR_SCOPES])
def test_each_scope_opens_what_is_written_and_nothing_else(scope: str) -> None:
    stated = {"scopes": ["openid", "consents", "account"], "first_party": True}
    own = [scope] if scope in OPERATOR_SCOPES else []
    answered = {}
    for route, method, _names in OPERATIONS:
        who = party(**stated, operator_scopes=own)
        token = who.token("openid" if own or not scope else f"openid {scope}")
        made, _secret = partner(created_by=who.client)
        answer = send(route, method, who.account.pk, who.basic if own else token, made.pk)
        answered[route, method] = 200 if answer.status_code in OPENED else refusal(answer)
    expected = {operation: 200 if scope in scopes else (403, 40300) for operation, scopes in OPENED_BY.items()}
    if scope == "accounts.create":
        expected |= dict.fromkeys(OF_SIGN_UPS, (404, 40400))
    assert answered == expected


def test_an_operators_scope_is_nothing_in_a_persons_token() -> None:
    """It is the client's own, used with its own credentials; a person's token opens her account alone."""
    both = party(operator_scopes=["accounts.operate"], scopes=["openid", "consents"])
    token = both.token()
    other = person()
    for route, method in OF_ACCOUNTS:
        assert refusal(send(route, method, other.pk, token)) in {(404, 40400), (403, 40300)}
    assert refusal(call("GET", both.path("apps"), token)) == (403, 40300)


def test_a_freedom_id_token_opens_nothing(shop: Party) -> None:
    backend = Backend(shop.client.client_id, shop.secret)
    token = backend.tokens(shop.account)["access_token"]
    for route, method, _names in OPERATIONS:
        answer = send(route, method, shop.account.pk, f"Bearer {token}")
        assert refusal(answer) == (403, 40300)
        if route != "accounts":  # no token of a person's would do there
            assert answer["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def test_the_permission_to_see_ones_answers_is_the_persons_to_give_and_to_take(shop: Party) -> None:
    assert refusal(call("GET", shop.path("consents"), shop.token(refused=["consents"]))) == (403, 40300)
    token = shop.token("openid consents email")
    assert call("GET", shop.path("consents"), token).status_code in OPENED
    assert shop.live is not None
    stop_sharing(shop.account, shop.live, grants=["consents"], ip=IP)
    assert refusal(call("GET", shop.path("consents"), token)) == (403, 40300)


def test_whoever_is_blocked_or_suspended_or_gone_is_refused(shop: Party) -> None:
    checker = operator("accounts.operate")
    token = shop.token()
    Account.objects.filter(pk=shop.account.pk).update(status=AccountStatus.BLOCKED)
    assert refusal(call("GET", shop.path("consents"), token)) == (403, 40300)
    Account.objects.filter(pk=shop.account.pk).update(status=AccountStatus.ACTIVE)
    for client in (shop.client, checker.client):
        suspend_client(client)
    assert refusal(call("GET", shop.path("consents"), token)) == (403, 40300)
    assert refusal(call("GET", shop.path("consents"), checker.basic)) == (403, 40300)


def test_wrong_secrets_are_401_and_at_last_429(shop: Party) -> None:
    wrong = Party(shop.client, "wrong", shop.account)
    answers = [call("GET", shop.path("consents"), wrong.basic) for _number in range(12)]
    assert refusal(answers[0]) == (401, 40102)
    assert refusal(answers[-1]) == (429, 42900)
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize(("route", "method", "_names"), OPERATIONS, ids=ids)
def test_every_other_method_is_not_allowed(shop: Party, route: str, method: str, _names: bool) -> None:
    allowed = [other for known, other, _names_one in OPERATIONS if known == route]
    for other in [name for name in METHODS if name not in allowed]:
        answer = send(route, other, shop.account.pk, "")
        assert answer.status_code == 405
        assert answer["Allow"] == ", ".join(allowed)
        if other != "HEAD":
            assert refusal(answer) == (405, 40500)
