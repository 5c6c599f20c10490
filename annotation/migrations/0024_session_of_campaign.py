import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0023_take_frames")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="session",
            field=models.ForeignKey(
                help_text="The recording session it was made of by one button.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="campaigns",
                to="annotation.session",
            ),
        ),
    ]
