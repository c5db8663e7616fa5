"""PostgreSQL: partition deliveries as events are partitioned, because rows that are deleted one by
one leave index entries behind that every later deletion scans again. Existing rows move into a
partition for each key pair."""

from django.db import migrations


def partition(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ingest_delivery RENAME TO ingest_old_delivery")
        cursor.execute(
            "CREATE TABLE ingest_delivery "
            "(LIKE ingest_old_delivery INCLUDING DEFAULTS INCLUDING CONSTRAINTS) "
            "PARTITION BY RANGE (keypair_id, number)"
        )
        cursor.execute(
            "SELECT keypair_id, min(number), max(number) + 1 FROM ingest_old_delivery "
            "GROUP BY keypair_id"
        )
        for pair, first, end in cursor.fetchall():
            cursor.execute(
                f"CREATE TABLE ingest_delivery_{pair}_{first}_{end} PARTITION OF ingest_delivery "
                f"FOR VALUES FROM ({pair}, {first}) TO ({pair}, {end})"
            )
        cursor.execute("INSERT INTO ingest_delivery SELECT * FROM ingest_old_delivery")
        cursor.execute("DROP TABLE ingest_old_delivery")
        cursor.execute("ALTER TABLE ingest_delivery ADD PRIMARY KEY (keypair_id, number)")


class Migration(migrations.Migration):
    dependencies = [("ingest", "0008_runs")]
    operations = [migrations.RunPython(partition, migrations.RunPython.noop)]
