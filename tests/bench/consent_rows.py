"""People with consents at one partner: a ledger row and a state for each of five purposes, and a token that asks."""

import random

from django.utils import timezone

from consents.domain.state import apply_transaction
from consents.models import CollectionPoint, ConsentState, ConsentTransaction, PurposeText, Subject
from freedom_id.models import Account, Authorization
from tests.bench.rows import Rows, make_tokens
from tests.factories.people import partner

CHECKED = ["read.firstname", "read.lastname", "read.phone", "read.email", "read.country"]


def make_checkers(number: int) -> list[str]:
    """An access token of each person, in no order."""
    client, secret = partner()
    accounts = Account.objects.bulk_create([Account(password="!") for _number in range(number)], batch_size=2000)
    authorizations = [Authorization(account=account, client=client) for account in accounts]
    rows = Rows(client, secret, Authorization.objects.bulk_create(authorizations, batch_size=2000))
    _allow_everything(Subject.objects.bulk_create([Subject(account=account) for account in accounts]), rows)
    tokens, _refresh = make_tokens(rows, number)
    random.Random(1).shuffle(tokens)
    return tokens


def _allow_everything(subjects: list[Subject], rows: Rows) -> None:
    point = CollectionPoint.objects.get(recipient=rows.client.client_id)
    texts = list(PurposeText.objects.filter(locale="en", version__purpose__name__in=CHECKED).select_related("version"))
    now = timezone.now()
    ledger = [
        ConsentTransaction(
            epoch=epoch,
            row_hash="-",
            subject=subject,
            purpose_id=text.version.purpose_id,
            purpose_version=text.version,
            text_sha256=text.sha256,
            locale=text.locale,
            scope_key=rows.client.client_id,
            collection_point=point,
            action="allow",
            actor="self",
            occurred_at=now,
            subject_seq=1,
        )
        for subject in subjects
        for epoch, text in enumerate(texts, start=1)
    ]
    ConsentTransaction.objects.bulk_create(ledger, batch_size=2000)
    ConsentState.objects.bulk_create([apply_transaction(row, None) for row in ledger], batch_size=2000)
