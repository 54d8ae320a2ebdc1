"""The columns of life cycle, evidence, chain and counts. The triggers rest until 0008 makes them anew: SQLite loses those
of a table that it remakes, and 0006 has to fill rows that they keep."""

import uuid
from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FORMER = [
    import_module("consents.migrations.0004_receipt_append_only"),
    import_module("consents.migrations.0002_ledger_append_only"),
]


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for former in FORMER:
        for statement in former.REVERSE[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for former in reversed(FORMER):
        for statement in former.FORWARD[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("consents", "0004_receipt_append_only")]

    operations = [
        migrations.RunPython(drop_triggers, create_triggers),
        migrations.CreateModel(
            name="AnsweredKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=255, verbose_name="caller")),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                ("request_sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the request")),
                ("answer", models.JSONField(verbose_name="answer")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        db_index=True,
                        editable=False,
                        verbose_name="created at",
                    ),
                ),
            ],
            options={
                "verbose_name": "answered key",
                "verbose_name_plural": "answered keys",
            },
        ),
        migrations.CreateModel(
            name="DailyCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("collection_point", models.CharField(blank=True, max_length=36, verbose_name="collection point")),
                ("scope_key", models.CharField(blank=True, max_length=255, verbose_name="scope key")),
                (
                    "counted",
                    models.CharField(
                        choices=[
                            ("asked", "asked"),
                            ("allow", "allow"),
                            ("refuse", "refuse"),
                            ("withdraw", "withdraw"),
                            ("renew", "renew"),
                        ],
                        max_length=10,
                        verbose_name="counted",
                    ),
                ),
                ("shard", models.PositiveSmallIntegerField(verbose_name="shard")),
                ("number", models.PositiveBigIntegerField(default=0, verbose_name="number")),
            ],
            options={
                "verbose_name": "daily count",
                "verbose_name_plural": "daily counts",
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("subject_id", models.UUIDField(verbose_name="subject")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("skeleton", "skeleton kept, link to the person destroyed"),
                            ("shred", "everything destroyed"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        help_text="Why a skeleton is kept, such as an article of a law.",
                        max_length=255,
                        verbose_name="basis",
                    ),
                ),
                ("keep_until", models.DateTimeField(blank=True, null=True, verbose_name="kept until")),
                ("epoch", models.PositiveIntegerField(verbose_name="ledger rows")),
                ("head", models.CharField(blank=True, max_length=64, verbose_name="hash of the last row")),
                ("actor_ref", models.CharField(max_length=255, verbose_name="who")),
                (
                    "erased_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="erased at"
                    ),
                ),
                (
                    "certificate",
                    models.TextField(
                        blank=True, help_text="A compact JWS, where receipts are signed.", verbose_name="certificate"
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.TextField(editable=False, verbose_name="sealed")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created at"
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence",
                "verbose_name_plural": "evidence",
            },
        ),
        migrations.CreateModel(
            name="EvidenceAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("evidence_id", models.UUIDField(verbose_name="evidence")),
                ("subject_id", models.UUIDField(db_index=True, verbose_name="subject")),
                ("actor_ref", models.CharField(max_length=255, verbose_name="who")),
                ("reason", models.CharField(max_length=255, verbose_name="reason")),
                (
                    "opened_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="opened at"
                    ),
                ),
            ],
            options={
                "verbose_name": "access to evidence",
                "verbose_name_plural": "accesses to evidence",
            },
        ),
        migrations.CreateModel(
            name="PinnedVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "pinned version",
                "verbose_name_plural": "pinned versions",
            },
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="key",
                        serialize=False,
                        to="consents.subject",
                        verbose_name="subject",
                    ),
                ),
                ("sealed", models.CharField(editable=False, max_length=255, verbose_name="sealed key")),
            ],
            options={
                "verbose_name": "subject key",
                "verbose_name_plural": "subject keys",
            },
        ),
        migrations.AddField(
            model_name="collectionpoint",
            name="allowed_origins",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Where a person may return to: https://host[:port].",
                verbose_name="allowed origins",
            ),
        ),
        migrations.AddField(
            model_name="collectionpoint",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
        ),
        migrations.AddField(
            model_name="consentstate",
            name="given_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the present yes was first said; empty after a no.",
                null=True,
                verbose_name="given at",
            ),
        ),
        migrations.AddField(
            model_name="consentstate",
            name="version_number",
            field=models.PositiveIntegerField(default=1, verbose_name="version number"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="consenttransaction",
            name="collection_point_version",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="version of the collection point"),
        ),
        migrations.AddField(
            model_name="consenttransaction",
            name="epoch",
            field=models.PositiveIntegerField(
                default=0, help_text="The row's place among all rows of the person.", verbose_name="epoch"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="consenttransaction",
            name="evidence_commit",
            field=models.CharField(blank=True, max_length=64, verbose_name="commitment to the evidence"),
        ),
        migrations.AddField(
            model_name="consenttransaction",
            name="evidence_id",
            field=models.UUIDField(blank=True, null=True, verbose_name="evidence"),
        ),
        migrations.AddField(
            model_name="consenttransaction",
            name="notice_token_id",
            field=models.UUIDField(
                blank=True,
                help_text="Of the page that showed the words, if a page did.",
                null=True,
                verbose_name="notice token",
            ),
        ),
        migrations.AddField(
            model_name="consenttransaction",
            name="row_hash",
            field=models.CharField(default="", editable=False, max_length=64, verbose_name="hash"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="purpose",
            name="accepts_from",
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name="accepts consents from version"),
        ),
        migrations.AddField(
            model_name="purpose",
            name="carried_from",
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name="carries consents from version"),
        ),
        migrations.AddField(
            model_name="purpose",
            name="carried_until",
            field=models.DateTimeField(editable=False, null=True, verbose_name="carries them until"),
        ),
        migrations.AddField(
            model_name="purpose",
            name="mechanism",
            field=models.CharField(
                choices=[
                    ("opt_in", "asked, and nothing without a yes"),
                    ("opt_out", "done, until the person objects"),
                    ("notice_only", "told, not asked"),
                ],
                default="opt_in",
                max_length=20,
                verbose_name="mechanism",
            ),
        ),
        migrations.AddField(
            model_name="purposetext",
            name="withdrawal",
            field=models.TextField(blank=True, help_text="What withdrawing means, and how.", verbose_name="withdrawal"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="accepts_from",
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name="accepts consents from version"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="carried_from",
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name="carries consents from version"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="carried_until",
            field=models.DateTimeField(editable=False, null=True, verbose_name="carries them until"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="carry_over",
            field=models.CharField(
                choices=[
                    ("none", "end at once"),
                    ("until_expiry", "stand until they expire"),
                    ("grace", "stand for a grace period"),
                    ("full", "stand"),
                ],
                default="none",
                max_length=20,
                verbose_name="consents to the former version",
            ),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="change_kind",
            field=models.CharField(
                choices=[
                    ("material", "material: people are asked anew"),
                    ("editorial", "editorial"),
                    ("translation", "translation"),
                ],
                default="material",
                max_length=20,
                verbose_name="kind of change",
            ),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="grace",
            field=models.DurationField(blank=True, null=True, verbose_name="grace period"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="jurisdiction",
            field=models.CharField(blank=True, max_length=100, verbose_name="jurisdiction"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="lifespan_anchor",
            field=models.CharField(
                choices=[("first_yes", "the first yes; renewing does not prolong"), ("last_yes", "the last yes")],
                default="last_yes",
                max_length=20,
                verbose_name="lifespan counts from",
            ),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="lifespan_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Calendar months, instead of a lifespan.",
                null=True,
                verbose_name="lifespan in months",
            ),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="made_public",
            field=models.BooleanField(default=False, verbose_name="made public"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="optional_data_items",
            field=models.JSONField(blank=True, default=list, verbose_name="optional data items"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="published_by",
            field=models.CharField(blank=True, editable=False, max_length=255, verbose_name="published by"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="recipients",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Third parties that get the data, by name.",
                verbose_name="recipients",
            ),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="retention",
            field=models.CharField(
                blank=True,
                help_text="How long the data is kept, such as “P5Y”.",
                max_length=200,
                verbose_name="retention",
            ),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="submitted_by",
            field=models.CharField(blank=True, editable=False, max_length=255, verbose_name="submitted by"),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="third_countries",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="ISO 3166 codes of countries the data goes to.",
                verbose_name="third countries",
            ),
        ),
        migrations.AddField(
            model_name="subject",
            name="epoch",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="epoch"),
        ),
        migrations.AddField(
            model_name="subject",
            name="head",
            field=models.CharField(blank=True, editable=False, max_length=64, verbose_name="hash of the last row"),
        ),
        migrations.AddField(
            model_name="subject",
            name="legal_hold",
            field=models.CharField(
                blank=True,
                help_text="Why nothing of this person may be destroyed now.",
                max_length=255,
                verbose_name="legal hold",
            ),
        ),
        migrations.AlterField(
            model_name="purposeversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("in_review", "in review"),
                    ("published", "published"),
                    ("superseded", "superseded"),
                ],
                default="draft",
                editable=False,
                max_length=20,
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="answeredkey",
            name="subject",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="consents.subject",
                verbose_name="subject",
            ),
        ),
        migrations.AddField(
            model_name="dailycount",
            name="purpose_version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consents.purposeversion",
                verbose_name="version",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="consents.subject",
                verbose_name="subject",
            ),
        ),
        migrations.AddField(
            model_name="pinnedversion",
            name="point",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="pins",
                to="consents.collectionpoint",
                verbose_name="collection point",
            ),
        ),
        migrations.AddField(
            model_name="pinnedversion",
            name="purpose",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consents.purpose",
                verbose_name="purpose",
            ),
        ),
        migrations.AddField(
            model_name="pinnedversion",
            name="purpose_version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consents.purposeversion",
                verbose_name="version",
            ),
        ),
    ]
