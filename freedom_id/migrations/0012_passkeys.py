import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import freedom_id.models.credential


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0011_sign_up"),
    ]

    operations = [
        migrations.CreateModel(
            name="Passkey",
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
                ("credential_id", models.CharField(editable=False, max_length=1364)),
                ("public_key", models.BinaryField()),
                ("sign_count", models.BigIntegerField(default=0)),
                ("transports", models.JSONField(default=list)),
                ("backup_eligible", models.BooleanField(default=False)),
                ("backed_up", models.BooleanField(default=False)),
                ("name", models.CharField(blank=True, default="", max_length=100, verbose_name="name")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used")),
            ],
            options={
                "verbose_name": "passkey",
                "verbose_name_plural": "passkeys",
            },
        ),
        migrations.CreateModel(
            name="PasskeyChallenge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("value", models.CharField(max_length=43)),
                ("number", models.BigIntegerField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "passkey challenge",
                "verbose_name_plural": "passkey challenges",
            },
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_subject_is_known",
        ),
        migrations.AddField(
            model_name="account",
            name="passkey_handle",
            field=models.BinaryField(blank=True, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="browsersignin",
            name="amr",
            field=models.JSONField(default=list, verbose_name="proven by"),
        ),
        migrations.AddField(
            model_name="browsersignin",
            name="stepped_up_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="second proof"),
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
        migrations.AlterField(
            model_name="notice",
            name="about",
            field=models.CharField(
                blank=True,
                choices=[
                    ("mobile", "Phone number"),
                    ("email", "E-mail address"),
                    ("password", "Password"),
                    ("totp", "Authenticator app"),
                    ("recovery", "Recovery codes"),
                    ("facebook_id", "Facebook account"),
                    ("google_id", "Google account"),
                    ("passkey", "Passkey"),
                ],
                default="",
                max_length=11,
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(fields=("passkey_handle",), name="account_passkey_handle_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "about__in",
                        ["mobile", "email", "password", "totp", "recovery", "facebook_id", "google_id", "passkey"],
                    ),
                    models.Q(("about", ""), ("kind", "closed")),
                    _connector="OR",
                ),
                name="notice_subject_is_known",
            ),
        ),
        migrations.AddField(
            model_name="passkey",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="passkeys", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="passkeychallenge",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="passkeychallenge",
            name="family",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="freedom_id.tokenfamily",
            ),
        ),
        migrations.AddConstraint(
            model_name="passkey",
            constraint=models.UniqueConstraint(fields=("credential_id",), name="passkey_credential_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="passkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("sign_count__gte", 0), ("sign_count__lte", 4294967295)),
                name="passkey_count_has_32_bits",
            ),
        ),
        migrations.AddConstraint(
            model_name="passkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("backed_up", False), ("backup_eligible", True), _connector="OR"),
                name="passkey_backed_up_is_eligible",
            ),
        ),
        migrations.AddIndex(
            model_name="passkeychallenge",
            index=models.Index(fields=["expires_at"], name="passkeychallenge_expires"),
        ),
        migrations.AddConstraint(
            model_name="passkeychallenge",
            constraint=models.UniqueConstraint(fields=("number",), name="passkeychallenge_number_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="passkeychallenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", True), ("family__isnull", True), ("number__isnull", True)),
                    models.Q(("account__isnull", False), ("number__isnull", False)),
                    _connector="OR",
                ),
                name="passkeychallenge_numbers_a_new_one",
            ),
        ),
    ]
