from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0003_one_time_codes_of_identity"),
    ]

    operations = [
        migrations.AddField(
            model_name="accountevent",
            name="channel",
            field=models.CharField(
                blank=True,
                choices=[("MobileApp", "Mobile app"), ("CRM", "Customer service"), ("Kiosk", "Kiosk")],
                default="",
                max_length=9,
                verbose_name="channel",
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
                    ("account:status:blocked", "Blocked by support"),
                    ("account:status:unblocked", "Unblocked by support"),
                    ("account:authorization:recorded", "Agreed to share data"),
                    ("account:authorization:refused", "Refused to share data"),
                    ("account:authorization:ended", "Stopped sharing data"),
                    ("client:code:replayed", "An authorization code was used twice; its tokens were revoked"),
                    ("client:token:reused", "An old refresh token was used again; its tokens were revoked"),
                    ("account:person:looked_up", "Your name was looked up by your phone number"),
                ],
                max_length=40,
                verbose_name="action",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "account:person:looked_up"), ("channel__in", ["MobileApp", "CRM", "Kiosk"])),
                    models.Q(models.Q(("action", "account:person:looked_up"), _negated=True), ("channel", "")),
                    _connector="OR",
                ),
                name="event_channel_of_a_look_up",
            ),
        ),
    ]
