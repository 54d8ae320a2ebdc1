from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demo", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="inboxmessage", name="html", field=models.TextField(blank=True, db_default="", default="")
        ),
    ]
