from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0015_keep_cursors")]
    operations = [
        migrations.RemoveIndex("item", "item_returned"),
        migrations.RemoveField("item", "returned"),
    ]
