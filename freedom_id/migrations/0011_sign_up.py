import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import freedom_id.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0010_authorization_parameters"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignUp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "type",
                    models.CharField(
                        choices=[("mobile", "Phone number"), ("email", "E-mail address")],
                        max_length=6,
                        verbose_name="type",
                    ),
                ),
                ("value", freedom_id.models.fields.SealedTextField(verbose_name="value")),
                ("person", freedom_id.models.fields.SealedTextField(verbose_name="personal data")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("proven_at", models.DateTimeField(blank=True, null=True, verbose_name="proven")),
            ],
            options={
                "verbose_name": "sign-up",
                "verbose_name_plural": "sign-ups",
            },
        ),
        migrations.RemoveConstraint(
            model_name="onetimecode",
            name="onetimecode_nobody_proves_nothing",
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
        migrations.AddField(
            model_name="signup",
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
            model_name="signup",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="sign_up",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="freedom_id.signup",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("consumed_at__isnull", True),
                    ("account__isnull", False),
                    ("sign_up__isnull", False),
                    _connector="OR",
                ),
                name="onetimecode_nobody_proves_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", True), ("purpose", "sign_up"), ("sign_up__isnull", False)),
                    models.Q(models.Q(("purpose", "sign_up"), _negated=True), ("sign_up__isnull", True)),
                    _connector="OR",
                ),
                name="onetimecode_sign_up_has_no_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("account__isnull", False)), fields=("account",), name="signup_opens_one_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ["mobile", "email"])), name="signup_type_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("account__isnull", True), ("proven_at__isnull", False), _connector="OR"),
                name="signup_opens_after_the_proof",
            ),
        ),
    ]
