"""PostgreSQL: events are partitioned by key pair and number; see ingest/storage/db/partitions.py. Their key
begins with the key pair, by which a distributed PostgreSQL can shard them."""

from django.db import migrations


def partition(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM ingest_event)")
        if cursor.fetchone()[0]:
            raise RuntimeError("There are events already: PostgreSQL is new to this version.")
        cursor.execute("ALTER TABLE ingest_event RENAME TO ingest_event_old")
        cursor.execute(
            "CREATE TABLE ingest_event "
            "(LIKE ingest_event_old INCLUDING DEFAULTS INCLUDING CONSTRAINTS) "
            "PARTITION BY RANGE (keypair_id, seq)"
        )
        cursor.execute("DROP TABLE ingest_event_old")
        cursor.execute("ALTER TABLE ingest_event ADD PRIMARY KEY (keypair_id, seq)")


class Migration(migrations.Migration):
    dependencies = [("ingest", "0004_reply")]
    operations = [migrations.RunPython(partition, migrations.RunPython.noop)]
