from django.db import migrations, models

import freedom_id.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0016_native_apps"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorizationrequest",
            name="acr",
            field=models.CharField(blank=True, db_default="", default="", max_length=4),
        ),
        migrations.AddField(
            model_name="authorizationrequest",
            name="acr_essential",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="authorizationrequest",
            name="id_token_claims",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="authorizationrequest",
            name="login_hint",
            field=freedom_id.models.fields.SealedTextField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.AddField(
            model_name="browsersignin",
            name="raised_amr",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                verbose_name="proven by since it was raised",
            ),
        ),
        migrations.AddField(
            model_name="browsersignin",
            name="raised_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="raised"),
        ),
        migrations.AddField(
            model_name="grant",
            name="id_token_claims",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="id_token_signed_response_alg",
            field=models.CharField(
                choices=[("ES256", "ES256"), ("RS256", "RS256")],
                db_default="ES256",
                default="ES256",
                max_length=5,
                verbose_name="signature of ID tokens",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="sector_identifier",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A host. Partners of one sector know a person by the same id. Empty: the host of its addresses.",
                max_length=253,
                verbose_name="sector",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="subject_type",
            field=models.CharField(
                choices=[("public", "The Freedom ID"), ("pairwise", "An id of its own")],
                db_default="public",
                default="public",
                max_length=8,
                verbose_name="what a person is to it",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="userinfo_signed_response_alg",
            field=models.CharField(
                blank=True,
                choices=[("ES256", "ES256"), ("RS256", "RS256")],
                db_default="",
                default="",
                help_text="Empty: not signed.",
                max_length=5,
                verbose_name="signature of userinfo",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorizationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acr__in", ["", "aal1", "aal2"]), ("acr_essential", False)),
                    models.Q(("acr", "aal2"), ("acr_essential", True)),
                    _connector="OR",
                ),
                name="authrequest_acr_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="browsersignin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("raised_amr", []), ("raised_at__isnull", True)),
                    models.Q(("raised_at__isnull", False), models.Q(("raised_amr", []), _negated=True)),
                    _connector="OR",
                ),
                name="browsersignin_raised_by_a_proof",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sector_identifier", ""), ("subject_type", "public")),
                    models.Q(("subject_type", "pairwise"), models.Q(("sector_identifier", ""), _negated=True)),
                    _connector="OR",
                ),
                name="client_pairwise_has_a_sector",
                violation_error_message="Its addresses do not have one https host: name the sector.",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("id_token_signed_response_alg__in", ["ES256", "RS256"]),
                    ("userinfo_signed_response_alg__in", ["", "ES256", "RS256"]),
                ),
                name="client_algorithms_are_known",
            ),
        ),
    ]
