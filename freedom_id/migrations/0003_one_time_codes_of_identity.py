import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import freedom_id.models.one_time_code


def updated_when_created(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("freedom_id", "OneTimeCode").objects.update(updated_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0002_identity_v4_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
                (
                    "credential",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="freedom_id.credential"
                    ),
                ),
            ],
            options={
                "verbose_name": "reference of a number",
                "verbose_name_plural": "references of numbers",
            },
        ),
        migrations.RemoveConstraint(
            model_name="onetimecode",
            name="onetimecode_one_live_per_address",
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="client",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="delivered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="delivered"),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("sign_in", "Sign in"),
                    ("credential", "Prove a new number or address"),
                    ("step_up", "Confirm an act"),
                    ("sign_up", "Open an account"),
                ],
                default="sign_in",
                max_length=10,
                verbose_name="purpose",
            ),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="ref_code",
            field=models.CharField(
                default=freedom_id.models.one_time_code.draw_ref_code, max_length=4, verbose_name="reference"
            ),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="resends",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="resends"),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="undelivered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="not delivered"),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.RunPython(updated_when_created, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("consumed_at__isnull", True), ("retired_at__isnull", True), ("client__isnull", True)
                ),
                fields=("address_index", "purpose"),
                name="onetimecode_one_live_per_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("consumed_at__isnull", True),
                    ("retired_at__isnull", True),
                    ("account__isnull", False),
                    ("client__isnull", False),
                ),
                fields=("address_index", "purpose", "client", "account"),
                name="onetimecode_one_live_per_client",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("consumed_at__isnull", True),
                    ("retired_at__isnull", True),
                    ("account__isnull", True),
                    ("client__isnull", False),
                ),
                fields=("address_index", "purpose", "client"),
                name="onetimecode_one_live_for_nobody",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("resends__lte", 3)), name="onetimecode_resends_bounded"
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["sign_in", "credential", "step_up", "sign_up"])),
                name="onetimecode_purpose_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("ref_code__regex", "^[A-Za-z0-9]{4}$")), name="onetimecode_reference_has_four"
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("consumed_at__isnull", True), ("account__isnull", False), _connector="OR"),
                name="onetimecode_nobody_proves_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivered_at__isnull", True), ("undelivered_at__isnull", True), _connector="OR"),
                name="onetimecode_delivered_or_not",
            ),
        ),
        migrations.AddIndex(
            model_name="numberreference",
            index=models.Index(fields=["client", "digest"], name="numberreference_by_digest"),
        ),
        migrations.AddConstraint(
            model_name="numberreference",
            constraint=models.UniqueConstraint(fields=("client", "credential"), name="numberreference_once_per_client"),
        ),
    ]
