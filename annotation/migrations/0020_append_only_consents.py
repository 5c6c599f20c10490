"""Consents and withdrawals are added and never changed: the database refuses anything else."""

from __future__ import annotations

from django.db import migrations

from speecheq.databases import append_only

TABLES = ["annotation_consenttext", "annotation_consent", "annotation_consentwithdrawal"]


def protect(apps, schema_editor):
    for table in TABLES:
        for statement in append_only.protect(schema_editor.connection.vendor, table):
            schema_editor.execute(statement, params=None)


def release(apps, schema_editor):
    for table in TABLES:
        for statement in append_only.release(schema_editor.connection.vendor, table):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0019_seed_consent_texts")]
    operations = [migrations.RunPython(protect, release)]
