from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="partnerclient",
            name="operator_scopes",
            field=models.JSONField(blank=True, default=list, verbose_name="what it may do by itself"),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(("client_type", "confidential"), ("operator_scopes", []), _connector="OR"),
                name="client_public_operates_nothing",
            ),
        ),
    ]
