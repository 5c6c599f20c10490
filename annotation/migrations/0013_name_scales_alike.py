"""Name the scales of seqd-vad-1 in Chinese as the scheme editor and the pages do.

Names are what people read; codes, steps and answers stay as they are.
"""

from __future__ import annotations

from django.db import migrations

from annotation.labelspaces.schemes import SCHEMES

CODE = "seqd-vad-1"


def rename(apps, schema_editor):
    """Names and ends of its scales as they are seeded now."""
    built_in = next(each for each in SCHEMES if each["code"] == CODE)
    texts = {each["code"]: each for each in built_in["extras"]}
    Scheme = apps.get_model("annotation", "Scheme")
    for scheme in Scheme.objects.filter(code=CODE, version=built_in["version"]):
        for scale in scheme.extras:
            scale |= {part: texts[scale["code"]][part] for part in ("names", "low", "high")}
        scheme.save(update_fields=["extras"])


class Migration(migrations.Migration):
    dependencies = [("annotation", "0012_attach_questions")]
    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
