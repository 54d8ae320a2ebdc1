import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import freedom_id.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0004_devices_and_two_step"),
    ]

    operations = [
        migrations.CreateModel(
            name="BridgePolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="since"),
                ),
            ],
            options={
                "verbose_name": "token bridge",
                "verbose_name_plural": "token bridges",
            },
        ),
        migrations.AddField(
            model_name="accountevent",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="done by",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="country",
            field=models.CharField(blank=True, default="", editable=False, max_length=64, verbose_name="country"),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="made by",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="legal_names",
            field=models.JSONField(
                blank=True, default=dict, editable=False, verbose_name="legal name in other languages"
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="names",
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name="name in other languages"),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="previous_callback_key",
            field=freedom_id.models.fields.SealedTextField(
                blank=True, default="", editable=False, verbose_name="key of the former secret that signs callbacks"
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="previous_secret",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=64, verbose_name="digest of the former secret"
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="previous_secret_expires_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="the former secret works until"
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="suspended_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="suspended by",
            ),
        ),
        migrations.AddField(
            model_name="tokenfamily",
            name="source",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="exchanged",
                to="freedom_id.tokenfamily",
            ),
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
                    ("account:authorization:recorded", "Agreed to share data"),
                    ("account:authorization:refused", "Refused to share data"),
                    ("account:authorization:ended", "Stopped sharing data"),
                    ("client:code:replayed", "An authorization code was used twice; its tokens were revoked"),
                    ("client:token:exchanged", "Your sign-in was passed on"),
                    ("client:token:reused", "An old refresh token was used again; its tokens were revoked"),
                ],
                max_length=40,
                verbose_name="action",
            ),
        ),
        migrations.AddIndex(
            model_name="tokenfamily",
            index=models.Index(
                condition=models.Q(("source__isnull", False)), fields=["source"], name="tokenfamily_exchanged_for"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("previous_secret", ""), ("previous_secret_expires_at__isnull", True)),
                    models.Q(
                        models.Q(("previous_secret", ""), _negated=True),
                        models.Q(("client_secret", ""), _negated=True),
                        ("client_type", "confidential"),
                        ("previous_secret_expires_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="client_previous_secret_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(("suspended_by__isnull", True), ("status", "suspended"), _connector="OR"),
                name="client_suspended_by_when_suspended",
            ),
        ),
        migrations.AddField(
            model_name="bridgepolicy",
            name="audience",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="partner that the token is for",
            ),
        ),
        migrations.AddField(
            model_name="bridgepolicy",
            name="caller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="bridges",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="partner that asks",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridgepolicy",
            constraint=models.UniqueConstraint(fields=("caller", "audience"), name="bridge_once_per_pair"),
        ),
        migrations.AddConstraint(
            model_name="bridgepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("caller", models.F("audience")), _negated=True),
                name="bridge_joins_two",
                violation_error_message="A partner needs no bridge to itself.",
            ),
        ),
    ]
