"""Give every installation the scripts it starts with."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0020_append_only_consents")]
    operations: list[migrations.operations.base.Operation] = []
