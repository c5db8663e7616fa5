from django.db import migrations, models


def mark(apps, schema_editor):
    """Existing runs do not say whether they were claimed; these look unclaimed."""
    runs = apps.get_model("ingest", "Run").objects
    runs.filter(tagged=True, finished_at=None, expectations="[]").update(unclaimed=True)


class Migration(migrations.Migration):
    dependencies = [("ingest", "0009_partitions_of_deliveries")]
    operations = [
        migrations.AddField(
            model_name="run",
            name="unclaimed",
            field=models.BooleanField(
                default=False,
                help_text="started by a header, never changed or finished: can be deleted",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
