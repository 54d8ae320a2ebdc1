import re

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from consents.checks import TRIGGERS, check_triggers
from consents.models import ConsentTransaction, Receipt, Subject
from tests.consents.acts import allow, execute, publish, triggers_dropped

pytestmark = pytest.mark.django_db


def test_a_migrated_database_has_every_trigger() -> None:
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert [message for message in found if message.id == "consents.E010"] == []


def test_every_missing_trigger_is_reported() -> None:
    with triggers_dropped():
        found = check_triggers(app_configs=None, databases=["default"])
    expected = [name for names in TRIGGERS[connection.vendor].values() for name in names]
    assert [message.id for message in found] == ["consents.E010"] * len(expected)
    assert all(name in message.msg for name, message in zip(expected, found, strict=True))


@pytest.mark.postgresql
def test_a_disabled_trigger_is_reported() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consents_consenttransaction DISABLE TRIGGER consents_transaction_append_only")
    [message] = check_triggers(app_configs=None, databases=["default"])
    assert "consents_transaction_append_only" in message.msg


def test_before_the_migration_the_check_is_silent() -> None:
    MigrationRecorder(connection).record_unapplied("consents", "0008_triggers")
    with triggers_dropped():
        assert check_triggers(app_configs=None, databases=["default"]) == []


def test_without_a_database_the_check_asks_nothing() -> None:
    assert check_triggers(app_configs=None, databases=None) == []


@pytest.mark.postgresql  # SQLite empties tables by DELETE, which the triggers refuse
@pytest.mark.django_db(transaction=True)
def test_the_repair_that_the_check_names_brings_a_trigger_back_and_keeps_the_rows(
    subject: Subject, signed: None
) -> None:
    publish("a")
    allow(subject, "a")
    execute(["DROP TRIGGER consents_transaction_append_only ON consents_consenttransaction"])
    [message] = check_triggers(app_configs=None, databases=["default"])
    for arguments in re.findall(r"`migrate --skip-checks ([^`]+)`", message.hint):
        call_command("migrate", *arguments.split(), skip_checks=True, verbosity=0)
    assert check_triggers(app_configs=None, databases=["default"]) == []
    assert (ConsentTransaction.objects.count(), Receipt.objects.count()) == (1, 1)
