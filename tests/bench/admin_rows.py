"""A house of any size for the admin: one person whose rows the product wrote, multiplied by set-based SQL."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, models, transaction

from consents.management.progress import ProgressBar
from consents.models import ConsentState, ConsentTransaction, Receipt, Subject
from freedom_id.models import Account, AccountEvent, Authorization, Credential, Device, Notice, TokenFamily
from tests.consents.acts import CLIENT, allow
from tests.identity_portal.staff.stage import Stage, stage

BATCH = 20_000
FIRST_SSOID = 200_000_000_000_000
SPREAD_SECONDS = 90 * 24 * 3600  # moments lie in the last 90 days, the newest rows last


@dataclass
class House:
    stage: Stage
    accounts: int
    transactions: int


def make_house(accounts: int, transactions: int) -> House:
    """`accounts` people beside the one of the template, and some `transactions` rows of the ledger, as many of each
    person. The rows of the copies are not chained: nothing here verifies the ledger."""
    template = stage()
    each = max(1, round(transactions / accounts))
    ledger = ConsentTransaction.objects.filter(subject=template.subject).order_by("epoch")
    while ledger.count() < each:
        allow(template.subject, "calls", scope_key=CLIENT)
    copied = list(ledger.values_list("pk", flat=True)[:each])
    bar = ProgressBar(accounts, sys.stderr)
    indexes = _drop_indexes()
    for first in range(0, accounts, BATCH):
        last = min(first + BATCH, accounts) - 1
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # no foreign keys, no triggers
            cursor.execute("SET LOCAL statement_timeout = 0")
            _multiply(template, copied, accounts, first, last)
        bar(last + 1)
    print("making the indexes again …", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for statement in indexes:
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return House(template, Account.objects.count(), ConsentTransaction.objects.count())


def _multiply(template: Stage, ledger: list[UUID], accounts: int, first: int, last: int) -> None:
    """Of the ledger the rows named, and the states that they end in. Keys begin with the number of the copy, as those
    of UUID version 7 begin with the moment: so rows lie in the order in which they were written."""
    person, subject = template.connection.account, template.subject
    moment = f"now() - make_interval(secs => ({accounts} - n) * {SPREAD_SECONDS}.0 / {accounts})"
    ssoid, of_account = f"{FIRST_SSOID} + n", {"account": person}
    index, authorization = "md5(t.id::text || n)", _key("t.authorization_id")
    copies: list[tuple[type[models.Model], Mapping[str, object], Mapping[str, str]]] = [
        (Account, {"pk": person.pk}, {"id": ssoid, "freedom_id": _key("'f'"), "passkey_handle": "NULL"}),
        (Credential, of_account, {"account_id": ssoid, "value_index": index, "number": "t.number + n + 1"}),
        (AccountEvent, of_account, {"account_id": ssoid}),
        (Device, of_account, {"account_id": ssoid, "family_id": "NULL"}),
        (Notice, of_account, {"account_id": ssoid, "sent_at": moment, "cancelled_at": "NULL"}),
        (Authorization, of_account, {"account_id": ssoid}),
        (TokenFamily, {"authorization__account": person}, {"authorization_id": authorization, "source_id": "NULL"}),
        (Subject, {"pk": subject.pk}, {"account_id": ssoid}),
        (Receipt, {"subject": subject}, {"subject_id": _key("t.subject_id")}),
        (
            ConsentTransaction,
            {"pk__in": ledger},
            {"subject_id": _key("t.subject_id"), "receipt_id": _key("t.receipt_id"), "notice_token_id": "NULL"},
        ),
        (
            ConsentState,
            {"last_transaction__in": ledger},
            {
                "id": "nextval(pg_get_serial_sequence('consents_consentstate', 'id'))",
                "subject_id": _key("t.subject_id"),
                "last_transaction_id": _key("t.last_transaction_id"),
            },
        ),
    ]  # fmt: skip
    for model, rows, columns in copies:
        _copy(model, rows, {"id": _key("t.id"), **_moments(model, moment), **columns}, first, last)


def _key(of: str) -> str:
    return f"(lpad(to_hex(n), 12, '0') || substr(md5({of}::text), 1, 20))::uuid"


def _moments(model: type[models.Model], moment: str) -> dict[str, str]:
    """When something began; other moments stay as they are."""
    names = ("created_at", "happened_at", "recorded_at", "issued_at", "first_seen", "last_seen")
    return {field.column: moment for field in model._meta.concrete_fields if field.column in names}


def _copy(
    model: type[models.Model], rows: Mapping[str, object], columns: Mapping[str, str], first: int, last: int
) -> None:
    names = [field.column for field in model._meta.concrete_fields]
    table, key = model._meta.db_table, model._meta.pk.column
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    found = list(model._default_manager.filter(**rows).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in names)}) '
            f'SELECT {values} FROM generate_series(%s::bigint, %s::bigint) n, "{table}" t WHERE t."{key}" = ANY(%s) '
            "ORDER BY n",
            [first, last, found],
        )


def _drop_indexes() -> list[str]:
    """Drop all but primary keys and what a foreign key points to; the statements that make them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, quote_ident(c.conname), "
            "CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid) ELSE format('ALTER TABLE %s ADD CONSTRAINT "
            "%I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) END FROM pg_index i "
            "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype <> 'f' "
            "WHERE i.indrelid::regclass::text ~ '^(freedom_id|consents)_' AND NOT i.indisprimary "
            "AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')"
        )
        found = cursor.fetchall()
        for table, index, constraint, _statement in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}")
    return [statement for *_names, statement in found]
