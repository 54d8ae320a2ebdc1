from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q

STATES = [("published", "Published"), ("signing", "Signing"), ("retired", "Retired"), ("revoked", "Revoked")]


def name_the_moments(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The former states told no moments: a key signed from its making, and until an unknown moment after it."""
    keys = apps.get_model("freedom_id", "SigningKey").objects
    keys.exclude(state="published").update(activated_at=F("created_at"))
    keys.filter(state="retired").update(retired_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0008_federated_ids"),
    ]

    operations = [
        migrations.AddField(
            model_name="signingkey",
            name="activated_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="signs since"),
        ),
        migrations.AddField(
            model_name="signingkey",
            name="retired_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="signed until"),
        ),
        migrations.AlterField(
            model_name="signingkey",
            name="state",
            field=models.CharField(choices=STATES, default="published", max_length=9, verbose_name="state"),
        ),
        migrations.RunPython(name_the_moments, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="signingkey", name="signingkey_state_is_known"),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.CheckConstraint(
                condition=Q(state__in=["published", "signing", "retired", "revoked"]), name="signingkey_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.UniqueConstraint(
                condition=Q(state="published"), fields=("algorithm",), name="signingkey_one_comes_next"
            ),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.CheckConstraint(
                condition=Q(state="published", activated_at=None, retired_at=None)
                | Q(state="signing", activated_at__isnull=False, retired_at=None)
                | Q(state="retired", activated_at__isnull=False, retired_at__isnull=False)
                | Q(state="revoked", retired_at__isnull=False),
                name="signingkey_moments_follow_the_state",
            ),
        ),
    ]
