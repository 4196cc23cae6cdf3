"""Bodies are kept compressed, and indexes that no query uses go.

Columns of text had a second index for searches by their beginning, which no query can use. Nothing here reads or writes a
row, so it takes a moment on a large database too.
"""

import deliveries.models.compressed
from django.db import migrations, models

INDEXES = {
    "deliveries_alert_fingerprint_b9a8b0f1": ("alert_by_fingerprint", "fingerprint"),
    "deliveries_alert_name_c8e9ba3b": ("alert_by_name", "name"),
}


def one_index(apps, schema_editor):
    for old, (new, column) in INDEXES.items():
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER INDEX {old} RENAME TO {new}")
            schema_editor.execute(f"DROP INDEX {old}_like")
        else:
            schema_editor.execute(f"DROP INDEX {old}")
            schema_editor.execute(f"CREATE INDEX {new} ON deliveries_alert ({column})")


def two_indexes(apps, schema_editor):
    for old, (new, column) in INDEXES.items():
        schema_editor.execute(f"DROP INDEX {new}")
        schema_editor.execute(f"CREATE INDEX {old} ON deliveries_alert ({column})")
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"CREATE INDEX {old}_like ON deliveries_alert ({column} varchar_pattern_ops)")


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0026_reasons_of_people")]

    operations = [
        migrations.AlterField(
            "notification", "body", deliveries.models.compressed.CompressedField(help_text="As received.")
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(one_index, two_indexes)],
            state_operations=[
                migrations.AlterField("alert", "fingerprint", models.CharField(max_length=64)),
                migrations.AlterField("alert", "name", models.CharField(blank=True, max_length=300)),
                migrations.AddIndex("alert", models.Index(fields=["fingerprint"], name="alert_by_fingerprint")),
                migrations.AddIndex("alert", models.Index(fields=["name"], name="alert_by_name")),
            ],
        ),
    ]
