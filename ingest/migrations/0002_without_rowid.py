"""SQLite: events and deliveries live in the tree of their own key.

As Django makes them they live in a tree by row id, with a second one for the key: two
trees to write for each row, and two to walk for each that is read. Other databases have
one already.
"""

from django.db import migrations

TABLES = ("ingest_event", "ingest_delivery")


def rebuild(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
            (statement,) = cursor.fetchone()
            cursor.execute(f'DROP TABLE "{table}"')
            cursor.execute(f"{statement} WITHOUT ROWID")


class Migration(migrations.Migration):
    dependencies = [("ingest", "0001_initial")]
    operations = [migrations.RunPython(rebuild, migrations.RunPython.noop)]
