"""What each row costs, counted on the wire: the same for one item and for three."""

from typing import Any

import pytest

from tests.freedom_id.domain.wire import statements_sent
from tests.freedom_id.identity_v4.parties import (
    V4,
    Party,
    ask_at,
    call,
    first_party,
    id_of,
    operator,
    party,
    publish,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
TOPICS = ("news", "offers", "polls")


@pytest.fixture
def asked(shop: Party) -> str:
    """Everything is known and warm; the person's token."""
    for name in TOPICS:
        publish(name)
    ask_at(shop.client, *TOPICS)
    token = shop.token()
    call("GET", shop.path("consents"), token)
    return token


def cost(method: str, path: str, authorization: str, body: Any = None, **headers: str) -> int:
    with statements_sent() as sent:
        answer = call(method, path, authorization, body, **headers)
    assert answer.status_code == 200, answer.content
    return len(sent)


@pytest.mark.parametrize("count", [1, 3])
def test_consents(shop: Party, asked: str, count: int) -> None:
    names = ",".join(TOPICS[:count])
    assert cost("GET", shop.path(f"consents?names={names}"), asked) == 8
    assert cost("GET", shop.path("consents"), asked) == 8
    checker = operator("consents.check")
    checker = Party(checker.client, checker.secret, shop.account)
    ask_at(checker.client, *TOPICS)
    checker.token("openid")
    call("GET", f"{V4}/clients", checker.basic)  # the first use of a secret in an hour is kept
    assert cost("GET", checker.path(f"consents?names={names}"), checker.basic) == 9


@pytest.mark.parametrize("count", [1, 3])
def test_collection_point(asked: str, count: int) -> None:
    assert cost("GET", f"{V4}/consents/collectionpoints?names={','.join(TOPICS[:count])}", asked) == 8


@pytest.mark.parametrize("count", [1, 3])
def test_allow_and_withdraw(shop: Party, asked: str, count: int) -> None:
    ids = [str(id_of(name)) for name in TOPICS[:count]]
    allow, withdraw = (shop.path(f"consents/transactions/{act}") for act in ("allow", "withdraw"))
    purposes = {"purposes": [{"Id": purpose} for purpose in ids]}
    assert cost("POST", allow, asked, purposes, Idempotency_Key="a") == 29
    assert cost("POST", allow, asked, purposes, Idempotency_Key="a") == 4
    assert cost("PUT", withdraw, asked, {"PurposeId": ids}, Idempotency_Key="w") == 28


@pytest.mark.parametrize("count", [1, 3])
def test_apps(count: int) -> None:
    portal = first_party()
    token = portal.token("openid account")
    for number in range(count - 1):
        party(account=portal.account, name=f"Partner {number}").token()
    call("GET", portal.path("apps"), token)
    assert cost("GET", portal.path("apps"), token) == 6
