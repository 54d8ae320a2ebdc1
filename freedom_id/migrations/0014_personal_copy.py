from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("freedom_id", "0013_notice_of_devices"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_kind_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_subject_is_known",
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
                    ("account:data:copied", "A copy of your data was taken"),
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
            name="kind",
            field=models.CharField(
                choices=[
                    ("added", "A way to sign in was added"),
                    ("removed", "A way to sign in was removed"),
                    ("closed", "The account was closed"),
                    ("copied", "A copy of everything was taken"),
                    ("device", "Signed in on a new device"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["added", "removed", "closed", "copied", "device"])),
                name="notice_kind_is_known",
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
                    models.Q(("about", ""), ("kind__in", ["closed", "copied", "device"])),
                    _connector="OR",
                ),
                name="notice_subject_is_known",
            ),
        ),
    ]
