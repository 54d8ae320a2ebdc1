"""The check's statements and their ORM twins answer alike."""

from typing import Any

import pytest

from freedom_id.domain import consent_statements
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.statements import find_client
from freedom_id.models import Account
from freedom_id.sealing import token_digest
from tests.freedom_id.domain.acts import IP, new_person, pair

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
NAMES = ["read.firstname", "read.phone", "read.email", "nonsense"]


def ordered(units: Any) -> list[Any]:
    return sorted(units, key=lambda unit: unit.name)


def test_of_a_token() -> None:
    a = pair()
    digest = token_digest(a.tokens("read.firstname", "read.phone").access_token)
    for _time in range(2):
        token, units = consent_statements.read_asking_token(digest, NAMES) or (None, [])
        twin, twins = consent_statements._asking_token_orm(digest, NAMES) or (None, [])
        assert token == twin
        assert ordered(units) == ordered(twins)
        assert len(units) == 3
        stop_sharing(a.account, a.live, grants=["read.phone"], ip=IP)
    assert (consent_statements.read_asking_token(digest, []) or (None, None))[1] == []
    assert consent_statements.read_asking_token("?", NAMES) is consent_statements._asking_token_orm("?", NAMES) is None


def test_of_a_client() -> None:
    a = pair()
    a.tokens("read.firstname")
    people = [a, new_person(a), new_person(a)]
    people[1].tokens("read.firstname", "read.phone")
    people[2].tokens("read.firstname")
    Account.objects.filter(pk=people[2].account.pk).update(status="blocked")
    client = find_client(a.client.client_id)
    assert client is not None
    asked = {
        "ssoids": [a.account.pk, people[2].account.pk, 5, pair().account.pk],
        "freedom_ids": [people[1].account.freedom_id, a.account.freedom_id],
    }
    lean = consent_statements.read_connected_people(client, NAMES, **asked)
    twin = consent_statements._connected_people_orm(client, NAMES, **asked)
    assert {who: ordered(units) for who, units in lean.items()} == {who: ordered(u) for who, u in twin.items()}
    assert {ssoid for ssoid, _freedom_id in lean} == {a.account.pk, people[1].account.pk}
