from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0021_seed_scripts")]

    operations = [
        migrations.AlterField(
            model_name="take",
            name="recorded_at",
            field=models.DateTimeField(
                blank=True, help_text="By our clock, as far as the sender told it.", null=True
            ),
        ),
    ]
