"""Give installations made before it the scheme with valence, arousal and dominance."""

from __future__ import annotations

from django.db import migrations

from annotation.labelspaces.schemes import SCHEMES

CODE = "seqd-vad-1"


def seed(apps, schema_editor):
    """A new installation has it since 0003, which makes all schemes there are."""
    LabelSpace = apps.get_model("annotation", "LabelSpace")
    Scheme = apps.get_model("annotation", "Scheme")
    made = next(each for each in SCHEMES if each["code"] == CODE)
    space = LabelSpace.objects.filter(code=made["label_space"]).order_by("version").first()
    names = {"code": made["code"], "version": made["version"]}
    Scheme.objects.get_or_create(**names, defaults={**made, "label_space": space})


class Migration(migrations.Migration):
    dependencies = [("annotation", "0007_count_earlier_offers")]
    # Campaigns may use it: going back leaves the row, and coming again makes no second.
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
