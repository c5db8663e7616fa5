"""Keep the number of bytes stored for each key pair, for retention by bytes. The migration adds up
the existing rows once."""

from django.db import migrations, models

ROW = 200  # bytes, as in ingest/storage/cleanup/pruning.py
LENGTHS = {
    "ingest_event": ("raw", "problems"),
    "ingest_delivery": ("path", "headers", "problems", "excerpt", "reply"),
}


def sum_up(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table, columns in LENGTHS.items():
            length = " + ".join(f"coalesce(length({column}), 0)" for column in columns)
            cursor.execute(
                f"UPDATE ingest_keypair SET stored_bytes = stored_bytes + coalesce((SELECT "
                f"sum({length} + {ROW}) FROM {table} WHERE keypair_id = ingest_keypair.id), 0)"
            )


class Migration(migrations.Migration):
    dependencies = [("ingest", "0011_plan_suspension")]
    operations = [
        migrations.AddField(
            model_name="keypair",
            name="stored_bytes",
            field=models.BigIntegerField(
                default=0, help_text="approximate, of the stored events and deliveries"
            ),
        ),
        migrations.RunPython(sum_up, migrations.RunPython.noop),
    ]
