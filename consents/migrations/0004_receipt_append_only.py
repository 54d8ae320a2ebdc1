"""Receipts are append-only like the ledger. Its triggers, and those of frozen versions, are made anew as well.

So this migration, taken back and run again, is also the repair that consents.E010 names: it touches no row.
"""

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LEDGER = import_module("consents.migrations.0002_ledger_append_only")

POSTGRESQL = [
    """
    CREATE TRIGGER consents_receipt_append_only BEFORE UPDATE OR DELETE ON consents_receipt
    FOR EACH ROW EXECUTE FUNCTION consents_refuse()
    """
]
POSTGRESQL_REVERSE = ["DROP TRIGGER IF EXISTS consents_receipt_append_only ON consents_receipt"]

SQLITE_TRIGGERS = {
    "consents_receipt_no_update": "UPDATE ON consents_receipt",
    "consents_receipt_no_delete": "DELETE ON consents_receipt",
    "consents_receipt_no_replace": """INSERT ON consents_receipt WHEN EXISTS (
        SELECT 1 FROM consents_receipt WHERE id = NEW.id)""",
}

REVERSE = {
    "postgresql": POSTGRESQL_REVERSE,
    "sqlite": [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE_TRIGGERS],
}
FORWARD = {
    "postgresql": POSTGRESQL,
    "sqlite": [
        f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{name}: refused'); END"
        for name, event in SQLITE_TRIGGERS.items()
    ],
}


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in [*LEDGER.REVERSE[vendor], *LEDGER.FORWARD[vendor], *FORWARD[vendor]]:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in REVERSE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("consents", "0003_receipt")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
