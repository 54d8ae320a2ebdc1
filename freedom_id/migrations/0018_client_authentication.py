import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def say_how_public_clients_authenticate(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Not at all. Every other one has a secret, which is the default."""
    clients = apps.get_model("freedom_id", "PartnerClient").objects
    clients.filter(client_type="public").update(token_endpoint_auth_method="none")


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0017_claims_and_subjects"),
    ]

    operations = [
        migrations.CreateModel(
            name="SpentAssertion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jti_digest", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "spent assertion",
                "verbose_name_plural": "spent assertions",
            },
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="access_token_format",
            field=models.CharField(
                choices=[("jwt", "JWT"), ("opaque", "Opaque")],
                db_default="jwt",
                default="jwt",
                max_length=6,
                verbose_name="form of its access tokens",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="token_endpoint_auth_method",
            field=models.CharField(
                choices=[
                    ("client_secret", "A secret"),
                    ("private_key_jwt", "A signed assertion (private_key_jwt)"),
                    ("none", "Not at all (public)"),
                ],
                db_default="client_secret",
                default="client_secret",
                max_length=15,
                verbose_name="how it authenticates",
            ),
        ),
        migrations.RunPython(say_how_public_clients_authenticate, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("client_type", "public"), ("token_endpoint_auth_method", "none")),
                    models.Q(("client_type", "confidential"), ("token_endpoint_auth_method", "client_secret")),
                    models.Q(
                        ("client_secret", ""),
                        ("client_type", "confidential"),
                        ("jwks__isnull", False),
                        ("revoke_uris", ""),
                        ("token_endpoint_auth_method", "private_key_jwt"),
                    ),
                    _connector="OR",
                ),
                name="client_authenticates_in_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(("access_token_format__in", ["jwt", "opaque"])), name="client_token_format_is_known"
            ),
        ),
        migrations.AddField(
            model_name="spentassertion",
            name="client",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="spentassertion",
            index=models.Index(fields=["expires_at"], name="spentassertion_expires"),
        ),
        migrations.AddConstraint(
            model_name="spentassertion",
            constraint=models.UniqueConstraint(fields=("client", "jti_digest"), name="spentassertion_once"),
        ),
    ]
