"""Give every installation the consent texts it starts with."""

from __future__ import annotations

from django.db import migrations

from annotation.recording.consent_texts import TEXTS


def seed(apps, schema_editor):
    """A text that was signed before someone went back stayed, and is not made again."""
    ConsentText = apps.get_model("annotation", "ConsentText")
    for text in TEXTS:
        ConsentText.objects.get_or_create(code=text["code"], defaults=text)


def unseed(apps, schema_editor):
    """Only those nobody signed: a signature keeps its text."""
    ConsentText = apps.get_model("annotation", "ConsentText")
    codes = [text["code"] for text in TEXTS]
    ConsentText.objects.filter(code__in=codes, consents=None).delete()


class Migration(migrations.Migration):
    dependencies = [("annotation", "0018_recording")]
    operations = [migrations.RunPython(seed, unseed)]
