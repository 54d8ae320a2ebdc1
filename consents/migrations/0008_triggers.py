"""Ledger, receipts and the journals are append-only; a version that left draft is frozen but for its life cycle.

This migration, taken back and run again, is also the repair that consents.E010 names: it touches no row. A later one
that alters one of these tables on SQLite makes the table anew and loses its triggers: it has to run these again.
There is no TRUNCATE trigger: Django's flush needs TRUNCATE. In production take that right from the application's role.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# A review may write these; every other column of a version that left draft stays as it is.
LIFE_CYCLE = [
    "state",
    "published_at",
    "published_by",
    "submitted_by",
    "accepts_from",
    "carried_from",
    "carried_until",
]
CONTENT = [
    "id",
    "purpose_id",
    "number",
    "lifespan",
    "lifespan_months",
    "lifespan_anchor",
    "data_items",
    "optional_data_items",
    "recipients",
    "third_countries",
    "made_public",
    "retention",
    "jurisdiction",
    "change_kind",
    "carry_over",
    "grace",
    "content_hash",
]

POSTGRESQL_FUNCTIONS = [
    # 23001 restrict_violation is an integrity error for every driver.
    """
    CREATE OR REPLACE FUNCTION consents_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%: % refused, the ledger is append-only', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION consents_refuse_unless_shredded() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS (
            SELECT 1 FROM consents_erasure WHERE subject_id = OLD.subject_id AND kind = 'shred'
        ) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '%: % refused, the ledger is append-only', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION consents_refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        candidate consents_purposeversion := NEW;
    BEGIN
        IF OLD.state = 'draft' THEN
            RETURN COALESCE(NEW, OLD);
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state = 'superseded' THEN
            candidate.state := OLD.state;
        ELSIF TG_OP = 'UPDATE' AND OLD.state = 'in_review' AND NEW.state IN ('draft', 'published') THEN
            {" ".join(f"candidate.{column} := OLD.{column};" for column in LIFE_CYCLE)}
        ELSE
            candidate := NULL;
        END IF;
        IF candidate IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION '%: % refused, only a draft may change', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
    END $$
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
]

POSTGRESQL_TRIGGERS = {
    "consents_transaction_append_only": (
        "UPDATE OR DELETE ON consents_consenttransaction",
        "consents_refuse_unless_shredded",
    ),
    "consents_receipt_append_only": ("UPDATE OR DELETE ON consents_receipt", "consents_refuse_unless_shredded"),
    "consents_erasure_append_only": ("UPDATE OR DELETE ON consents_erasure", "consents_refuse"),
    "consents_access_append_only": ("UPDATE OR DELETE ON consents_evidenceaccess", "consents_refuse"),
    "consents_version_frozen": ("UPDATE OR DELETE ON consents_purposeversion", "consents_refuse_version"),
    "consents_text_frozen": ("INSERT OR UPDATE OR DELETE ON consents_purposetext", "consents_refuse_text"),
}

NOT_SHREDDED = "WHEN NOT EXISTS (SELECT 1 FROM consents_erasure WHERE subject_id = OLD.subject_id AND kind = 'shred')"
UNCHANGED = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in CONTENT)
SAME_LIFE_CYCLE = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in LIFE_CYCLE if column != "state")

# INSERT OR REPLACE deletes the former row without firing a DELETE trigger, hence the *_no_replace triggers.
SQLITE_TRIGGERS = {
    "consents_transaction_no_update": "UPDATE ON consents_consenttransaction",
    "consents_transaction_no_delete": f"DELETE ON consents_consenttransaction {NOT_SHREDDED}",
    "consents_transaction_no_replace": """INSERT ON consents_consenttransaction WHEN EXISTS (
        SELECT 1 FROM consents_consenttransaction WHERE id = NEW.id OR (
            subject_id = NEW.subject_id AND purpose_id = NEW.purpose_id
            AND scope_key = NEW.scope_key AND subject_seq = NEW.subject_seq))""",
    "consents_receipt_no_update": "UPDATE ON consents_receipt",
    "consents_receipt_no_delete": f"DELETE ON consents_receipt {NOT_SHREDDED}",
    "consents_receipt_no_replace": """INSERT ON consents_receipt WHEN EXISTS (
        SELECT 1 FROM consents_receipt WHERE id = NEW.id)""",
    "consents_erasure_no_update": "UPDATE ON consents_erasure",
    "consents_erasure_no_delete": "DELETE ON consents_erasure",
    "consents_access_no_update": "UPDATE ON consents_evidenceaccess",
    "consents_access_no_delete": "DELETE ON consents_evidenceaccess",
    "consents_version_no_update": f"""UPDATE ON consents_purposeversion WHEN OLD.state <> 'draft' AND NOT ({UNCHANGED} AND (
        (OLD.state = 'published' AND NEW.state = 'superseded' AND {SAME_LIFE_CYCLE})
        OR (OLD.state = 'in_review' AND NEW.state IN ('draft', 'published'))))""",
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


REVERSE = {
    "postgresql": [
        f"DROP TRIGGER IF EXISTS {name} ON {event.partition(' ON ')[2]}"
        for name, (event, _function) in POSTGRESQL_TRIGGERS.items()
    ],
    "sqlite": [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE_TRIGGERS],
}
FORWARD = {
    "postgresql": [
        *POSTGRESQL_FUNCTIONS,
        *(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {function}()"
            for name, (event, function) in POSTGRESQL_TRIGGERS.items()
        ),
    ],
    "sqlite": [
        f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{name}: refused'); END"
        for name, event in SQLITE_TRIGGERS.items()
    ],
}


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in [*REVERSE[vendor], *FORWARD[vendor]]:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in REVERSE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("consents", "0007_life_cycle_constraints")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
