"""Customers at the Identity door (row 13): a person's name by a phone number, for a client with `customers.read`."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson
import pytest
import requests
import time_machine
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection
from django.test import Client
from joserfc import jwe
from joserfc.jwk import OctKey

from freedom_id.domain.customers import look_up_key
from freedom_id.domain.identifiers import mask_customer_phone
from freedom_id.domain.rate_limits import CUSTOMER_LOOK_UPS
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, AccountEvent, Allowance, Credential, PartnerClient
from tests.factories.people import person, phone_of
from tests.freedom_id.domain.wire import statements_sent
from tests.freedom_id.identity_v4.parties import V4, Party, call, customer_headers, enclosed, operator, refusal
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

NOW = datetime(2030, 3, 4, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
NOBODY = "+998990000000"
NOT_FOUND = {"resultResponse": {"resultCode": "40400", "resultDescription": "Not found.", "requestId": "r-1"}}
pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(db: None) -> Any:
    """A client that reads customers, and a person, in a frozen second."""
    with time_machine.travel(NOW, tick=False):
        yield operator("customers.read")


def find(who: Party, token: str, query: str = "?channel=CRM", **headers: str) -> Any:
    path = f"{V4}/customers/{quote(token, safe='')}{query}"
    return call("GET", path, who.basic, **(customer_headers(who.client) | headers))


def look_up(who: Party, body: Any, **headers: str) -> Any:
    return call("POST", f"{V4}/customers/lookup", who.basic, body, **(customer_headers(who.client) | headers))


def asked(who: Party, number: str) -> list[Any]:
    """The answers of both forms."""
    return [find(who, enclosed(who.client, number)), look_up(who, {"mobile": number, "channel": "CRM"})]


def test_both_forms_tell_who_it_is_and_nothing_more(centre: Party) -> None:
    number = phone_of(centre.account)
    for answer in asked(centre, number):
        assert answer.status_code == 200
        assert answer.json() == {
            "resultResponse": {
                "resultCode": "20000",
                "resultDescription": "Success",
                "requestId": "r-1",
                "customer": {
                    "ssoid": centre.account.pk,
                    "status": "active",
                    "title": None,
                    "firstname": "Dilnoza",
                    "lastname": "Karimova",
                    "mobile": f"90***{number[-4:]}",
                },
            }
        }
        assert (answer["Cache-Control"], answer["X-Request-ID"]) == ("no-store", "r-1")


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+66812348899", "081***8899"),
        ("+998901234567", "90***4567"),
        ("+77011234567", "870***4567"),
        ("+6833000", "***3000"),
    ],
    ids=["th", "uz", "kz", "short"],
)
def test_at_least_three_digits_of_the_number_are_hidden(number: str, masked: str) -> None:
    assert mask_customer_phone(number) == masked


def test_every_number_that_means_no_active_account_is_the_same_answer(centre: Party) -> None:
    blocked, closed, claimed = person(), person(), person()
    Account.objects.filter(pk=blocked.pk).update(status=AccountStatus.BLOCKED)
    Account.objects.filter(pk=closed.pk).update(status=AccountStatus.CLOSED)
    Credential.objects.filter(account=claimed, type="mobile", is_primary=True).update(
        verified_at=None, is_primary=False
    )
    claimed_number = claimed.credentials.get(type="mobile", verified_at=None).value
    for form in zip(
        *(asked(centre, n) for n in (NOBODY, phone_of(blocked), phone_of(closed), claimed_number)), strict=True
    ):
        assert {(answer.status_code, answer.content, str(answer.headers)) for answer in form} == {
            (404, form[0].content, str(form[0].headers))
        }
        assert form[0].json() == NOT_FOUND


def altered(token: str, part: int) -> str:
    """One bit of the token's part, or for the tag's last character one that base64 would overlook."""
    parts = token.split(".")
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}.get(parts[part][-1])
    parts[part] = parts[part][:-1] + last if last else ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    return ".".join(parts)


def wrong_tokens(who: Party, other: Party) -> dict[str, str]:
    client, number = who.client, phone_of(who.account)
    good = enclosed(client, number)
    direct, key = {"alg": "dir", "enc": "A256GCM"}, look_up_key(client)
    return {
        "no token": "x",
        "the number itself": number,
        "json": '{"ciphertext":"x"}',
        "too few parts": good.rpartition(".")[0],
        "an encrypted key": good.replace("..", ".AAAA."),
        **{f"altered {part}": altered(good, part) for part in (0, 2, 3, 4)},
        "another client's key": enclosed(client, number, key=look_up_key(other.client)),
        "another client's": enclosed(other.client, number),
        "named for another client": enclosed(client, number, client_id=other.client.client_id),
        "named for nobody": enclosed(client, number, client_id=None),
        "old": enclosed(client, number, iat=SECONDS - 301),
        "of the future": enclosed(client, number, iat=SECONDS + 61),
        "of no time": enclosed(client, number, iat=None),
        "of a text": enclosed(client, number, iat=str(SECONDS)),
        "§4.1.3 compressed": enclosed(client, number, header=direct | {"zip": "DEF"}),
        "§4.1.13 crit": with_header(client, number, direct | {"crit": ["exp"], "exp": SECONDS}),
        "§4.1.13 crit of a name that is no extension": with_header(client, number, direct | {"crit": ["enc"]}),
        "an alg that is no text": with_header(client, number, direct | {"alg": ["dir"]}),
        "another enc": enclosed(client, number, header=direct | {"enc": "A128CBC-HS256"}),
        "another alg": enclosed(client, number, header=direct | {"alg": "A256KW"}),
        "§4.1.1 another alg in word": with_header(client, number, direct | {"alg": "A256KW"}),
        "§4.1.2 another enc in word": with_header(client, number, direct | {"enc": "A256CBC-HS512"}),
        "no E.164": enclosed(client, number.removeprefix("+")),
        "no possible number": enclosed(client, "+9989012"),
        "no text": enclosed(client, 998901234567),
        "a list": jwe.encrypt_compact(direct, b"[]", OctKey.import_key(key)),
        "no JSON": jwe.encrypt_compact(direct, b"{", OctKey.import_key(key)),
    }


def with_header(client: PartnerClient, number: str, header: dict[str, Any]) -> str:
    """What joserfc would not make, by the primitive (RFC 7516 §5.1)."""
    protected = base64url(orjson.dumps(header))
    plaintext = orjson.dumps({"mobile": number, "client_id": client.client_id, "iat": SECONDS})
    box = AESGCM(look_up_key(client)).encrypt(b"n" * 12, plaintext, protected.encode())
    return f"{protected}..{base64url(b'n' * 12)}.{base64url(box[:-16])}.{base64url(box[-16:])}"


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def test_no_other_token_is_read_and_none_says_why(centre: Party) -> None:
    """RFC 7516 §5.2. What is wrong with it is nobody's business, so that nothing can be tried out."""
    good = with_header(centre.client, NOBODY, {"alg": "dir", "enc": "A256GCM", "typ": "JOSE", "unknown": 1})
    assert find(centre, good).json() == NOT_FOUND
    answers = {name: find(centre, token) for name, token in wrong_tokens(centre, operator("customers.read")).items()}
    assert {name: refusal(answer) for name, answer in answers.items()} == dict.fromkeys(answers, (400, 40001))
    assert len({answer.content for answer in answers.values()}) == 1
    assert set(answers["old"].json()["errors"]) == {"mobile_number"}
    assert not AccountEvent.objects.exclude(account=None).exists()


def test_a_token_may_come_again_for_five_minutes_because_it_only_reads(centre: Party) -> None:
    token = enclosed(centre.client, phone_of(centre.account), iat=SECONDS + 60)
    for seconds in (0, 60, 360):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            assert find(centre, token).status_code == 200
    with time_machine.travel(NOW + timedelta(seconds=361), tick=False):
        assert refusal(find(centre, token)) == (400, 40001)
    assert AccountEvent.objects.filter(account=centre.account).count() == 3


def test_a_client_names_itself_by_its_integer_or_its_uuid(centre: Party) -> None:
    number = phone_of(centre.account)
    for named in (centre.client.pk, str(centre.client.pk), centre.client.client_id):
        token = enclosed(centre.client, number, client_id=named)
        assert find(centre, token, X_Client_ID=str(centre.client.pk)).status_code == 200


WRONG_HEADERS = {
    "X_Request_ID": ["", "é", "x" * 201],
    "X_Client_ID": ["", "0", "x"],
    "X_Request_Datetime": [
        "", "x", "2030-03-04", "2030-02-31T12:00:00", "2030-03-04T12:00:00Z", "2030-03-04T12:00:00+05:00",
        "2030-03-04T11:54:59", "2030-03-04T12:05:01", "1893585600",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_HEADERS)
def test_the_three_headers_are_needed_and_named_when_wrong(centre: Party, name: str) -> None:
    for value in WRONG_HEADERS[name]:
        answer = look_up(centre, {"mobile": NOBODY, "channel": "CRM"}, **{name: value})
        assert refusal(answer) == (400, 40001)
        assert set(answer.json()["errors"]) == {name.lower().replace("_", "-")}
    other = operator("customers.read").client
    foreign = look_up(centre, {"mobile": NOBODY, "channel": "CRM"}, X_Client_ID=other.client_id)
    assert set(foreign.json()["errors"]) == {"x-client-id"}


def test_the_time_is_utc_and_five_minutes_wide(centre: Party) -> None:
    for stated in ("2030-03-04T11:55:00", "2030-03-04T12:05:00", "2030-03-04T12:00:00.123456"):
        answer = look_up(centre, {"mobile": NOBODY, "channel": "CRM"}, X_Request_Datetime=stated)
        assert answer.json() == NOT_FOUND


def test_fields_are_named_when_they_are_wrong(centre: Party) -> None:
    good = enclosed(centre.client, NOBODY)
    for query in ("", "?channel=", "?channel=crm", "?channel=%00"):
        assert set(find(centre, good, query).json()["errors"]) == {"channel"}
    for channel in ("MobileApp", "CRM", "Kiosk"):
        assert find(centre, good, f"?channel={channel}").json() == NOT_FOUND
    for mobile in (None, 1, "", "x", "998901234567", "+998", "+99890123456789012", "+998٩٠1234567", ["+998901234567"]):
        answer = look_up(centre, {"mobile": mobile, "channel": "CRM"})
        assert (refusal(answer), set(answer.json()["errors"])) == ((400, 40001), {"mobile"})
    nothing = call("POST", f"{V4}/customers/lookup", centre.basic, {"channel": ["CRM"]})
    wrong = {"mobile", "channel", "x-request-id", "x-client-id", "x-request-datetime"}
    assert set(nothing.json()["errors"]) == wrong
    assert refusal(look_up(centre, b"[]")) == (400, 40000)


def test_the_person_sees_who_looked_and_where(centre: Party) -> None:
    number = phone_of(centre.account)
    find(centre, enclosed(centre.client, number), "?channel=Kiosk")
    events = AccountEvent.objects.filter(account=centre.account)
    assert list(events.values_list("action", "client", "channel", "ip", "happened_at")) == [
        ("account:person:looked_up", centre.client.pk, "Kiosk", "127.0.0.1", NOW)
    ]
    browser = FreedomWalk(Client())
    browser.sign_in("/me/", number)
    assert "Your name was looked up by your phone number – Call centre (Kiosk)" in browser.get("/me/").text


def test_each_client_has_600_an_hour_found_or_not(centre: Party) -> None:
    number, key = phone_of(centre.account), f"{CUSTOMER_LOOK_UPS.name}:{centre.client.pk}"
    end = NOW + timedelta(hours=1)
    Allowance.objects.create(key=key, spent=598, window_ends_at=end)
    assert look_up(centre, {"mobile": NOBODY, "channel": "CRM"}).json() == NOT_FOUND
    assert look_up(centre, {"mobile": number, "channel": "CRM"}).status_code == 200
    for answer in (*asked(centre, number), *asked(centre, NOBODY)):
        assert refusal(answer) == (429, 42900)
        assert int(answer["Retry-After"]) == 3600
    assert AccountEvent.objects.count() == 2
    neighbour = operator("customers.read")
    assert look_up(neighbour, {"mobile": number, "channel": "CRM"}).status_code == 200
    with time_machine.travel(end, tick=False):
        assert look_up(centre, {"mobile": number, "channel": "CRM"}).status_code == 200


def test_no_number_is_logged_or_stored(centre: Party, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    for number in (phone_of(centre.account), NOBODY):
        answers = [*asked(centre, number), look_up(centre, {"mobile": number, "channel": "x"})]
        digits = number.removeprefix("+")
        assert digits not in caplog.text
        assert not any(digits.encode() in answer.content for answer in answers)
    rows = [*AccountEvent.objects.values_list(), *Allowance.objects.values_list()]
    assert NOBODY.removeprefix("+") not in repr(rows)


@pytest.mark.postgresql
def test_known_and_unknown_numbers_cost_the_same(centre: Party) -> None:
    blocked = person()
    Account.objects.filter(pk=blocked.pk).update(status=AccountStatus.BLOCKED)
    asked(centre, NOBODY)
    costs = []
    for number in (phone_of(centre.account), NOBODY, phone_of(blocked)):
        with statements_sent() as sent:
            asked(centre, number)
        costs.append(len(sent))
    assert costs == [10, 10, 10]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_number_is_found_through_a_server(portal: Portal) -> None:
    """Header names with hyphens and the token's two dots together pass; the published underscores are the edge's."""
    who = operator("customers.read")
    token, headers = enclosed(who.client, phone_of(who.account)), customer_headers(who.client)
    sent = {"Authorization": who.basic} | {name.replace("_", "-").lower(): value for name, value in headers.items()}
    url = f"{portal.url}{V4}/customers/{token}?channel=CRM"
    answer = requests.get(url, headers=sent, timeout=10)
    assert answer.status_code == 200
    assert answer.json()["resultResponse"]["customer"]["ssoid"] == who.account.pk
    assert answer.headers["Cache-Control"] == "no-store"
    again = requests.post(
        f"{portal.url}{V4}/customers/lookup", json={"mobile": NOBODY, "channel": "CRM"}, headers=sent, timeout=10
    )
    assert (again.status_code, again.json()) == (404, NOT_FOUND)
    connection.close()
