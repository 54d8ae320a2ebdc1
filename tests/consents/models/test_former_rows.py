"""A ledger from before the chain: the migrations chain and count it, and it verifies."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from consents.domain.verification import verify_ledger
from consents.models import ConsentState, ConsentTransaction, Purpose, PurposeText, PurposeVersion, Subject
from consents.rfc9562_uuid7 import uuid7

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
BEFORE = ("consents", "0004_receipt_append_only")
THEN = datetime(2026, 5, 1, tzinfo=UTC)
LIFESPAN = timedelta(days=9)


def migrate(*target: str) -> None:
    call_command("migrate", *target, skip_checks=True, verbosity=0)


@pytest.fixture
def then() -> Iterator[Any]:
    """The models of before."""
    migrate(*BEFORE)
    yield MigrationExecutor(connection).loader.project_state(BEFORE).apps
    migrate()


def make_version(then: Any) -> Any:
    text = PurposeText(locale="en", title="Phone", text="To call you.", consequence="No calls.")
    text.sha256 = text.digest()
    content_hash = PurposeVersion(lifespan=LIFESPAN, data_items=["phone"]).digest([text])
    purpose = then.get_model("consents.Purpose").objects.create(name="a", scope="global", legal_basis="consent")
    versions = then.get_model("consents.PurposeVersion").objects
    version = versions.create(purpose=purpose, number=1, lifespan=LIFESPAN, data_items=["phone"])
    words = {name: getattr(text, name) for name in ("locale", "title", "text", "consequence", "sha256")}
    then.get_model("consents.PurposeText").objects.create(version=version, **words)
    versions.filter(pk=version.pk).update(state="published", published_at=THEN, content_hash=content_hash)
    return version, text.sha256


def test_former_rows_are_chained_and_verify(then: Any) -> None:
    version, sha256 = make_version(then)
    point = then.get_model("consents.CollectionPoint").objects.create(name="p", recipient="r", channel="web")
    for _person in range(2):
        subject = then.get_model("consents.Subject").objects.create()
        for seq, action in enumerate(["allow", "renew"], start=1):
            at = THEN + timedelta(days=seq)
            row = then.get_model("consents.ConsentTransaction").objects.create(
                id=uuid7(),
                subject=subject,
                purpose=version.purpose,
                purpose_version=version,
                text_sha256=sha256,
                locale="en",
                collection_point=point,
                action=action,
                actor="self",
                occurred_at=at,
                recorded_at=at,
                expires_at=at + LIFESPAN,
                subject_seq=seq,
            )
        then.get_model("consents.ConsentState").objects.create(
            subject=subject,
            purpose=version.purpose,
            status="renewed",
            purpose_version=version,
            since=at,
            expires_at=at + LIFESPAN,
            last_transaction=row,
            seq=2,
        )
    migrate()
    found = verify_ledger()
    assert (found.people, found.rows) == (2, 4)
    assert set(Subject.objects.values_list("epoch", flat=True)) == {2}
    assert set(ConsentTransaction.objects.values_list("epoch", flat=True)) == {1, 2}
    assert Purpose.objects.get(name="a").accepts_from == 1
    state = ConsentState.objects.first()
    assert (state.version_number, state.given_at) == (1, THEN + timedelta(days=1))
