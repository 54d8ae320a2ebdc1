"""A ledger of any size: one person whose rows the product wrote, multiplied by SQL."""

import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from consents.enums import Actor
from consents.management.progress import ProgressBar
from consents.models import ConsentState, ConsentTransaction, Subject
from freedom_id.domain.consent_transactions import AllowedPurpose, Relay, allow_purposes
from freedom_id.models import Account, Authorization
from tests.bench.rows import Rows, make_tokens
from tests.freedom_id.identity_v4.parties import IP, Party, ask_at, id_of, party, publish

ROWS_EACH = 5
ANSWERED = [f"bench-{number}" for number in range(1, 4)]
UNANSWERED = [f"bench-{number}" for number in range(4, 9)]
NAMES = ["identity-provider", "consents", *ANSWERED, *UNANSWERED]  # the first five are answered
BATCH = 10_000
TOKENS = 20_000
FIRST_SSOID = 200_000_000_000_000


@dataclass
class Asker:
    """A person with a token at the client."""

    ssoid: int
    token: str


@dataclass
class Ledger:
    party: Party
    askers: list[Asker]


def make_ledger(rows: int) -> Ledger:
    """`rows` ledger rows and as many states, five of each person; tokens of at most 20,000 people, in no order."""
    template = _template()
    people = rows // ROWS_EACH
    bar = ProgressBar(people, sys.stderr)
    for first in range(0, people, BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # no foreign keys, no triggers
            cursor.execute("SET LOCAL statement_timeout = 0")
            _multiply(template, first, min(first + BATCH, people) - 1)
        bar(min(first + BATCH, people))
    return Ledger(template, _askers(template, people))


def vacuum() -> None:
    """What autovacuum does in time: statistics, and pages known to be visible to all."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def _template() -> Party:
    """Signed in, with what the sign-in records, and three answers more."""
    who = party()
    for name in ANSWERED + UNANSWERED:
        publish(name)
    ask_at(who.client, *ANSWERED, *UNANSWERED)
    who.token()
    purposes = [AllowedPurpose(id_of(name)) for name in ANSWERED]
    by = Relay(Actor.SELF, who.client.client_id, IP, "")
    allow_purposes(who.account, who.client, purposes=purposes, locale="en", by=by)
    return who


def _multiply(template: Party, first: int, last: int) -> None:
    account = f"{FIRST_SSOID} + n"
    subject = "md5('subject' || n)::uuid"
    person = Subject.objects.get(account=template.account)
    of_person = {"subject": person}
    _copy(Account, {"pk": template.account.pk}, {"id": account, "freedom_id": "md5('person' || n)::uuid"}, first, last)
    _copy(Subject, {"pk": person.pk}, {"id": subject, "account_id": account}, first, last)
    authorization = {"id": "md5('authorization' || n)::uuid", "account_id": account}
    _copy(Authorization, {"account": template.account}, authorization, first, last)
    transactions = {"id": "md5(t.id::text || n)::uuid", "subject_id": subject, "notice_token_id": "NULL"}
    _copy(ConsentTransaction, of_person, transactions, first, last)
    states = {
        "id": "nextval(pg_get_serial_sequence('consents_consentstate', 'id'))",
        "subject_id": subject,
        "last_transaction_id": "md5(t.last_transaction_id::text || n)::uuid",
    }
    _copy(ConsentState, of_person, states, first, last)


def _copy(
    model: type[models.Model], rows: Mapping[str, Any], columns: Mapping[str, str], first: int, last: int
) -> None:
    """Copy these rows once for each n from `first` to `last`, with SQL for some `columns`."""
    names = [field.column for field in model._meta.concrete_fields]
    table, key = model._meta.db_table, model._meta.pk.column
    values = [columns.get(name, f't."{name}"') for name in names]
    found = list(model._default_manager.filter(**rows).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in names)}) '
            f'SELECT {", ".join(values)} FROM "{table}" t, generate_series(%s::bigint, %s::bigint) n '
            f'WHERE t."{key}" = ANY(%s)',
            [first, last, found],
        )


def _askers(template: Party, people: int) -> list[Asker]:
    """Evenly among all people, so that no page of an index is favoured."""
    ssoids = [FIRST_SSOID + number for number in range(0, people, max(1, people // TOKENS))][:TOKENS]
    rows = Authorization.objects.filter(account__in=ssoids).order_by("account")
    tokens, _refresh = make_tokens(Rows(template.client, template.secret, list(rows)), len(ssoids), ["consents"])
    askers = [Asker(*pair) for pair in zip(ssoids, tokens, strict=True)]
    random.Random(1).shuffle(askers)
    return askers
