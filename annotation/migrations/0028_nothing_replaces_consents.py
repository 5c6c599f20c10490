"""REPLACE of SQLite and TRUNCATE of PostgreSQL went past the triggers that keep consents."""

from __future__ import annotations

from django.db import migrations

from speecheq.databases import append_only

UNIQUE = {
    "annotation_consenttext": ["id", "code"],
    "annotation_consent": ["id", "public_id"],
    "annotation_consentwithdrawal": ["id"],
}


def protect(apps, schema_editor):
    for table, columns in UNIQUE.items():
        for statement in append_only.protect(schema_editor.connection.vendor, table, columns):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0027_session_of_upload")]
    operations = [migrations.RunPython(protect, migrations.RunPython.noop)]
