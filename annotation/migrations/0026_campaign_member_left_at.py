from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0025_link_campaigns_to_sessions")]

    operations = [
        migrations.AddField(
            model_name="campaignmember",
            name="left_at",
            field=models.DateTimeField(blank=True, null=True),
        )
    ]
