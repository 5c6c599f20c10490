"""Give every installation the label spaces, schemes and the RAVDESS mapping it starts with."""

from __future__ import annotations

from django.db import migrations

from annotation.labelspaces import presets, schemes


def seed(apps, schema_editor):
    """Rows are made once; a later change of meaning is a new version in a new migration."""
    LabelSpace = apps.get_model("annotation", "LabelSpace")
    Scheme = apps.get_model("annotation", "Scheme")
    LabelMapping = apps.get_model("annotation", "LabelMapping")
    LabelMappingRow = apps.get_model("annotation", "LabelMappingRow")
    spaces = {}
    for space in presets.PRESETS:
        spaces[space["code"]] = LabelSpace.objects.create(
            code=space["code"],
            version=space["version"],
            name=space["code"],
            categories=space["categories"],
            levels=space["levels"],
        )
    for scheme in schemes.SCHEMES:
        Scheme.objects.create(**{**scheme, "label_space": spaces[scheme["label_space"]]})
    for mapping in schemes.MAPPINGS:
        made = LabelMapping.objects.create(code=mapping["code"], version=mapping["version"])
        LabelMappingRow.objects.bulk_create(
            LabelMappingRow(mapping=made, **row) for row in mapping["rows"]
        )


def unseed(apps, schema_editor):
    for name in ("Scheme", "LabelMapping", "LabelSpace"):
        apps.get_model("annotation", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("annotation", "0002_initial")]
    operations = [migrations.RunPython(seed, unseed)]
