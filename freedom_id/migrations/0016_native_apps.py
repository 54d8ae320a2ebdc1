import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0015_backchannel_logout"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeviceSecret",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=64, verbose_name="digest")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="since"),
                ),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "device secret",
                "verbose_name_plural": "device secrets",
            },
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="android_fingerprints",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                validators=[
                    django.core.validators.RegexValidator(
                        "^[0-9A-F]{2}(:[0-9A-F]{2}){31}( [0-9A-F]{2}(:[0-9A-F]{2}){31})*\\Z",
                        "A fingerprint is 32 pairs of hex digits with colons.",
                    )
                ],
                verbose_name="Android certificates",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="android_package",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=255,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z][0-9A-Za-z_]*(\\.[A-Za-z][0-9A-Za-z_]*)+\\Z",
                        "A package name looks like com.example.app.",
                    )
                ],
                verbose_name="Android package",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="apple_app_ids",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                validators=[
                    django.core.validators.RegexValidator(
                        "^[0-9A-Z]{10}(\\.[0-9A-Za-z-]+)+( [0-9A-Z]{10}(\\.[0-9A-Za-z-]+)+)*\\Z",
                        "An app id is the team's 10 capital letters and digits, a dot, and the bundle id.",
                    )
                ],
                verbose_name="Apple app ids",
            ),
        ),
        migrations.AddField(
            model_name="partnerclient",
            name="passkeys_in_app",
            field=models.BooleanField(db_default=False, default=False, verbose_name="asks for our passkeys in the app"),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("android_fingerprints", ""), ("android_package", "")),
                    models.Q(
                        (
                            "android_fingerprints__regex",
                            "^[0-9A-F]{2}(:[0-9A-F]{2}){31}( [0-9A-F]{2}(:[0-9A-F]{2}){31})*\\Z",
                        ),
                        ("android_package__regex", "^[A-Za-z][0-9A-Za-z_]*(\\.[A-Za-z][0-9A-Za-z_]*)+\\Z"),
                    ),
                    _connector="OR",
                ),
                name="client_android_app_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("apple_app_ids", ""),
                    ("apple_app_ids__regex", "^[0-9A-Z]{10}(\\.[0-9A-Za-z-]+)+( [0-9A-Z]{10}(\\.[0-9A-Za-z-]+)+)*\\Z"),
                    _connector="OR",
                ),
                name="client_apple_app_ids_are_such",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("native", True), models.Q(("android_package", ""), ("apple_app_ids", "")), _connector="OR"
                ),
                name="client_with_apps_is_native",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("passkeys_in_app", False),
                    models.Q(
                        ("first_party", True), models.Q(("android_package", ""), ("apple_app_ids", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="client_passkeys_in_own_app",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first_party", True), ("native", True)),
                    models.Q(("scopes__icontains", "device_sso"), _negated=True),
                    _connector="OR",
                ),
                name="client_device_sso_in_own_app",
            ),
        ),
        migrations.AddField(
            model_name="devicesecret",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="device_secrets", to="freedom_id.tokenfamily"
            ),
        ),
        migrations.AddConstraint(
            model_name="devicesecret",
            constraint=models.UniqueConstraint(fields=("digest",), name="devicesecret_digest_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="devicesecret",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("family",),
                name="devicesecret_one_live_per_family",
            ),
        ),
        migrations.AddConstraint(
            model_name="devicesecret",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))), name="devicesecret_ends_after_it_began"
            ),
        ),
    ]
