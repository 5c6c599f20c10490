"""Consents and withdrawals are added and never changed: the database refuses anything else."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("annotation", "0019_seed_consent_texts")]
    operations: list[migrations.operations.base.Operation] = []
