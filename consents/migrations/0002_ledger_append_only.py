"""The ledger is append-only, and a published version with its texts is frozen, by row triggers.

There is no TRUNCATE trigger: Django's flush needs TRUNCATE. In production take that right from the application's role.
On SQLite a later migration that alters one of these three tables makes the table anew and loses its triggers:
it has to run these operations again. The system check consents.E010 tells.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRESQL = [
    # 23001 restrict_violation is an integrity error for every driver.
    """
    CREATE OR REPLACE FUNCTION consents_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%: % refused, the ledger is append-only', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
    END $$
    """,
    """
    CREATE TRIGGER consents_transaction_append_only BEFORE UPDATE OR DELETE ON consents_consenttransaction
    FOR EACH ROW EXECUTE FUNCTION consents_refuse()
    """,
    # The only change of a version that left draft: published -> superseded, every other column equal.
    """
    CREATE OR REPLACE FUNCTION consents_refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        candidate consents_purposeversion := NEW;
    BEGIN
        IF OLD.state = 'draft' THEN
            RETURN COALESCE(NEW, OLD);
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state = 'superseded' THEN
            candidate.state := OLD.state;
            IF candidate IS NOT DISTINCT FROM OLD THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '%: % refused, only a draft may change', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
    END $$
    """,
    """
    CREATE TRIGGER consents_version_frozen BEFORE UPDATE OR DELETE ON consents_purposeversion
    FOR EACH ROW EXECUTE FUNCTION consents_refuse_version()
    """,
    # FOR SHARE waits for a publication in progress; the state is read after it.
    """
    CREATE OR REPLACE FUNCTION consents_refuse_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM consents_purposeversion WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE;
        IF EXISTS (
            SELECT 1 FROM consents_purposeversion
            WHERE id IN (OLD.version_id, NEW.version_id) AND state <> 'draft'
        ) THEN
            RAISE EXCEPTION '%: % refused, only a draft may change', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
        END IF;
        RETURN COALESCE(NEW, OLD);
    END $$
    """,
    """
    CREATE TRIGGER consents_text_frozen BEFORE INSERT OR UPDATE OR DELETE ON consents_purposetext
    FOR EACH ROW EXECUTE FUNCTION consents_refuse_text()
    """,
]

POSTGRESQL_REVERSE = [
    "DROP TRIGGER IF EXISTS consents_transaction_append_only ON consents_consenttransaction",
    "DROP TRIGGER IF EXISTS consents_version_frozen ON consents_purposeversion",
    "DROP TRIGGER IF EXISTS consents_text_frozen ON consents_purposetext",
    "DROP FUNCTION IF EXISTS consents_refuse()",
    "DROP FUNCTION IF EXISTS consents_refuse_version()",
    "DROP FUNCTION IF EXISTS consents_refuse_text()",
]

# INSERT OR REPLACE deletes the former row without firing a DELETE trigger, hence the *_no_replace triggers.
SQLITE_TRIGGERS = {
    "consents_transaction_no_update": "UPDATE ON consents_consenttransaction",
    "consents_transaction_no_delete": "DELETE ON consents_consenttransaction",
    "consents_transaction_no_replace": """INSERT ON consents_consenttransaction WHEN EXISTS (
        SELECT 1 FROM consents_consenttransaction WHERE id = NEW.id OR (
            subject_id = NEW.subject_id AND purpose_id = NEW.purpose_id
            AND scope_key = NEW.scope_key AND subject_seq = NEW.subject_seq))""",
    "consents_version_no_update": """UPDATE ON consents_purposeversion WHEN OLD.state <> 'draft' AND NOT (
        OLD.state = 'published' AND NEW.state = 'superseded' AND NEW.id IS OLD.id
        AND NEW.purpose_id IS OLD.purpose_id AND NEW.number IS OLD.number AND NEW.published_at IS OLD.published_at
        AND NEW.lifespan IS OLD.lifespan AND NEW.data_items IS OLD.data_items
        AND NEW.content_hash IS OLD.content_hash)""",
    "consents_version_no_delete": "DELETE ON consents_purposeversion WHEN OLD.state <> 'draft'",
    "consents_version_no_replace": """INSERT ON consents_purposeversion WHEN EXISTS (
        SELECT 1 FROM consents_purposeversion WHERE state <> 'draft' AND (
            id = NEW.id OR (purpose_id = NEW.purpose_id AND (number = NEW.number OR state = NEW.state))))""",
    "consents_text_no_insert": """INSERT ON consents_purposetext WHEN EXISTS (
        SELECT 1 FROM consents_purposeversion WHERE id = NEW.version_id AND state <> 'draft')
        OR EXISTS (SELECT 1 FROM consents_purposetext WHERE id = NEW.id)""",
    "consents_text_no_update": """UPDATE ON consents_purposetext WHEN EXISTS (
        SELECT 1 FROM consents_purposeversion WHERE id IN (OLD.version_id, NEW.version_id) AND state <> 'draft')""",
    "consents_text_no_delete": """DELETE ON consents_purposetext WHEN EXISTS (
        SELECT 1 FROM consents_purposeversion WHERE id = OLD.version_id AND state <> 'draft')""",
}

FORWARD = {
    "postgresql": POSTGRESQL,
    "sqlite": [
        f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{name}: refused'); END"
        for name, event in SQLITE_TRIGGERS.items()
    ],
}
REVERSE = {
    "postgresql": POSTGRESQL_REVERSE,
    "sqlite": [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE_TRIGGERS],
}


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in FORWARD[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in REVERSE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("consents", "0001_initial")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
