import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import freedom_id.models.credential
import freedom_id.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0007_credentials_of_identity"),
    ]

    operations = [
        migrations.CreateModel(
            name="FederatedId",
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
                (
                    "type",
                    models.CharField(
                        choices=[("facebook_id", "Facebook account"), ("google_id", "Google account")],
                        max_length=11,
                        verbose_name="type",
                    ),
                ),
                ("value", freedom_id.models.fields.SealedTextField(blank=True, default="", verbose_name="value")),
                (
                    "value_index",
                    models.CharField(
                        blank=True, default="", editable=False, max_length=64, verbose_name="look-up digest"
                    ),
                ),
                ("nonce_digest", models.CharField(blank=True, default="", editable=False, max_length=64)),
                ("nonce_expires_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="verified")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "account at another provider",
                "verbose_name_plural": "accounts at other providers",
            },
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_subject_is_known",
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
                ],
                default="",
                max_length=11,
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("about__in", ["mobile", "email", "password", "totp", "recovery", "facebook_id", "google_id"]),
                    models.Q(("about", ""), ("kind", "closed")),
                    _connector="OR",
                ),
                name="notice_subject_is_known",
            ),
        ),
        migrations.AddField(
            model_name="federatedid",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="federated_ids", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="federatedid",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verified_at__isnull", False)),
                fields=("value_index",),
                name="federatedid_verified_by_one_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="federatedid",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verified_at__isnull", True)),
                fields=("account", "type"),
                name="federatedid_one_claim_per_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="federatedid",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ["facebook_id", "google_id"])), name="federatedid_type_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="federatedid",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("nonce_expires_at__isnull", False),
                        ("value_index", ""),
                        ("verified_at__isnull", True),
                        models.Q(("nonce_digest", ""), _negated=True),
                    ),
                    models.Q(
                        ("nonce_digest", ""),
                        ("nonce_expires_at__isnull", True),
                        ("verified_at__isnull", False),
                        models.Q(("value_index", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="federatedid_is_claimed_or_proven",
            ),
        ),
    ]
