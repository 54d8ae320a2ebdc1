from importlib import import_module

import pytest
from django.apps import apps
from django.core.checks import Tags, run_checks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from consents.checks import TRIGGERS, check_triggers
from tests.consents.acts import execute, triggers_dropped

pytestmark = pytest.mark.django_db
LEDGER_TRIGGER = {
    "postgresql": "consents_transaction_append_only ON consents_consenttransaction",
    "sqlite": "consents_transaction_no_update",
}


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
    MigrationRecorder(connection).record_unapplied("consents", "0004_receipt_append_only")
    with triggers_dropped():
        assert check_triggers(app_configs=None, databases=["default"]) == []


def test_without_a_database_the_check_asks_nothing() -> None:
    assert check_triggers(app_configs=None, databases=None) == []


def test_the_repair_that_the_check_names_brings_every_trigger_back() -> None:
    migration = import_module("consents.migrations.0004_receipt_append_only")
    with connection.schema_editor(atomic=False) as editor:
        migration.drop_triggers(apps, editor)
        execute(["DROP TRIGGER IF EXISTS " + LEDGER_TRIGGER[connection.vendor]])
        assert len(check_triggers(app_configs=None, databases=["default"])) > 1
        migration.create_triggers(apps, editor)
    assert check_triggers(app_configs=None, databases=["default"]) == []
