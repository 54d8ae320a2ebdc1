import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

STATES = ["queued", "delivered", "dead"]
STATE_IS_KNOWN = models.Q(state__in=STATES)
END_HAS_A_TIME = models.Q(
    models.Q(state="queued", finished_at__isnull=True),
    ~models.Q(state="queued") & models.Q(finished_at__isnull=False),
    _connector=models.Q.OR,
)
IS_AN_ADDRESS = models.Q(
    ("backchannel_logout_uri", ""),
    ("backchannel_logout_uri__startswith", "https://"),
    ("backchannel_logout_uri__startswith", "http://"),
    _connector=models.Q.OR,
)


class Migration(migrations.Migration):
    dependencies = [("freedom_id", "0014_personal_copy")]

    operations = [
        migrations.AddField(
            model_name="partnerclient",
            name="backchannel_logout_uri",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="back-channel logout address"),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(condition=IS_AN_ADDRESS, name="client_backchannel_is_an_address"),
        ),
        migrations.RemoveConstraint(model_name="revokecallback", name="callback_state_is_known"),
        migrations.AddConstraint(
            model_name="revokecallback",
            constraint=models.CheckConstraint(condition=STATE_IS_KNOWN, name="revokecallback_state_is_known"),
        ),
        migrations.AddConstraint(
            model_name="revokecallback",
            constraint=models.CheckConstraint(condition=END_HAS_A_TIME, name="revokecallback_end_has_a_time"),
        ),
        migrations.RenameIndex(model_name="revokecallback", old_name="callback_to_do", new_name="revokecallback_to_do"),
        migrations.CreateModel(
            name="BackchannelLogout",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("url", models.TextField(verbose_name="address")),
                (
                    "state",
                    models.CharField(
                        choices=list(zip(STATES, ["Queued", "Delivered", "Given up"], strict=True)),
                        default="queued",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "last_result",
                    models.CharField(blank=True, default="", max_length=128, verbose_name="last result"),
                ),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="next try")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("sid", models.UUIDField(verbose_name="sign-in")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "back-channel logout",
                "verbose_name_plural": "back-channel logouts",
                "indexes": [
                    models.Index(fields=["due_at"], condition=models.Q(state="queued"), name="backchannellogout_to_do")
                ],
                "constraints": [
                    models.CheckConstraint(condition=STATE_IS_KNOWN, name="backchannellogout_state_is_known"),
                    models.CheckConstraint(condition=END_HAS_A_TIME, name="backchannellogout_end_has_a_time"),
                    models.UniqueConstraint(fields=["client", "sid"], name="backchannellogout_once_per_sign_in"),
                ],
            },
        ),
    ]
