from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0025_link_campaigns_to_sessions")]

    operations = [
        migrations.AlterField(
            model_name="upload",
            name="session_public_id",
            field=models.CharField(
                blank=True, default="", help_text="Of the session it is of, if any.", max_length=32
            ),
        ),
    ]
