from datetime import timedelta
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

WORTH_TELLING = timedelta(days=1)
CHANNEL_OF = {"email": "email", "mobile": "sms"}


def queue_what_was_not_told(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    devices: Any = apps.get_model("freedom_id", "Device").objects  # of then, with fields that are no more
    credentials = apps.get_model("freedom_id", "Credential").objects.filter(verified_at__isnull=False, is_primary=True)
    notices = apps.get_model("freedom_id", "Notice").objects
    since = timezone.now() - WORTH_TELLING
    for device in devices.filter(alert_due_at__isnull=False, first_seen__gt=since).iterator():
        main = credentials.filter(account=device.account_id).order_by("type").first()
        if main is not None:
            notices.create(
                account_id=device.account_id,
                kind="device",
                masked=device.model_name or device.model or str(device.pk),
                channel=CHANNEL_OF[main.type],
                address=main.value,
                created_at=device.first_seen,
                due_at=device.alert_due_at,
            )
    schema_editor.connection.check_constraints()  # PostgreSQL alters no table that has pending triggers


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0012_passkeys"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="notice", name="notice_kind_is_known"),
        migrations.RemoveConstraint(model_name="notice", name="notice_subject_is_known"),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("added", "A way to sign in was added"),
                    ("removed", "A way to sign in was removed"),
                    ("closed", "The account was closed"),
                    ("device", "Signed in on a new device"),
                ],
                max_length=8,
            ),
        ),
        migrations.RunPython(queue_what_was_not_told, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["added", "removed", "closed", "device"])), name="notice_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "about__in",
                        ["mobile", "email", "password", "totp", "recovery", "facebook_id", "google_id", "passkey"],
                    ),
                    models.Q(("about", ""), ("kind__in", ["closed", "device"])),
                    _connector="OR",
                ),
                name="notice_subject_is_known",
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
                    ("account:status:opened", "Account opened"),
                    ("account:status:kept", "Asked to open an account that there was already"),
                    ("account:code:asked", "A partner asked for a code for you"),
                    ("account:code:locked", "A code was locked after too many wrong tries"),
                    ("account:code:confirmed", "Confirmed by a code"),
                    ("account:status:blocked", "Blocked by support"),
                    ("account:status:unblocked", "Unblocked by support"),
                    ("account:status:closed", "Account closed"),
                    ("account:credential:added", "A way to sign in was added"),
                    ("account:credential:removed", "A way to sign in was removed"),
                    ("account:passkey:copied", "A passkey was refused: somebody may have a copy of it"),
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
        migrations.RemoveIndex(model_name="device", name="device_to_tell_of"),
        migrations.RemoveField(model_name="device", name="alert_due_at"),
    ]
