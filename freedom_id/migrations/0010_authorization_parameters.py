from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0009_key_rotation"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorizationrequest",
            name="response_mode",
            field=models.CharField(
                choices=[("query", "query"), ("form_post", "form_post")],
                db_default="query",
                default="query",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="authorizationrequest",
            name="expected",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="authorizationrequest",
            constraint=models.CheckConstraint(
                condition=Q(response_mode__in=["query", "form_post"]), name="authrequest_response_mode_is_known"
            ),
        ),
    ]
