from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consents", "0009_ledger_count_former_rows"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reports",
            fields=[],
            options={
                "verbose_name": "reports",
                "verbose_name_plural": "reports",
                "permissions": [("export_reports", "Can export reports and the ledger")],
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("consents.dailycount",),
        ),
        migrations.AlterModelOptions(
            name="evidence",
            options={
                "permissions": [("open_evidence", "Can open evidence with a reason")],
                "verbose_name": "evidence",
                "verbose_name_plural": "evidence",
            },
        ),
        migrations.AlterModelOptions(
            name="subject",
            options={
                "permissions": [
                    ("decide_on_behalf", "Can record what a person said on paper or by phone"),
                    ("hold_subject", "Can set and clear a legal hold"),
                ],
                "verbose_name": "subject",
                "verbose_name_plural": "subjects",
            },
        ),
        migrations.AddIndex(
            model_name="consentstate",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)), fields=["expires_at"], name="consents_state_expiring"
            ),
        ),
        migrations.AddIndex(
            model_name="evidenceaccess",
            index=models.Index(fields=["actor_ref", "opened_at"], name="consents_access_of_actor"),
        ),
    ]
