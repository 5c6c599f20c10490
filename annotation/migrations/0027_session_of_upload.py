from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0026_campaign_member_left_at")]

    operations = [
        migrations.AlterField(
            model_name="upload",
            name="session_public_id",
            field=models.CharField(
                blank=True, default="", help_text="Of the session it is of, if any.", max_length=32
            ),
        ),
    ]
