"""The audit, and triggers that refuse to change or delete what stands in it.

There is no TRUNCATE trigger: Django's flush needs TRUNCATE. In production take that right from the application's role.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("auditentry", "auditcheckpoint")
FORWARD = {
    "postgresql": [
        # 23001 restrict_violation is an integrity error for every driver.
        """
        CREATE OR REPLACE FUNCTION freedom_id_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '%: % refused, the audit is append-only', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
        END $$
        """,
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON freedom_id_{table}"
            " FOR EACH ROW EXECUTE FUNCTION freedom_id_refuse()"
            for table in TABLES
        ),
    ],
    # INSERT OR REPLACE deletes the former row without firing a DELETE trigger, hence *_no_replace.
    "sqlite": [
        f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{name}: refused'); END"
        for name, event in {
            "auditentry_no_update": "UPDATE ON freedom_id_auditentry",
            "auditentry_no_delete": "DELETE ON freedom_id_auditentry",
            "auditentry_no_replace": """INSERT ON freedom_id_auditentry WHEN EXISTS (
                SELECT 1 FROM freedom_id_auditentry WHERE number = NEW.number)""",
            "auditcheckpoint_no_update": "UPDATE ON freedom_id_auditcheckpoint",
            "auditcheckpoint_no_delete": "DELETE ON freedom_id_auditcheckpoint",
            "auditcheckpoint_no_replace": """INSERT ON freedom_id_auditcheckpoint WHEN EXISTS (
                SELECT 1 FROM freedom_id_auditcheckpoint WHERE number = NEW.number)""",
        }.items()
    ],
}
REVERSE = {
    "postgresql": [
        *(f"DROP TRIGGER IF EXISTS {table}_append_only ON freedom_id_{table}" for table in TABLES),
        "DROP FUNCTION IF EXISTS freedom_id_refuse()",
    ],
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {table}_{name}"
        for table in TABLES
        for name in ("no_update", "no_delete", "no_replace")
    ],
}


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in FORWARD[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in REVERSE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0019_people_pages"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                ("hash", models.CharField(max_length=64, verbose_name="hash")),
                ("signed_at", models.DateTimeField(verbose_name="when")),
                ("jws", models.TextField(verbose_name="signature")),
            ],
            options={
                "verbose_name": "audit checkpoint",
                "verbose_name_plural": "audit checkpoints",
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                ("recorded_at", models.DateTimeField(verbose_name="when")),
                ("roles", models.JSONField(default=list, verbose_name="roles")),
                ("command", models.CharField(blank=True, default="", max_length=40, verbose_name="command")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("read", "Read"),
                            ("added", "Added"),
                            ("changed", "Changed"),
                            ("deleted", "Deleted"),
                            ("exported", "Exported"),
                            ("staff:signed_in", "Staff signed in"),
                            ("staff:signed_out", "Staff signed out"),
                            ("staff:refused", "Staff sign-in failed"),
                            ("staff:made", "Staff account made"),
                            ("account:blocked", "Account blocked"),
                            ("account:unblocked", "Account unblocked"),
                            ("account:password_set", "Password set"),
                            ("account:erased", "Person erased"),
                            ("partner:secret_made", "New secret made"),
                            ("partner:secret_ended", "Former secret ended"),
                            ("partner:secret_shown", "New secret shown"),
                            ("partner:key_shown", "Key of a partner shown"),
                            ("partner:suspended", "Partner suspended"),
                            ("partner:resumed", "Partner resumed"),
                            ("partner:closed", "Partner closed"),
                            ("partner:points_opened", "Collection points opened"),
                            ("callback:sent_again", "Callback sent again"),
                            ("keys:rotated", "Signing keys rotated"),
                            ("keys:revoked", "Signing key revoked"),
                            ("keys:resealed", "Values sealed anew"),
                            ("purpose:drafted", "Version drafted"),
                            ("purpose:submitted", "Version submitted for review"),
                            ("purpose:sent_back", "Version sent back"),
                            ("purpose:published", "Version published"),
                            ("purpose:retired", "Purpose retired"),
                            ("purpose:kept", "Purpose kept"),
                            ("person:hold", "Legal hold changed"),
                            ("person:consent_entered", "Consent entered for a person"),
                            ("person:consent_withdrawn", "Consent withdrawn for a person"),
                            ("evidence:opened", "Evidence opened"),
                        ],
                        max_length=40,
                        verbose_name="action",
                    ),
                ),
                ("object_type", models.CharField(blank=True, default="", max_length=80, verbose_name="kind of object")),
                (
                    "object_key",
                    models.CharField(blank=True, default="", max_length=80, verbose_name="key of the object"),
                ),
                ("object_label", models.CharField(blank=True, default="", max_length=200, verbose_name="object")),
                ("reason", models.CharField(blank=True, default="", max_length=255, verbose_name="reason")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="address")),
                ("request_id", models.CharField(max_length=36, verbose_name="request")),
                ("previous_hash", models.CharField(max_length=64, verbose_name="hash of the entry before")),
                ("hash", models.CharField(max_length=64, verbose_name="hash")),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="about whom",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="member of staff",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "permissions": [("export_auditentry", "Can export the audit")],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["actor", "-number"], name="audit_of_actor"),
                    models.Index(fields=["account", "-number"], name="audit_of_account"),
                    models.Index(fields=["object_type", "object_key", "-number"], name="audit_of_object"),
                    models.Index(fields=["-recorded_at"], name="audit_by_time"),
                    models.Index(fields=["request_id"], name="audit_by_request"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="audit_numbers_begin_at_one"),
                    models.UniqueConstraint(fields=("previous_hash",), name="audit_chain_does_not_fork"),
                    models.CheckConstraint(
                        condition=models.Q(("actor__isnull", True), ("command", ""), _connector="OR"),
                        name="audit_actor_is_one",
                    ),
                ],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
