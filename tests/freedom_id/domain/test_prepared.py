"""Statements that libpq runs without a cursor."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from freedom_id.domain.prepared import run_prepared
from freedom_id.models import Account
from tests.factories.people import person

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=20)


def run(sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    return run_prepared(connection.connection, sql, params)


@given(texts=st.lists(TEXT, max_size=5), text=TEXT, number=st.integers(-(2**63), 2**63 - 1), key=st.uuids())
def test_what_goes_in_comes_out(texts: list[str], text: str, number: int, key: UUID) -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
    sent = [texts, text, number, key, moment, None]
    sql = "SELECT %s::text[], %s::text, %s::bigint, %s::uuid, %s::timestamptz, %s::text"
    assert run(sql, sent) == [tuple(sent)]


def test_a_name_that_comes_again_is_one_parameter() -> None:
    assert run("SELECT %(a)s::int, %(b)s::int, %(a)s::int + 1", {"b": 2, "a": 1}) == [(1, 2, 2)]


def test_a_nul_does_not_cut_a_text_short() -> None:
    with pytest.raises(psycopg.DataError):
        run("SELECT %s::text", ["good\0bad"])


def test_what_has_no_text_form_is_refused() -> None:
    with pytest.raises(TypeError):
        run("SELECT %s::text", [1.5])


@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_transaction_belongs_to_it() -> None:
    account = person()
    with transaction.atomic():
        run("UPDATE freedom_id_account SET status = 'closed' WHERE id = %s", [account.pk])
        transaction.set_rollback(True)
    assert Account.objects.get(pk=account.pk).status == "active"
    with transaction.atomic():
        run("UPDATE freedom_id_account SET status = 'closed' WHERE id = %s", [account.pk])
    assert Account.objects.get(pk=account.pk).status == "closed"


@pytest.mark.django_db(transaction=True)
def test_a_rollback_forgets_nothing_that_was_prepared() -> None:
    for _time in range(2):
        with pytest.raises(psycopg.errors.InvalidTextRepresentation), transaction.atomic():
            run("SELECT %s::uuid", ["no uuid"])
        assert run("SELECT 1") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_who_deallocates_costs_one_failure() -> None:
    key = uuid4()
    run("SELECT %s::uuid", [key])
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        run("SELECT %s::uuid", [key])
    assert run("SELECT %s::uuid", [key]) == [(key,)]
