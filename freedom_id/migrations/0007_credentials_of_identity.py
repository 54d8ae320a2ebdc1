import uuid

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import freedom_id.models.credential
import freedom_id.models.fields

AT_A_TIME = 2000


def number_credentials(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    credentials = apps.get_model("freedom_id", "Credential").objects
    rows = list(credentials.filter(number__isnull=True).only("pk").order_by("pk")[:AT_A_TIME])
    while rows:
        for row in rows:
            row.number = freedom_id.models.credential.draw_number()
        credentials.bulk_update(rows, ["number"])
        rows = list(credentials.filter(number__isnull=True).only("pk").order_by("pk")[:AT_A_TIME])


def keep_the_last_claim(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    claims = apps.get_model("freedom_id", "Credential").objects.filter(verified_at=None)
    newer = claims.filter(
        models.Q(created_at__gt=models.OuterRef("created_at"))
        | models.Q(created_at=models.OuterRef("created_at"), pk__gt=models.OuterRef("pk")),
        account=models.OuterRef("account"),
        type=models.OuterRef("type"),
    )
    claims.filter(models.Exists(newer)).delete()
    schema_editor.connection.check_constraints()  # PostgreSQL alters no table that has pending triggers


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0006_customers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authenticator",
            fields=[
                (
                    "number",
                    models.BigIntegerField(
                        default=freedom_id.models.credential.draw_number,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[("totp", "Authenticator app"), ("recovery", "Recovery codes")],
                        max_length=8,
                        verbose_name="type",
                    ),
                ),
                ("secret", freedom_id.models.fields.SealedTextField(blank=True, default="")),
                ("last_step", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="verified")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "authenticator",
                "verbose_name_plural": "authenticators",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("added", "A way to sign in was added"),
                            ("removed", "A way to sign in was removed"),
                            ("closed", "The account was closed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("mobile", "Phone number"),
                            ("email", "E-mail address"),
                            ("password", "Password"),
                            ("totp", "Authenticator app"),
                            ("recovery", "Recovery codes"),
                        ],
                        blank=True,
                        default="",
                        max_length=8,
                    ),
                ),
                ("masked", freedom_id.models.fields.SealedTextField(blank=True, default="")),
                ("channel", models.CharField(choices=[("sms", "SMS"), ("email", "E-mail")], max_length=5)),
                ("address", freedom_id.models.fields.SealedTextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "recovery code",
                "verbose_name_plural": "recovery codes",
            },
        ),
        migrations.AddField(
            model_name="credential",
            name="number",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.RunPython(number_credentials, migrations.RunPython.noop),
        migrations.RunPython(keep_the_last_claim, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="credential",
            name="number",
            field=models.BigIntegerField(default=freedom_id.models.credential.draw_number, editable=False),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="used_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="proof spent"),
        ),
        migrations.AlterField(
            model_name="accountevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("account:session:started", "Signed in"),
                    ("account:session:refused", "Sign-in failed"),
                    ("account:session:ended", "Signed out"),
                    ("account:device:new", "Signed in on a new device"),
                    ("account:device:ended", "A device was signed out"),
                    ("account:device:trusted", "A device became trusted"),
                    ("account:device:distrusted", "A device is no longer trusted"),
                    ("account:two-step:approved", "Approved on a trusted device"),
                    ("account:two-step:declined", "Declined on a trusted device"),
                    ("account:status:blocked", "Blocked by support"),
                    ("account:status:unblocked", "Unblocked by support"),
                    ("account:status:closed", "Account closed"),
                    ("account:credential:added", "A way to sign in was added"),
                    ("account:credential:removed", "A way to sign in was removed"),
                    ("account:person:changed", "Personal data changed"),
                    ("account:authorization:recorded", "Agreed to share data"),
                    ("account:authorization:refused", "Refused to share data"),
                    ("account:authorization:ended", "Stopped sharing data"),
                    ("client:code:replayed", "An authorization code was used twice; its tokens were revoked"),
                    ("client:token:exchanged", "Your sign-in was passed on"),
                    ("client:token:reused", "An old refresh token was used again; its tokens were revoked"),
                    ("account:person:looked_up", "Your name was looked up by your phone number"),
                ],
                max_length=40,
                verbose_name="action",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verified_at__isnull", True)),
                fields=("account", "type"),
                name="credential_one_claim_per_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(fields=("number",), name="credential_number_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("used_at__isnull", True), ("consumed_at__isnull", False), _connector="OR"),
                name="onetimecode_spent_after_it_proved",
            ),
        ),
        migrations.AddField(
            model_name="authenticator",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="authenticators", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="recoverycode",
            name="authenticator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recovery_codes",
                to="freedom_id.authenticator",
            ),
        ),
        migrations.AddConstraint(
            model_name="authenticator",
            constraint=models.UniqueConstraint(fields=("account", "type"), name="authenticator_one_per_type"),
        ),
        migrations.AddConstraint(
            model_name="authenticator",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ["totp", "recovery"])), name="authenticator_type_is_known"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("sent_at__isnull", True)), fields=["due_at"], name="notice_to_send"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["added", "removed", "closed"])), name="notice_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("about__in", ["mobile", "email", "password", "totp", "recovery"]),
                    models.Q(("about", ""), ("kind", "closed")),
                    _connector="OR",
                ),
                name="notice_subject_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "email"])), name="notice_channel_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(fields=("authenticator", "digest"), name="recoverycode_is_drawn_once"),
        ),
        migrations.AddField(
            model_name="account",
            name="closes_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="to be erased"),
        ),
        migrations.AddField(
            model_name="account",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="erased"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__isnull", True), ("status", "closed"), _connector="OR"),
                name="account_erasure_follows_closing",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at__isnull", True), ("closes_at__isnull", False), _connector="OR"),
                name="account_erased_was_to_be",
            ),
        ),
    ]
