from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0005_client_secrets_and_bridge"),
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
                    ("account:device:new", "Signed in on a new device"),
                    ("account:device:ended", "A device was signed out"),
                    ("account:device:trusted", "A device became trusted"),
                    ("account:device:distrusted", "A device is no longer trusted"),
                    ("account:two-step:approved", "Approved on a trusted device"),
                    ("account:two-step:declined", "Declined on a trusted device"),
                    ("account:status:blocked", "Blocked by support"),
                    ("account:status:unblocked", "Unblocked by support"),
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
