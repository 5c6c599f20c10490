from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0022_take_recorded_at")]

    operations = [
        migrations.AddField(
            model_name="take",
            name="frames",
            field=models.PositiveBigIntegerField(
                blank=True, help_text="Null: nobody counted them yet.", null=True
            ),
        ),
    ]
