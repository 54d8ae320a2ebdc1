"""What a door answers a partner as an error is counted for that partner, by the name of the door and of the error, in
one statement that outlives what failed. What is no error, or nobody's, is not."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freedom_id.domain.queries.figures import Span, errors_of_partners
from freedom_id.enums import Door
from freedom_id.models import PartnerClient, UsageCount
from tests.compliance.standard_door import post_form, request_url
from tests.factories.people import REDIRECT_URI, partner
from tests.freedom_id.api.backend import basic
from tests.journeys.both_doors import Sharing, sharing

pytestmark = pytest.mark.django_db
Counts = Counter[tuple[str, str]]


def counted(client: PartnerClient) -> Counts:
    """By door and code."""
    found = errors_of_partners(Span.of_last(1, partner=client.client_id))
    return Counter({(door, code): number for (_client, door, code), number in found.items()})


def at_identity_door(a: Sharing, token: str) -> Any:
    path = f"/identity/v4/accounts/{a.account.pk}"
    return Client().get(path, headers={"Authorization": f"Bearer {token}"})


@contextmanager
def one_statement() -> Iterator[None]:
    """Counting costs one, whoever asked."""
    with CaptureQueriesContext(connection) as queries:
        yield
    assert sum("freedom_id_usagecount" in query["sql"] for query in queries) == 1


@pytest.fixture
def a() -> Sharing:
    return sharing()


def test_refused_checks_of_consents_count_under_their_own_name(a: Sharing) -> None:
    token = a.tokens(Door.OAUTH)["access_token"]
    by_basic = {"Authorization": basic(a.client.client_id, a.secret)}
    with one_statement():
        assert Client().get("/consents/v1/check", headers=by_basic).status_code == 400
    wrong = {"Authorization": basic(a.client.client_id, "wrong")}
    assert Client().get("/consents/v1/check?names=read.phone", headers=wrong).status_code == 401
    a.stop()
    with one_statement():
        assert a.check(token).status == 401
    assert counted(a.client) == {
        ("consents", "invalid_request"): 1,
        ("consents", "invalid_client"): 1,
        ("consents", "invalid_token"): 1,
    }


def test_a_token_that_a_client_got_for_itself_names_it() -> None:
    client, secret = partner(grant_types=["client_credentials"], redirect_uris=[])
    grant = {"grant_type": "client_credentials"}
    token = post_form("/oauth2/token", grant, basic=(client.client_id, secret)).json()["access_token"]
    PartnerClient.objects.filter(pk=client.pk).update(status="suspended")
    for address in ("/consents/v1/check?names=read.phone", "/identity/v4/clients"):
        with one_statement():
            assert Client().get(address, headers={"Authorization": f"Bearer {token}"}).status_code in {401, 403}
    assert {door for door, _code in counted(client)} == {"consents", "identity"}


def test_refused_userinfo_counts_for_the_client_of_the_token(a: Sharing) -> None:
    narrow = a.tokens(Door.FREEDOM_ID)["access_token"]
    whole = a.tokens(Door.OAUTH)["access_token"]
    with one_statement():
        assert a.userinfo(narrow).status == 403
    a.stop()
    with one_statement():
        assert a.userinfo(whole).status == 401
    assert counted(a.client) == {("oauth", "insufficient_scope"): 1, ("oauth", "invalid_token"): 1}


def test_an_ended_token_at_the_identity_door_counts_for_its_client(a: Sharing) -> None:
    token = a.tokens(Door.OAUTH)["access_token"]
    a.stop()
    with one_statement():
        assert at_identity_door(a, token).status_code == 401
    assert counted(a.client) == {("identity", "40101"): 1}


def test_an_opaque_token_that_is_over_has_its_row_and_one_that_was_ended_names_nobody(a: Sharing) -> None:
    token = a.tokens(Door.FREEDOM_ID)["access_token"]
    with time_machine.travel(timezone.now() + timedelta(days=1)), one_statement():
        assert a.check(token).status == 401
    found = {("consents", "invalid_token"): 1}
    assert {(row.label, row.outcome): row.number for row in UsageCount.objects.filter(kind="error")} == found
    a.stop()
    with one_statement():
        assert a.check(token).status == 401
    assert UsageCount.objects.filter(kind="error").count() == 1


def test_requests_that_the_authorize_endpoint_refuses_count_and_its_answers_about_a_person_do_not(a: Sharing) -> None:
    browser = Client()
    for changes in ({"scope": "all"}, {"redirect_uri": "https://elsewhere.example/"}):
        with one_statement():
            browser.get(request_url(a.client, **changes))
    browser.get(request_url(a.client, prompt="none"))
    assert counted(a.client) == {("oauth", "invalid_scope"): 1, ("oauth", "invalid_request"): 1}


def test_what_is_answered_and_who_is_unknown_is_not_counted(a: Sharing) -> None:
    token = a.tokens(Door.OAUTH)["access_token"]
    assert {a.userinfo(token).status, a.check(token).status, a.info(token).status} == {200}
    by_basic = {"Authorization": basic(a.client.client_id, a.secret)}
    assert Client().get(f"/consents/v1/check?names=x&account={uuid4()}", headers=by_basic).status_code == 404
    Client().get("/consents/v1/check", headers={"Authorization": basic("nobody", "x")})
    Client().get("/consents/v1/check")
    Client().get("/oauth2/userinfo", headers={"Authorization": "Bearer unknown"})
    Client().get("/oauth2/authorize", {"client_id": "nobody\x00", "redirect_uri": REDIRECT_URI})
    Client().get("/oauth2/authorize", {"client_id": "nobody", "redirect_uri": REDIRECT_URI})
    assert not UsageCount.objects.exists()


@contextmanager
def without(table: str) -> Iterator[None]:
    """A fault of ours: what needs the table fails, and its transaction with it."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_counts_for_who_met_it() -> None:
    a = sharing()
    token = a.tokens(Door.OAUTH)["access_token"]
    with without("freedom_id_authorization"):
        answers: list[Any] = [a.info(token), a.userinfo(token), a.check(token), a.check_by_credentials()]
        statuses = [answer.status for answer in answers]
        assert [*statuses, at_identity_door(a, token).status_code] == [503] * 5
    assert counted(a.client) == {
        ("freedom_id", "100199"): 1,
        ("oauth", "temporarily_unavailable"): 1,
        ("consents", "unavailable"): 2,
        ("identity", "50300"): 1,
    }
